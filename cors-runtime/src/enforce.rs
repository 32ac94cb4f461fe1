//! `enforce`: which requests the handler does not see.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, ORIGIN};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use crate::verdict::Reason;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

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

/// The response to a request that `enforce` keeps from the handler.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused(pub(crate) Reason);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.text().trim_end())
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::Forbidden().body(self.0.text());
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        response
    }
}
