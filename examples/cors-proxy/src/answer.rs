//! Makes the page's response from that of the upstream.

use std::error::Error as StdError;

use actix_web::{
    Error, HttpRequest, HttpResponse,
    body::{BodyStream, SizedStream},
    error::ErrorBadGateway,
    http::{Method, StatusCode, header},
};
use futures_util::TryStreamExt as _;
use reqwest::{Response, header as upstream};
use url::Url;

use crate::{
    arguments::Arguments,
    body,
    error::{Stop, no_response, refusal},
    headers, target,
};

/// The page's response, from the upstream's response to `url`.
pub(crate) fn answer(
    response: Response,
    url: &Url,
    request: &HttpRequest,
    is_authorized: bool,
    arguments: &Arguments,
) -> Result<HttpResponse, Error> {
    let status = StatusCode::from_u16(response.status().as_u16()).map_err(ErrorBadGateway)?;
    if status.is_informational() {
        return Err(no_response(&target::origin(url)));
    }
    let mut answer = HttpResponse::build(status);
    for line in headers::for_page(response.headers()) {
        answer.append_header(line);
    }
    let location = response.headers().get(upstream::LOCATION);
    if let Some(location) = location.filter(|_| status.is_redirection()) {
        let path = redirect(url, location.as_bytes(), is_authorized, arguments)?;
        answer.insert_header((header::LOCATION, path));
    }
    // A document that a user opens here gets an opaque origin, apart from the proxy's and from other documents.
    answer.insert_header((header::CONTENT_SECURITY_POLICY, "sandbox"));
    if [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status) {
        return Ok(answer.finish());
    }

    let max_body = arguments.max_body;
    let length = response.headers().get(upstream::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if request.method() != Method::HEAD && length.is_some_and(|length| length > max_body) {
        return Err(Stop::ResponseTooLarge.refusal());
    }
    let pieces = body::limited(response.bytes_stream(), max_body, || Stop::ResponseTooLarge);
    let pieces = Box::pin(pieces.map_err(|error| -> Box<dyn StdError> { error }));
    Ok(match length {
        Some(length) => answer.body(SizedStream::new(length, pieces)),
        None => answer.body(BodyStream::new(pieces)),
    })
}

/// The proxy's path for the target of a redirect.
///
/// The browser follows the redirect, and not the proxy: the browser still has the body that a 307 needs again, and script may have
/// chosen not to follow redirects. The proxy checks the browser's next request like any other.
fn redirect(
    from: &Url,
    location: &[u8],
    is_authorized: bool,
    arguments: &Arguments,
) -> Result<String, Error> {
    let refuse = |name, message: &str| refusal(StatusCode::FORBIDDEN, name, message);
    let to = target::redirected(from, location);
    let to = to.filter(|to| arguments.upstreams.contains(&target::origin(to)));
    let to = to.ok_or_else(|| {
        let location = String::from_utf8_lossy(location);
        let message = format!("the upstream redirects to {location}, which is at no --upstream");
        refuse("redirect_not_listed", &message)
    })?;
    // Browsers drop the header when a redirect leads to another origin, but here all redirects lead to the proxy's own.
    if is_authorized && from.origin() != to.origin() {
        let message =
            format!("the upstream redirects to {to}, which must not get its Authorization");
        return Err(refuse("redirect_with_authorization", &message));
    }
    Ok(format!("/{to}"))
}
