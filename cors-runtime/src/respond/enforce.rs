//! `enforce`: which requests the handler does not see.

use std::fmt;

use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, ORIGIN};
use actix_web::{HttpResponse, ResponseError};

use super::compiled::CompiledPolicy;
use super::log;
use super::request::is_same_origin;
use super::verdict::{Reason, Refusal, Verdict};

/// Why `enforce` keeps the handler from the request, if it does.
pub(crate) fn refused(
    compiled: &CompiledPolicy,
    request: &ServiceRequest,
    verdict: &Verdict,
) -> Option<EnforceError> {
    if !compiled.enforces() || !request.headers().contains_key(ORIGIN) {
        return None;
    }
    let refusal = if let Verdict::Refused(refusal) = verdict {
        *refusal
    } else {
        let names = compiled.methods()?;
        if names
            .iter()
            .any(|name| **name == *request.method().as_str())
        {
            return None;
        }
        Refusal::Method
    };
    if is_same_origin(request.request()) {
        return None;
    }
    // A refused origin is logged with the verdict. This verdict is none on the origin.
    if refusal == Refusal::Method {
        log::refused(compiled.declaration(), refusal, request.head());
    }
    Some(EnforceError(refusal.reason(request.head())))
}

/// The response to a request that `enforce` keeps from the handler.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EnforceError(Reason);

impl fmt::Display for EnforceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.text().trim_end())
    }
}

impl ResponseError for EnforceError {
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
