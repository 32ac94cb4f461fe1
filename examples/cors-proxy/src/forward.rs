//! Checks a request, and passes it on to its upstream.

use actix_web::{
    Error, HttpRequest, HttpResponse,
    error::ErrorBadRequest,
    http::{StatusCode, header},
    web::{Data, Payload},
};
use reqwest::header as upstream;

use crate::{
    Proxy,
    answer::answer,
    body,
    error::{Stop, failure, refusal},
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
    let refuse = |name, message: &str| refusal(StatusCode::FORBIDDEN, name, message);
    if !policy::is_from_a_page(&request) {
        let message = "the request is not from script on a page whose origin is a --page";
        return Err(refuse("page_not_listed", message));
    }
    let method = request.method().as_str();
    let mut forbidden = FORBIDDEN_METHODS.iter();
    if forbidden.any(|forbidden| method.eq_ignore_ascii_case(forbidden)) {
        let message = "browsers do not let script use this method";
        return Err(refuse("method_not_allowed", message));
    }
    let target = request.uri().path_and_query();
    let url = target::parse(target.map_or("", |target| target.as_str()))?;
    let origin = target::origin(&url);
    if !arguments.upstreams.contains(&origin) {
        let message = format!("the proxy was started without --upstream {origin}");
        return Err(refuse("upstream_not_listed", &message));
    }

    let method = reqwest::Method::from_bytes(method.as_bytes()).map_err(ErrorBadRequest)?;
    let secrets = arguments.secrets_for(&origin);
    let headers = headers::for_upstream(request.headers(), &secrets);
    let is_authorized = headers.contains_key(upstream::AUTHORIZATION);
    let mut sent = client.request(method, url.clone()).headers(headers);
    let length = request.headers().get(header::CONTENT_LENGTH);
    let is_chunked = request.headers().contains_key(header::TRANSFER_ENCODING);
    if let Some(length) = length {
        let length: u64 = length
            .to_str()
            .unwrap_or_default()
            .parse()
            .map_err(ErrorBadRequest)?;
        if length > arguments.max_body {
            return Err(Stop::RequestTooLarge.refusal());
        }
    } else if is_chunked {
        // Without the header, the client sends no body with a GET.
        sent = sent.header(upstream::TRANSFER_ENCODING, "chunked");
    }
    if length.is_some() || is_chunked {
        sent = sent.body(body::outgoing(payload, arguments.max_body));
    }
    let response = sent
        .send()
        .await
        .map_err(|error| failure(&error, &origin))?;
    answer(response, &url, &request, is_authorized, arguments)
}
