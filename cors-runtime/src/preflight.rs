//! The preflight route: a twin of the handler's resource that takes the preflights meant for it, and no other request.

use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::Error;
use actix_web::HttpResponse;
use actix_web::dev::{
    AppService, RequestHead, ResourceDef, ServiceRequest, ServiceResponse, fn_service,
};
use actix_web::guard::{Guard, GuardContext, fn_guard};
use actix_web::http::header::{ACCESS_CONTROL_REQUEST_METHOD, CONTENT_TYPE, HeaderValue, ORIGIN};
use actix_web::http::{Method, StatusCode};
use cors_policy::header::is_token;
use futures_util::future::{Either, LocalBoxFuture};

use crate::annotation::Annotation;
use crate::answers::{Answers, Judged, vary_preflight};
use crate::decision::{Answered, Decision, RequestId, is_watched};
use crate::log;
use crate::mounted::{App, Mount};
use crate::verdict::Verdict;

/// The method that a preflight asks for; `None` where the request is no preflight.
///
/// A [CORS-preflight request](https://fetch.spec.whatwg.org/#cors-preflight-request) is an `OPTIONS` request with
/// `Origin` and one `Access-Control-Request-Method`, which is a method's name.
pub(crate) fn requested_method(head: &RequestHead) -> Option<&HeaderValue> {
    if head.method != Method::OPTIONS || !head.headers.contains_key(ORIGIN) {
        return None;
    }
    let mut methods = head.headers.get_all(ACCESS_CONTROL_REQUEST_METHOD);
    let method = methods.next()?;
    (methods.next().is_none() && is_token(method.as_bytes())).then_some(method)
}

/// The guard of an annotated handler that serves `OPTIONS` itself: a preflight is not meant for it.
#[must_use]
pub fn is_no_preflight(request: &GuardContext<'_>) -> bool {
    requested_method(request.head()).is_none()
}

/// The preflight route of one path of one handler.
pub struct Preflight {
    annotation: &'static Annotation,
    resource: &'static str,
    path: &'static str,
    methods: &'static [&'static str],
    routed: &'static [&'static str],
    guards: Vec<Box<dyn Guard>>,
}

impl Preflight {
    pub(crate) fn new(
        annotation: &'static Annotation,
        path: &'static str,
        methods: &'static [&'static str],
    ) -> Self {
        let path_of_handler = annotation.item().name;
        let resource = path_of_handler
            .rsplit("::")
            .next()
            .unwrap_or(path_of_handler);
        Self {
            annotation,
            resource,
            path,
            methods,
            routed: methods,
            guards: Vec::new(),
        }
    }

    /// The name of the handler's resource, where it is not the handler's own.
    #[must_use]
    pub fn name(mut self, resource: &'static str) -> Self {
        self.resource = resource;
        self
    }

    /// The methods that the handler serves, where the policy does not let other origins use all of them.
    #[must_use]
    pub fn routed(mut self, methods: &'static [&'static str]) -> Self {
        self.routed = methods;
        self
    }

    /// Adds a guard of the handler's route: it is asked about the preflight as the router would ask it.
    #[must_use]
    pub fn guard(mut self, guard: impl Fn(&GuardContext<'_>) -> bool + 'static) -> Self {
        self.guards.push(Box::new(guard));
        self
    }

    /// Registers the route, behind the handler's own.
    pub fn register(self, app: &mut AppService) {
        let Self {
            annotation,
            resource,
            path,
            methods,
            routed,
            mut guards,
        } = self;
        // The attribute has checked the names to be tokens.
        let Ok(allow_methods) = HeaderValue::try_from(methods.join(", ")) else {
            return;
        };
        let answers = annotation.answers();
        let path = with_slash(path);
        App::mount(
            app,
            Mount {
                annotation,
                resource,
                methods,
                routed,
                allow_methods: allow_methods.clone(),
                is_guarded: !guards.is_empty(),
                path: path.clone(),
                scope: None,
            },
        );
        if methods.is_empty() {
            return;
        }
        guards.insert(
            0,
            Box::new(fn_guard(move |request| {
                requested_method(request.head())
                    .is_some_and(|asked| methods.iter().any(|method| asked == method))
            })),
        );
        let allow_methods = Rc::new(allow_methods);
        app.register_service(
            ResourceDef::new(path),
            Some(guards),
            fn_service(move |request: ServiceRequest| answer(answers, &allow_methods, request)),
            None,
        );
    }
}

/// The path as `actix_web::Resource` registers it: with a leading slash, unless it is empty.
fn with_slash(path: &str) -> String {
    let slash = if path.is_empty() || path.starts_with('/') {
        ""
    } else {
        "/"
    };
    format!("{slash}{path}")
}

fn answer(
    answers: &'static Answers,
    methods: &Rc<HeaderValue>,
    request: ServiceRequest,
) -> Either<Ready<Reply>, LocalBoxFuture<'static, Reply>> {
    match answers.judge(request.head()) {
        Judged::Now(verdict) => {
            let response = reply(answers, verdict, methods, request.head());
            Either::Left(ready(Ok(request.into_response(response))))
        }
        Judged::Later(verdict) => {
            let methods = Rc::clone(methods);
            Either::Right(Box::pin(async move {
                let response = reply(answers, verdict.await, &methods, request.head());
                Ok(request.into_response(response))
            }))
        }
    }
}

type Reply = Result<ServiceResponse, Error>;

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
            let mut response = HttpResponse::Forbidden().body(refusal.reason());
            response.headers_mut().insert(
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
