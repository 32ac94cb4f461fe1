//! One request, passed on to its upstream and answered with what that says.

use std::error::Error as StdError;

use actix_web::{
    Error, HttpRequest, HttpResponse, HttpResponseBuilder,
    body::{BodyStream, SizedStream},
    error::ErrorBadRequest,
    http::{Method, StatusCode, header},
    web::{Data, Payload},
};
use futures_util::TryStreamExt as _;
use reqwest::{RequestBuilder, Response, header as upstream};
use url::Url;

use crate::{
    Proxy,
    arguments::Arguments,
    body,
    error::{Stop, failure, no_response, refusal},
    headers, policy, target,
};

/// <https://fetch.spec.whatwg.org/#forbidden-method>
const FORBIDDEN_METHODS: [&str; 3] = ["CONNECT", "TRACE", "TRACK"];

pub(crate) async fn forward(
    request: HttpRequest,
    payload: Payload,
    proxy: Data<Proxy>,
) -> Result<HttpResponse, Error> {
    let Proxy { client, arguments } = &**proxy;
    if !policy::is_from_a_page(&request) {
        let message = "the request is not from script on a page whose origin is a --page";
        return Err(refuse("page_not_listed", message));
    }
    let path_and_query = request.uri().path_and_query();
    let url = target::parse(path_and_query.map_or("", |target| target.as_str()))?;
    let origin = target::origin(&url);
    if !arguments.upstreams.contains(&origin) {
        let message = format!("the proxy was started without --upstream {origin}");
        return Err(refuse("upstream_not_listed", &message));
    }
    let method = request.method().as_str();
    if FORBIDDEN_METHODS
        .iter()
        .any(|forbidden| method.eq_ignore_ascii_case(forbidden))
    {
        return Err(refuse(
            "method_not_allowed",
            "browsers do not let script use this method",
        ));
    }
    let method = reqwest::Method::from_bytes(method.as_bytes()).map_err(ErrorBadRequest)?;
    let sent = client.request(method, url.clone());
    let sent = with_headers_and_body(sent, &origin, &request, payload, arguments)?;
    let (client, sent) = sent.build_split();
    let sent = sent.map_err(|error| failure(&error, &origin))?;
    let is_authorized = sent.headers().contains_key(upstream::AUTHORIZATION);
    let response = client.execute(sent).await;
    let response = response.map_err(|error| failure(&error, &origin))?;

    let status = StatusCode::from_u16(response.status().as_u16()).map_err(ErrorBadRequest)?;
    if status.is_informational() {
        return Err(no_response(&origin));
    }
    let mut answer = HttpResponse::build(status);
    for line in headers::for_page(response.headers()) {
        answer.append_header(line);
    }
    if let Some(location) = response.headers().get(upstream::LOCATION) {
        let location = location.as_bytes();
        if status.is_redirection() {
            let path = redirect(&url, location, is_authorized, arguments)?;
            answer.insert_header((header::LOCATION, path));
        } else {
            answer.insert_header((header::LOCATION, location));
        }
    }
    // A document that is opened here is none of the proxy's origin, nor of other documents that come from here.
    answer.insert_header((header::CONTENT_SECURITY_POLICY, "sandbox"));
    if [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status) {
        return Ok(answer.finish());
    }
    let is_head = request.method() == Method::HEAD;
    with_body(answer, response, is_head, arguments.max_body)
}

fn with_headers_and_body(
    sent: RequestBuilder,
    origin: &str,
    request: &HttpRequest,
    payload: Payload,
    arguments: &Arguments,
) -> Result<RequestBuilder, Error> {
    let mut allowed = Vec::new();
    for (name, upstreams) in [
        ("authorization", &arguments.authorization),
        ("cookie", &arguments.cookies),
    ] {
        if upstreams
            .as_ref()
            .is_some_and(|upstreams| upstreams.contains(origin))
        {
            allowed.push(name);
        }
    }
    let sent = sent.headers(headers::for_upstream(request.headers(), &allowed));
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > arguments.max_body) {
        return Err(Stop::RequestTooLarge.refusal());
    }
    let body = |payload| body::outgoing(payload, arguments.max_body);
    Ok(if length.is_some() {
        sent.body(body(payload))
    } else if request.headers().contains_key(header::TRANSFER_ENCODING) {
        // Without the header, the client sends no body with a GET.
        sent.header(upstream::TRANSFER_ENCODING, "chunked")
            .body(body(payload))
    } else {
        sent
    })
}

/// Where the browser finds what it is redirected to.
///
/// The browser follows, and not the proxy: it still has the body that a 307 asks for again, and script may have said
/// that it wants no redirects. What it asks for next is checked like any other request.
fn redirect(
    from: &Url,
    location: &[u8],
    is_authorized: bool,
    arguments: &Arguments,
) -> Result<String, Error> {
    let to = target::redirected(from, location);
    let to = to.filter(|to| arguments.upstreams.contains(&target::origin(to)));
    let Some(to) = to else {
        let location = String::from_utf8_lossy(location);
        let message = format!("the upstream redirects to {location}, which is at no --upstream");
        return Err(refuse("redirect_not_listed", &message));
    };
    // Browsers drop the header where a redirect leads to another origin, but for them all of ours are the proxy's.
    if is_authorized && from.origin() != to.origin() {
        let message =
            format!("the upstream redirects to {to}, which must not get its Authorization");
        return Err(refuse("redirect_with_authorization", &message));
    }
    Ok(format!("/{to}"))
}

fn with_body(
    mut answer: HttpResponseBuilder,
    response: Response,
    is_head: bool,
    max_body: u64,
) -> Result<HttpResponse, Error> {
    let length = response.headers().get(upstream::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if !is_head && length.is_some_and(|length| length > max_body) {
        return Err(Stop::ResponseTooLarge.refusal());
    }
    let pieces = body::limited(response.bytes_stream(), max_body, || Stop::ResponseTooLarge);
    let pieces = Box::pin(pieces.map_err(|error| -> Box<dyn StdError> { error }));
    Ok(match length {
        Some(length) => answer.body(SizedStream::new(length, pieces)),
        None => answer.body(BodyStream::new(pieces)),
    })
}

fn refuse(name: &str, message: &str) -> Error {
    refusal(StatusCode::FORBIDDEN, name, message)
}
