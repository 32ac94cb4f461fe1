//! Whether a request is a preflight, and whether it is same-origin.

use actix_web::dev::{ConnectionInfo, RequestHead};
use actix_web::http::Method;
use actix_web::http::header::{ACCESS_CONTROL_REQUEST_METHOD, HeaderName, HeaderValue, ORIGIN};
use actix_web::{HttpMessage, HttpRequest};
use cors_rules::header::is_token;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The method that a preflight asks for; `None` if the request is no preflight.
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

/// <https://fetch.spec.whatwg.org/#cors-safelisted-method>
pub(crate) fn is_safelisted(method: &HeaderValue) -> bool {
    matches!(method.as_bytes(), b"GET" | b"HEAD" | b"POST")
}

/// Whether the page that sent the request is of the request's own origin.
///
/// A browser that sends `Sec-Fetch-Site` has compared for us: <https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header>.
/// Otherwise the origin must have the host and the scheme of the request. The scheme of an `https` origin is not compared: a proxy that
/// ends TLS may not pass on the scheme, and nobody on the network can impersonate such an origin. The handshake of a web socket has the
/// scheme `ws` if a proxy passes on its whole URL.
///
/// No browser sends one of these headers twice. If one comes twice, its comparison fails.
pub(crate) fn is_same_origin(request: &HttpRequest) -> bool {
    let one = |name| {
        let mut values = request.headers().get_all(name);
        values.next().filter(|_| values.next().is_none())
    };
    if request.headers().contains_key(SEC_FETCH_SITE) {
        return one(SEC_FETCH_SITE).is_some_and(|site| site == "same-origin");
    }
    let Some(origin) = one(ORIGIN).and_then(|origin| origin.to_str().ok()) else {
        return false;
    };
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let own = connection_info(request);
    let host = own.host().strip_suffix(default_port).unwrap_or(own.host());
    !host.is_empty()
        && (scheme == "https" || matches!(own.scheme(), "http" | "ws"))
        && authority.eq_ignore_ascii_case(host)
}

/// The request's connection info. actix would keep it in the request, but a middleware further inside may still change the headers
/// that it is made of, so it is removed again.
fn connection_info(request: &HttpRequest) -> ConnectionInfo {
    let is_known = request.extensions().contains::<ConnectionInfo>();
    let info = request.connection_info().clone();
    if !is_known {
        request.extensions_mut().remove::<ConnectionInfo>();
    }
    info
}
