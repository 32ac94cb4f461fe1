//! The middleware on an annotated handler's resource.

use std::cell::Cell;
use std::future::{self, Future, Ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpResponse};
use futures_util::future::LocalBoxFuture;
use pin_project_lite::pin_project;

use crate::annotation::Annotation;
use crate::app::is_about_another;
use crate::body::boxed;
use crate::respond::{
    CompiledPolicy, Decision, Judgement, PolicyRef, PreflightAnswer, Verdict, answer_preflight,
    apply, enforce, log, requested_method, tell,
};

/// Applies a handler's policy to each of its responses, errors included, and answers the preflights meant for it.
pub struct ApplyPolicy {
    annotation: &'static Annotation,
    preflights: Rc<Preflights>,
}

/// Who answers the preflights for a handler's methods.
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
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
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

const DONE: &str = "a future is not polled after it is ready";

impl<S, B> Service<ServiceRequest> for PolicyService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = PolicyFuture<S>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let state = if requested_method(request.head()).is_some() {
            self.preflight(request)
        } else {
            self.actual(request)
        };
        PolicyFuture { state }
    }
}

impl<S> PolicyService<S>
where
    S: Service<ServiceRequest, Error = Error>,
{
    fn actual(&self, request: ServiceRequest) -> State<S> {
        let compiled = self.compiled;
        if !self.judges_first {
            // LayerApplies before the handler is called, so that the layer knows it also if the request is dropped half-way.
            let is_heard = tell(&request, || {
                if self.is_off {
                    Decision::NoPolicy
                } else {
                    Decision::Actual(PolicyRef::Static(compiled), None)
                }
            });
            if is_heard || self.is_off {
                return State::LayerApplies {
                    response: self.service.call(request),
                };
            }
        }
        match compiled.judge(request.head()) {
            Judgement::Now(verdict) if self.judges_first => {
                State::call_if_allowed(compiled, &*self.service, request, verdict)
            }
            Judgement::Now(verdict) => {
                State::call_allowed(compiled, &*self.service, request, verdict)
            }
            Judgement::Later(verdict) => State::Judging {
                verdict,
                request: Some(request),
                service: Rc::clone(&self.service),
                compiled,
            },
        }
    }

    fn preflight(&self, request: ServiceRequest) -> State<S> {
        match &*self.preflights {
            Preflights::Answered {
                has_warned_of_another_in_front,
                ..
            } if is_about_another(request.request()) => {
                let is_first = !has_warned_of_another_in_front.replace(true);
                log::another_in_front(self.compiled.declaration(), request.head(), is_first);
                State::not_found(request)
            }
            Preflights::Answered { methods, .. } => {
                match answer_preflight(PolicyRef::Static(self.compiled), methods, request) {
                    PreflightAnswer::Now(response) => State::ready(Ok(response)),
                    PreflightAnswer::Later(response) => State::Answering { response },
                }
            }
            Preflights::NotFound => State::not_found(request),
            Preflights::ByHandler => {
                tell(&request, || Decision::NoPolicy);
                State::LayerApplies {
                    response: self.service.call(request),
                }
            }
        }
    }
}

pin_project! {
    /// The handler's response, then the policy's headers.
    pub struct PolicyFuture<S>
    where
        S: Service<ServiceRequest>,
    {
        #[pin]
        state: State<S>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S>
    where
        S: Service<ServiceRequest>,
    {
        Judging {
            verdict: LocalBoxFuture<'static, Verdict>,
            request: Option<ServiceRequest>,
            service: Rc<S>,
            compiled: &'static CompiledPolicy,
        },
        /// A layer outside sets the headers, or the handler is `off`.
        LayerApplies {
            #[pin]
            response: S::Future,
        },
        Running {
            #[pin]
            response: S::Future,
            compiled: &'static CompiledPolicy,
            verdict: Verdict,
        },
        Answering { response: LocalBoxFuture<'static, Result<ServiceResponse, Error>> },
        Ready { result: Option<Box<Result<ServiceResponse, Error>>> },
    }
}

impl<S: Service<ServiceRequest>> State<S> {
    fn ready(result: Result<ServiceResponse, Error>) -> Self {
        Self::Ready {
            result: Some(Box::new(result)),
        }
    }

    fn not_found(request: ServiceRequest) -> Self {
        tell(&request, || Decision::NoPolicy);
        Self::ready(Ok(request.into_response(HttpResponse::NotFound().finish())))
    }

    /// Calls the handler, unless the policy refuses the request.
    fn call_if_allowed(
        compiled: &'static CompiledPolicy,
        service: &S,
        request: ServiceRequest,
        verdict: Verdict,
    ) -> Self {
        let policy = PolicyRef::Static(compiled);
        let refused = enforce(compiled, &request, &verdict);
        let is_heard = tell(&request, || {
            Decision::Actual(policy.clone(), Some(Box::new(verdict.clone())))
        });
        match refused {
            None if is_heard => Self::LayerApplies {
                response: service.call(request),
            },
            None => Self::call_allowed(compiled, service, request, verdict),
            Some(refused) => {
                let mut result = Err::<ServiceResponse, _>(refused.into());
                if !is_heard {
                    log::refusal_unless_same_origin(
                        compiled.declaration(),
                        &verdict,
                        request.request(),
                    );
                    apply(&policy, &verdict, &mut result);
                }
                Self::ready(result)
            }
        }
    }

    /// Calls the handler. This middleware sets the headers of the response.
    #[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
    #[inline(always)]
    fn call_allowed(
        compiled: &'static CompiledPolicy,
        service: &S,
        request: ServiceRequest,
        verdict: Verdict,
    ) -> Self {
        log::refusal_unless_same_origin(compiled.declaration(), &verdict, request.request());
        Self::Running {
            response: service.call(request),
            compiled,
            verdict,
        }
    }
}

impl<S, B> Future for PolicyFuture<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    type Output = Result<ServiceResponse, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        if let StateProjection::Judging {
            verdict,
            request,
            service,
            compiled,
        } = state.as_mut().project()
        {
            let verdict = ready!(verdict.as_mut().poll(context));
            let request = request.take().expect(DONE);
            let next = State::call_if_allowed(compiled, &**service, request, verdict);
            state.as_mut().set(next);
        }
        match state.project() {
            StateProjection::LayerApplies { response } => boxed(response.poll(context)),
            StateProjection::Running {
                response,
                compiled,
                verdict,
            } => {
                // The response is large, so it is changed in place.
                let mut polled = boxed(response.poll(context));
                if let Poll::Ready(result) = &mut polled {
                    apply(&PolicyRef::Static(compiled), verdict, result);
                }
                polled
            }
            StateProjection::Answering { response } => response.as_mut().poll(context),
            StateProjection::Ready { result } => Poll::Ready(*result.take().expect(DONE)),
            // Not reached: the block above has replaced `Judging` with the state that follows it.
            StateProjection::Judging { .. } => Poll::Pending,
        }
    }
}
