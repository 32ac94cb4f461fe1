//! The answer to a preflight.

use std::future::ready;
use std::rc::Rc;

use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCESS_CONTROL_REQUEST_HEADERS, HeaderValue};
use actix_web::{Error, HttpResponse};
use futures_util::future::LocalBoxFuture;

use super::compiled::{CompiledPolicy, Judgement, vary_preflight};
use super::decision::{Decision, PreflightDecision, tell};
use super::log;
use super::policy_ref::PolicyRef;
use super::request::{is_safelisted, requested_method};
use super::verdict::{Reason, Refusal, Verdict};

/// A response that takes its time.
pub(crate) type BoxedResponse = LocalBoxFuture<'static, Result<ServiceResponse, Error>>;

/// Answers the preflight, at once unless a source of origins takes its time.
pub(crate) fn answer_preflight(
    policy: PolicyRef,
    methods: HeaderValue,
    request: ServiceRequest,
) -> BoxedResponse {
    match policy.judge(request.head()) {
        Judgement::Now(verdict) => Box::pin(ready(Ok(answer_and_tell(
            policy, verdict, methods, request,
        )))),
        Judgement::Later(verdict) => {
            Box::pin(async move { Ok(answer_and_tell(policy, verdict.await, methods, request)) })
        }
    }
}

/// Answers the preflight, and tells the layer outside, which undoes the changes of a middleware between.
fn answer_and_tell(
    policy: PolicyRef,
    verdict: Verdict,
    methods: HeaderValue,
    request: ServiceRequest,
) -> ServiceResponse {
    let response = answer(&policy, &verdict, &methods, request.head());
    tell(&request, || {
        Decision::Preflight(Rc::new(PreflightDecision {
            policy,
            verdict,
            methods,
        }))
    });
    request.into_response(response)
}

/// Logs the method, or else the first header, that the preflight asks for and the answer does not name.
#[cold]
fn log_missing_name(compiled: &CompiledPolicy, methods: &HeaderValue, preflight: &RequestHead) {
    let (declaration, methods) = (compiled.declaration(), methods.to_str().unwrap_or_default());
    let offers_method = |method: &HeaderValue| {
        methods == "*"
            || methods.split(", ").any(|offered| method == offered)
            || is_safelisted(method)
    };
    if requested_method(preflight).is_some_and(|method| !offers_method(method)) {
        log::event(declaration, Reason::MethodNotListed, None, preflight);
        return;
    }
    let lines = preflight.headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS);
    let mut names = lines
        .flat_map(|line| line.as_bytes().split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty());
    if let Some(name) = names.find(|name| !compiled.offers_header(name)) {
        log::event(declaration, Reason::HeaderNotListed, Some(name), preflight);
    }
}

/// The answer is a 403 if the origin is refused. The browser itself compares methods and headers, and its console names the one that
/// is missing. It does not compare the [CORS-safelisted methods](https://fetch.spec.whatwg.org/#cors-safelisted-method), so the answer
/// is a 403 as well if the preflight asks for one of them and the policy leaves it out.
fn answer(
    compiled: &CompiledPolicy,
    verdict: &Verdict,
    methods: &HeaderValue,
    request: &RequestHead,
) -> HttpResponse {
    let is_left_out = || {
        let names = compiled.methods()?;
        let method = requested_method(request)?;
        (is_safelisted(method) && names.iter().all(|name| method != &**name))
            .then_some(Refusal::Method)
    };
    let refusal = match verdict {
        Verdict::Refused(refusal) => Some(*refusal),
        _ => is_left_out(),
    };
    let mut response = if let Some(refusal) = refusal {
        log::refusal(compiled.declaration(), refusal, request);
        refusal.reason(request).response()
    } else {
        if log::is_on() {
            log_missing_name(compiled, methods, request);
        }
        HttpResponse::new(StatusCode::NO_CONTENT)
    };
    // A refused method has these headers too, so that the browser blames the status and not the origin.
    compiled.set_preflight_headers(verdict, methods, &request.headers, response.headers_mut());
    vary_preflight(response.headers_mut());
    response
}
