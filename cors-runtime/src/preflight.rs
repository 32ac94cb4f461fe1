//! What is a preflight, and what answers one.

use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCESS_CONTROL_REQUEST_METHOD, CONTENT_TYPE, HeaderValue, ORIGIN};
use actix_web::http::{Method, StatusCode};
use actix_web::{Error, HttpResponse};
use cors_policy::header::is_token;
use futures_util::future::LocalBoxFuture;

use crate::answers::{Answers, Judged, vary_preflight};
use crate::decision::{Answered, Decision, RequestId, is_watched};
use crate::log;
use crate::verdict::Verdict;

/// The method that a preflight asks for; `None` where the request is no preflight.
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

/// The answer to a preflight.
pub(crate) enum Answer {
    Now(ServiceResponse),
    /// Where a source of origins takes its time.
    Later(LocalBoxFuture<'static, Result<ServiceResponse, Error>>),
}

#[inline]
pub(crate) fn answer(
    answers: &'static Answers,
    methods: &HeaderValue,
    request: ServiceRequest,
) -> Answer {
    match answers.judge(request.head()) {
        Judged::Now(verdict) => {
            let response = reply(answers, verdict, methods, request.head());
            Answer::Now(request.into_response(response))
        }
        Judged::Later(verdict) => {
            let methods = methods.clone();
            Answer::Later(Box::pin(async move {
                let response = reply(answers, verdict.await, &methods, request.head());
                Ok(request.into_response(response))
            }))
        }
    }
}

/// The whole answer depends on the origin and the policy alone: the browser itself compares methods and headers, and
/// its console then names the one that is missing.
pub(crate) fn reply(
    answers: &'static Answers,
    verdict: Verdict,
    methods: &HeaderValue,
    request: &RequestHead,
) -> HttpResponse {
    let mut response = match &verdict {
        Verdict::Refused(refusal) => {
            log::refused(answers.item(), *refusal, request);
            let mut response = HttpResponse::Forbidden().body(refusal.reason(request).text());
            response.headers_mut().append(
                CONTENT_TYPE,
                HeaderValue::from_static("text/plain; charset=utf-8"),
            );
            response
        }
        Verdict::Anyone | Verdict::Allowed(_) | Verdict::NoOrigin => {
            let mut response = HttpResponse::new(StatusCode::NO_CONTENT);
            answers.preflight(&verdict, methods, &request.headers, response.headers_mut());
            response
        }
    };
    vary_preflight(response.headers_mut());
    let id = RequestId::of(request);
    if is_watched(id) {
        let methods = methods.clone();
        Decision::Preflight(Box::new(Answered {
            answers,
            verdict,
            methods,
        }))
        .hand_over(id);
    }
    response
}
