//! What answers a preflight.

use std::rc::Rc;

use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCESS_CONTROL_REQUEST_HEADERS, CONTENT_TYPE, HeaderValue};
use actix_web::{Error, HttpResponse};
use futures_util::future::LocalBoxFuture;

use super::compiled::{CompiledPolicy, Judgement, vary_preflight};
use super::log;
use super::request::{is_safelisted, requested_method};
use super::verdict::{Reason, Refusal, Verdict};
use crate::layer::{Decision, PreflightDecision, tell};
use crate::policy::PolicyRef;

/// The answer to a preflight.
pub(crate) enum PreflightAnswer {
    Now(ServiceResponse),
    /// Where a source of origins takes its time.
    Later(LocalBoxFuture<'static, Result<ServiceResponse, Error>>),
}

#[inline]
pub(crate) fn answer_preflight(
    policy: PolicyRef,
    methods: &HeaderValue,
    request: ServiceRequest,
) -> PreflightAnswer {
    match policy.judge(request.head()) {
        Judgement::Now(verdict) => {
            PreflightAnswer::Now(answer_with_verdict(policy, verdict, methods, request))
        }
        Judgement::Later(verdict) => {
            let methods = methods.clone();
            PreflightAnswer::Later(Box::pin(async move {
                Ok(answer_with_verdict(
                    policy,
                    verdict.await,
                    &methods,
                    request,
                ))
            }))
        }
    }
}

/// Answers the preflight, and tells the layer outside, which sees to it that the answer stays as it is.
pub(crate) fn answer_with_verdict(
    policy: PolicyRef,
    verdict: Verdict,
    methods: &HeaderValue,
    request: ServiceRequest,
) -> ServiceResponse {
    let response = reply(&policy, &verdict, methods, request.head());
    tell(&request, || {
        Decision::Preflight(Rc::new(PreflightDecision {
            policy,
            verdict,
            methods: methods.clone(),
        }))
    });
    request.into_response(response)
}

/// Whether a preflight asks for a safelisted method that is not among `names`.
fn leaves_out(names: &[Box<str>], preflight: &RequestHead) -> bool {
    requested_method(preflight)
        .is_some_and(|method| is_safelisted(method) && names.iter().all(|name| method != &**name))
}

#[cold]
fn log_what_is_not_offered(
    compiled: &CompiledPolicy,
    methods: &HeaderValue,
    preflight: &RequestHead,
) {
    let (declaration, methods) = (compiled.declaration(), methods.to_str().unwrap_or_default());
    let offers_method = |method: &HeaderValue| {
        methods == "*"
            || methods.split(", ").any(|offered| method == offered)
            || is_safelisted(method)
    };
    if requested_method(preflight).is_some_and(|method| !offers_method(method)) {
        log::not_offered(declaration, Reason::MethodNotListed, None, preflight);
        return;
    }
    let lines = preflight.headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS);
    let mut names = lines
        .flat_map(|line| line.as_bytes().split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty());
    if let Some(name) = names.find(|name| !compiled.offers_header(name)) {
        log::not_offered(declaration, Reason::HeaderNotListed, Some(name), preflight);
    }
}

/// The answer depends on the origin and the policy: the browser itself compares methods and headers, and its console then
/// names the one that is missing. It does not for the methods that are
/// [CORS-safelisted](https://fetch.spec.whatwg.org/#cors-safelisted-method): what the policy leaves out of those
/// is refused by the status.
fn reply(
    compiled: &CompiledPolicy,
    verdict: &Verdict,
    methods: &HeaderValue,
    request: &RequestHead,
) -> HttpResponse {
    let is_left_out = || {
        compiled
            .methods()
            .is_some_and(|names| leaves_out(names, request))
    };
    let refusal = match verdict {
        Verdict::Refused(refusal) => Some(*refusal),
        _ => is_left_out().then_some(Refusal::Method),
    };
    let mut response = if let Some(refusal) = refusal {
        log::refused(compiled.declaration(), refusal, request);
        let mut response = HttpResponse::Forbidden().body(refusal.reason(request).text());
        response.headers_mut().append(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        response
    } else {
        if log::is_on() {
            log_what_is_not_offered(compiled, methods, request);
        }
        HttpResponse::new(StatusCode::NO_CONTENT)
    };
    // Also where the method is refused: it is the status that says so, and not the origin.
    if !matches!(verdict, Verdict::Refused(_)) {
        compiled.preflight(verdict, methods, &request.headers, response.headers_mut());
    }
    vary_preflight(response.headers_mut());
    response
}
