//! Named policies.

use crate::annotation::Annotation;
use crate::policy::PolicyTable;

/// A named policy. The `#[cors(…)]` attribute on a unit struct implements it.
///
/// Handlers start from it with `#[cors(policy = Partners)]`, and [`Cors::of`](crate::Cors::of) applies it to routes without an
/// attribute.
///
/// ```
/// use actix_web::{HttpResponse, Responder, get};
/// use cors_runtime::cors;
///
/// #[cors(origins = ["https://*.partner.example"], max_age = 3600)]
/// pub struct Partners;
///
/// #[cors(policy = Partners, headers = ["x-api-key"])]
/// #[get("/report")]
/// async fn report() -> impl Responder {
///     HttpResponse::Ok()
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a CORS policy",
    label = "not a named policy",
    note = "a named policy is a unit struct with a `#[cors(…)]` of its own: `#[cors(origins = [\"https://app.example.com\"])] pub struct {Self};`"
)]
pub trait CorsPolicy: 'static {
    /// The policy's table.
    #[doc(hidden)]
    const POLICY: PolicyTable<'static>;

    /// The annotation of the struct.
    #[doc(hidden)]
    fn annotation() -> &'static Annotation;
}
