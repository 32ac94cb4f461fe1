//! What a request is: a preflight, or one that a page sends to its own origin.

use actix_web::HttpRequest;
use actix_web::dev::RequestHead;
use actix_web::http::Method;
use actix_web::http::header::{ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue, ORIGIN};
use cors_rules::header::is_token;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The method that a preflight asks for; `None` where the request is no preflight.
///
/// A [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request) is an `OPTIONS` request with
/// `Origin` and one `Access-Control-Request-Method`, which is a method's name.
#[inline]
pub(crate) fn requested_method(head: &RequestHead) -> Option<&HeaderValue> {
    if head.method == Method::OPTIONS {
        requested_by_options(head)
    } else {
        None
    }
}

fn requested_by_options(head: &RequestHead) -> Option<&HeaderValue> {
    if !head.headers.contains_key(ORIGIN) {
        return None;
    }
    let mut methods = head.headers.get_all(ACCESS_CONTROL_REQUEST_METHOD);
    let method = methods.next()?;
    (methods.next().is_none() && is_token(method.as_bytes())).then_some(method)
}

/// Whether the page that sent the request is of the request's own origin.
///
/// A browser that sends `Sec-Fetch-Site` has compared for us: <https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header>.
/// For the others the origin has to be the host that the request names. Its scheme has to be the request's, with one
/// exception: a proxy that ends TLS need not say so, and nobody on the network can be an `https` origin.
pub(crate) fn is_same_origin(request: &HttpRequest) -> bool {
    if let Some(site) = request.headers().get(SEC_FETCH_SITE) {
        return site == "same-origin";
    }
    let Some(origin) = request
        .headers()
        .get(ORIGIN)
        .and_then(|origin| origin.to_str().ok())
    else {
        return false;
    };
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let own = request.connection_info();
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let host = own.host().strip_suffix(default_port).unwrap_or(own.host());
    (scheme == "https" || scheme == own.scheme()) && authority.eq_ignore_ascii_case(host)
}
