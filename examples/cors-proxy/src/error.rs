//! The proxy's own errors, as JSON that script on the page can read.

use std::{error::Error, fmt};

use actix_web::{HttpResponse, error::InternalError, http::StatusCode};
use serde_json::json;

/// A response of the proxy itself, with a name for programs and a sentence for people.
pub(crate) fn refusal(status: StatusCode, name: &str, message: &str) -> actix_web::Error {
    let body = json!({ "proxy_error": name, "message": message });
    let response = HttpResponse::build(status).json(body);
    InternalError::from_response(message.to_owned(), response).into()
}

/// The error for a request to `origin` that failed.
pub(crate) fn failure(error: &reqwest::Error, origin: &str) -> actix_web::Error {
    log::warn!("{origin}: {error:?}");
    if error.is_timeout() {
        let message = format!("no response from {origin} within --timeout");
        return refusal(StatusCode::GATEWAY_TIMEOUT, "timeout", &message);
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(stop) = error.downcast_ref::<Stop>() {
            return stop.refusal();
        }
        cause = error.source();
    }
    no_response(origin)
}

/// The error for an upstream that sends no HTTP response.
pub(crate) fn no_response(origin: &str) -> actix_web::Error {
    let message = format!("no HTTP response from {origin}");
    refusal(StatusCode::BAD_GATEWAY, "no_response", &message)
}

/// A reason for which the proxy ends an exchange that has begun.
#[derive(Debug)]
pub(crate) enum Stop {
    RequestTooLarge,
    ResponseTooLarge,
    NoListedAddress,
}

impl Stop {
    pub(crate) fn refusal(&self) -> actix_web::Error {
        let (status, name, message) = self.parts();
        refusal(status, name, message)
    }

    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::RequestTooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "request_too_large",
                "the request's body is larger than --max-body",
            ),
            Self::ResponseTooLarge => (
                StatusCode::BAD_GATEWAY,
                "response_too_large",
                "the response's body is larger than --max-body",
            ),
            Self::NoListedAddress => (
                StatusCode::FORBIDDEN,
                "address_not_listed",
                "the upstream has no public address, nor one that is an --address",
            ),
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.parts().2)
    }
}

impl Error for Stop {}
