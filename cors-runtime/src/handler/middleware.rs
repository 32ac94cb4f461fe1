//! The middleware on an annotated handler's resource.

use std::cell::Cell;
use std::future::{self, Future, Ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpResponse};
use futures_util::future::Either;
use pin_project_lite::pin_project;

use crate::annotation::Annotation;
use crate::app::is_about_another;
use crate::body::boxed;
use crate::respond::{
    BoxedResponse, CompiledPolicy, Decision, PolicyRef, Verdict, answer_preflight, apply, enforce,
    log, requested_method, tell,
};

/// Applies a handler's policy to each of its responses, errors included, and answers the preflights meant for it.
pub struct ApplyPolicy {
    annotation: &'static Annotation,
    preflights: Rc<Preflights>,
}

/// The answer to the preflights for a handler's methods.
pub(crate) enum Preflights {
    /// The policy.
    Answered {
        /// `Access-Control-Allow-Methods`
        methods: HeaderValue,
        has_warned_of_another_in_front: Cell<bool>,
    },
    /// The middleware, with a 404, so that no policy behind it answers for this handler.
    NotFound,
    /// The handler, which is `off` and serves OPTIONS.
    ByHandler,
}

impl Preflights {
    pub(crate) const fn answered(methods: HeaderValue) -> Self {
        Self::Answered {
            methods,
            has_warned_of_another_in_front: Cell::new(false),
        }
    }
}

impl ApplyPolicy {
    /// The middleware for the handler that `annotation` describes.
    pub(crate) fn new(annotation: &'static Annotation, preflights: Preflights) -> Self {
        Self {
            annotation,
            preflights: Rc::new(preflights),
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for ApplyPolicy
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = PolicyService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let compiled = self.annotation.compiled();
        future::ready(Ok(PolicyService {
            service: Rc::new(service),
            compiled,
            preflights: Rc::clone(&self.preflights),
            is_off: self.annotation.is_off(),
            judges_first: compiled.enforces() || !compiled.is_immediate(),
        }))
    }
}

/// [`ApplyPolicy`] around the handler's service.
pub struct PolicyService<S> {
    service: Rc<S>,
    compiled: &'static CompiledPolicy,
    preflights: Rc<Preflights>,
    is_off: bool,
    /// Whether the handler waits for the verdict: the policy has `enforce`, or a source that is not immediate.
    judges_first: bool,
}

impl<S, B> Service<ServiceRequest> for PolicyService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Either<PolicyFuture<S::Future>, BoxedResponse>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        if requested_method(request.head()).is_some() {
            return self.preflight(request);
        }
        let compiled = self.compiled;
        if self.judges_first {
            let service = Rc::clone(&self.service);
            return Either::Right(Box::pin(judge_then_call(compiled, service, request)));
        }
        // The layer is told before the call, because the handler's future may be dropped before it ends.
        let is_heard = tell(&request, || {
            if self.is_off {
                Decision::NoPolicy
            } else {
                Decision::Actual(PolicyRef::Static(compiled), None)
            }
        });
        let to_apply = (!is_heard && !self.is_off).then(|| {
            let verdict = compiled.judge(request.head()).immediate();
            log::refusal_unless_same_origin(compiled.declaration(), &verdict, request.request());
            (compiled, verdict)
        });
        Either::Left(PolicyFuture {
            response: self.service.call(request),
            to_apply,
        })
    }
}

impl<S> PolicyService<S>
where
    S: Service<ServiceRequest, Error = Error>,
{
    fn preflight(&self, request: ServiceRequest) -> Either<PolicyFuture<S::Future>, BoxedResponse> {
        match &*self.preflights {
            Preflights::Answered {
                methods,
                has_warned_of_another_in_front,
            } => {
                if !is_about_another(request.request()) {
                    let policy = PolicyRef::Static(self.compiled);
                    return Either::Right(answer_preflight(policy, methods.clone(), request));
                }
                let is_first = !has_warned_of_another_in_front.replace(true);
                log::another_in_front(self.compiled.declaration(), request.head(), is_first);
            }
            Preflights::NotFound => {}
            Preflights::ByHandler => {
                tell(&request, || Decision::NoPolicy);
                return Either::Left(PolicyFuture {
                    response: self.service.call(request),
                    to_apply: None,
                });
            }
        }
        tell(&request, || Decision::NoPolicy);
        let not_found = request.into_response(HttpResponse::NotFound().finish());
        Either::Right(Box::pin(future::ready(Ok(not_found))))
    }
}

/// Waits for the verdict, and calls the handler unless the policy refuses the request.
async fn judge_then_call<S, B>(
    compiled: &'static CompiledPolicy,
    service: Rc<S>,
    request: ServiceRequest,
) -> Result<ServiceResponse, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let verdict = compiled.judge(request.head()).verdict().await;
    let policy = PolicyRef::Static(compiled);
    let refused = enforce(compiled, &request, &verdict);
    let is_heard = tell(&request, || {
        Decision::Actual(policy.clone(), Some(Box::new(verdict.clone())))
    });
    if !is_heard {
        log::refusal_unless_same_origin(compiled.declaration(), &verdict, request.request());
    }
    let mut result = match refused {
        Some(refused) => Err(refused.into()),
        None => service.call(request).await,
    };
    if !is_heard {
        apply(&policy, &verdict, &mut result);
    }
    result.map(ServiceResponse::map_into_boxed_body)
}

pin_project! {
    /// The handler's response, then the policy's headers.
    pub struct PolicyFuture<F> {
        #[pin]
        response: F,
        // `None` if a layer outside sets the headers, or the handler is `off`.
        to_apply: Option<(&'static CompiledPolicy, Verdict)>,
    }
}

impl<F, B> Future for PolicyFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody + 'static,
{
    type Output = Result<ServiceResponse, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        // The response is large, so it is changed in place.
        let mut polled = boxed(this.response.poll(context));
        if let (Poll::Ready(result), Some((compiled, verdict))) = (&mut polled, this.to_apply) {
            apply(&PolicyRef::Static(compiled), verdict, result);
        }
        polled
    }
}
