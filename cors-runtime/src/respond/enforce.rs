//! `enforce`: the requests that do not reach the handler.

use std::fmt;

use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::ORIGIN;
use actix_web::{HttpResponse, ResponseError};

use super::compiled::CompiledPolicy;
use super::log;
use super::request::is_same_origin;
use super::verdict::{Reason, Refusal, Verdict};

/// The error in place of the handler's response, if `enforce` refuses the request.
pub(crate) fn enforce(
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
    // The caller logs a refused origin. A refused method is logged only here.
    if refusal == Refusal::Method {
        log::refusal(compiled.declaration(), refusal, request.head());
    }
    Some(EnforceError(refusal.reason(request.head())))
}

/// A request that `enforce` refuses.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EnforceError(Reason);

impl fmt::Display for EnforceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.text())
    }
}

impl ResponseError for EnforceError {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn error_response(&self) -> HttpResponse {
        self.0.response()
    }
}
