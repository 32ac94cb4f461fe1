//! The policies: the pages that may use the proxy, and what they may send and read.

use actix_web::{HttpRequest, http::header::ORIGIN};
use cors_runtime::{Cors, OriginSet, cors};

use crate::Arguments;

/// The origins of the pages that may use the proxy.
pub(crate) static PAGES: OriginSet = OriginSet::new();

#[cors(origins = [PAGES], methods = ["*"], headers = ["*"], expose_headers = ["*"], max_age = 600)]
struct Pages;

#[cors(policy = Pages, headers = ["*", "authorization"])]
struct PagesWithAuthorization;

// With credentials, browsers read `*` in `Access-Control-Expose-Headers` as a name.
#[cors(
    policy = Pages,
    credentials,
    expose_headers = ["content-disposition", "content-range", "etag", "link", "retry-after", "x-request-id", "x-total-count"],
)]
struct PagesWithCookies;

/// The layer that answers the preflights, so that none reaches an upstream, and replaces the upstream's headers with the policy's.
pub(crate) fn layer(arguments: &Arguments) -> Cors {
    if arguments.cookies.is_some() {
        Cors::of::<PagesWithCookies>()
    } else if arguments.authorization.is_some() {
        Cors::of::<PagesWithAuthorization>()
    } else {
        Cors::of::<Pages>()
    }
}

/// Whether the request comes from script on a listed page.
///
/// `enforce` in the policy would not suffice. It is for handlers that also serve pages of their own origin, so that it lets a request
/// without an `Origin` pass, such as that of an `<img>` on any page, and one from the server's own origin, which any page has whose host
/// name resolves to the proxy's address.
pub(crate) fn is_from_a_page(request: &HttpRequest) -> bool {
    let mut origins = request.headers().get_all(ORIGIN);
    let origin = origins.next().and_then(|origin| origin.to_str().ok());
    origin.is_some_and(|origin| PAGES.contains(origin)) && origins.next().is_none()
}
