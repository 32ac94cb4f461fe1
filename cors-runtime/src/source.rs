//! Origins that are known at run time only.

use std::error::Error;
use std::fmt;

use actix_web::dev::RequestHead;
use futures_util::future::LocalBoxFuture;

/// Decides at run time which origins may read: a `static` of a type that implements it is an element of `origins`.
///
/// ```
/// use actix_web::dev::RequestHead;
/// use actix_web::{HttpResponse, Responder, get};
/// use cors_runtime::{Allows, OriginSource, cors};
///
/// struct Tenants;
///
/// impl OriginSource for Tenants {
///     fn allows(&self, origin: &str, _request: &RequestHead) -> Allows {
///         let origin = origin.to_owned();
///         Allows::later(async move { look_up(&origin).await })
///     }
/// }
///
/// async fn look_up(origin: &str) -> Result<bool, std::io::Error> {
///     Ok(origin == "https://tenant.example")
/// }
///
/// static TENANTS: Tenants = Tenants;
///
/// #[cors(origins = ["https://app.example.com", TENANTS])]
/// #[get("/")]
/// async fn index() -> impl Responder {
///     HttpResponse::Ok()
/// }
/// ```
pub trait OriginSource: Sync + 'static {
    /// Whether pages of `origin` may read the response to `request`.
    ///
    /// `origin` is a tuple origin as browsers write it, never `null`; the literals of the list have been compared before.
    /// A source that fails or panics allows nothing, and the log says so (where `panic = "abort"` is set, a panic ends the
    /// program as ever).
    ///
    /// `request` may be a preflight, which brings no cookies and no headers of your own; and a layer around the app asks
    /// before authentication does, for whoever comes. What takes its time wants a time limit of its own.
    fn allows(&self, origin: &str, request: &RequestHead) -> Allows;

    /// Whether the answer is always [`Allows::Now`] and depends on the origin alone, as that of an
    /// [`OriginSet`](crate::OriginSet). It spares a layer around the app a copy of each request's head.
    ///
    /// Where it is not as it says, what a layer would have to wait for is not allowed.
    fn is_immediate(&self) -> bool {
        false
    }
}

/// The answer of an [`OriginSource`].
pub enum Allows {
    /// At once.
    Now(bool),
    /// By a future, on the worker's thread, before the handler runs.
    Later(LocalBoxFuture<'static, Result<bool, Box<dyn Error>>>),
}

impl Allows {
    /// The answer of a future. Its error is logged, and allows nothing.
    pub fn later<E: Into<Box<dyn Error>>>(
        answer: impl Future<Output = Result<bool, E>> + 'static,
    ) -> Self {
        Self::Later(Box::pin(async move { answer.await.map_err(Into::into) }))
    }
}

impl From<bool> for Allows {
    fn from(answer: bool) -> Self {
        Self::Now(answer)
    }
}

impl fmt::Debug for Allows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(answer) => f.debug_tuple("Now").field(answer).finish(),
            Self::Later(_) => f.write_str("Later(…)"),
        }
    }
}
