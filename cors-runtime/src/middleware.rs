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
use crate::answers::{Answers, Judged};
use crate::body::boxed;
use crate::decision::{Decision, RequestId, apply, is_watched};
use crate::enforce::refused;
use crate::log;
use crate::lookup::may_be_anothers;
use crate::preflight::{Answer, answer};
use crate::request::requested_method;
use crate::verdict::Verdict;

/// Applies a handler's policy to each of its responses, errors included, and answers the preflights meant for it.
pub struct ApplyPolicy {
    annotation: &'static Annotation,
    preflights: Rc<Preflights>,
}

/// Who answers the preflights for a handler's methods.
pub(crate) enum Preflights {
    /// The policy.
    Answered(Answering),
    /// As if there were no such route: a policy behind this one is not for the handler.
    Nobodys,
    /// The handler: it is left out, and one for OPTIONS requests.
    Handlers,
}

/// What a policy needs to answer them.
pub(crate) struct Answering {
    /// `Access-Control-Allow-Methods`
    pub(crate) methods: HeaderValue,
    /// Whether they may all be another resource's, where that is known.
    are_anothers: Cell<Option<bool>>,
    has_warned: Cell<bool>,
}

impl Answering {
    pub(crate) const fn new(methods: HeaderValue) -> Self {
        Self {
            methods,
            are_anothers: Cell::new(None),
            has_warned: Cell::new(false),
        }
    }

    #[inline(never)]
    fn is_anothers(&self, preflight: &ServiceRequest) -> bool {
        self.are_anothers.get().unwrap_or_else(|| {
            let (may_be, always) = may_be_anothers(preflight.request());
            if always {
                self.are_anothers.set(Some(may_be));
            }
            may_be
        })
    }
}

impl ApplyPolicy {
    /// The middleware for the handler that `annotation` describes.
    pub(crate) fn new(annotation: &'static Annotation, preflights: Preflights) -> Self {
        // A wrong constant among its origins ends the program here, not with the first request.
        annotation.answers();
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
        future::ready(Ok(PolicyService {
            service: Rc::new(service),
            answers: self.annotation.answers(),
            preflights: Rc::clone(&self.preflights),
            is_off: self.annotation.is_off(),
        }))
    }
}

/// [`ApplyPolicy`] around the handler's service.
pub struct PolicyService<S> {
    service: Rc<S>,
    answers: &'static Answers,
    preflights: Rc<Preflights>,
    is_off: bool,
}

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
        if requested_method(request.head()).is_some() {
            match &*self.preflights {
                Preflights::Answered(answering) if answering.is_anothers(&request) => {
                    let is_first = !answering.has_warned.replace(true);
                    log::anothers(self.answers.item(), request.head(), is_first);
                    Decision::Unclaimed.hand_over(RequestId::of(request.head()));
                    let response = request.into_response(HttpResponse::NotFound().finish());
                    return PolicyFuture {
                        state: State::answered(response),
                    };
                }
                Preflights::Answered(answering) => {
                    let state = match answer(self.answers, &answering.methods, request) {
                        Answer::Now(response) => State::answered(response),
                        Answer::Later(response) => State::Answering { response },
                    };
                    return PolicyFuture { state };
                }
                Preflights::Nobodys => {
                    let response = request.into_response(HttpResponse::NotFound().finish());
                    return PolicyFuture {
                        state: State::answered(response),
                    };
                }
                Preflights::Handlers => {}
            }
        }
        if self.is_off {
            let response = self.service.call(request);
            return PolicyFuture {
                state: State::Told { response },
            };
        }
        let state = match self.answers.judge(request.head()) {
            Judged::Now(verdict) => State::after(self.answers, &*self.service, request, verdict),
            Judged::Later(verdict) => State::Judging {
                verdict,
                request: Some(request),
                service: Rc::clone(&self.service),
                answers: self.answers,
            },
        };
        PolicyFuture { state }
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
            answers: &'static Answers,
        },
        /// The layer outside has been told what the response gets, or it is nobody's affair.
        Told {
            #[pin]
            response: S::Future,
        },
        Running {
            #[pin]
            response: S::Future,
            answers: &'static Answers,
            verdict: Verdict,
        },
        Refused { error: Option<Error> },
        Answering { response: LocalBoxFuture<'static, Result<ServiceResponse, Error>> },
        Answered { response: Option<Box<ServiceResponse>> },
    }
}

impl<S: Service<ServiceRequest>> State<S> {
    fn answered(response: ServiceResponse) -> Self {
        Self::Answered {
            response: Some(Box::new(response)),
        }
    }

    /// Calls the handler, unless the policy keeps it from this request.
    #[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
    #[inline(always)]
    fn after(
        answers: &'static Answers,
        service: &S,
        request: ServiceRequest,
        verdict: Verdict,
    ) -> Self {
        if let Verdict::Refused(refusal) = verdict {
            log::refused_unless_same_origin(answers.item(), refusal, request.request());
        }
        let id = RequestId::of(request.head());
        if answers.enforces()
            && let Some(refused) = refused(answers, &request, &verdict)
        {
            let mut result = Err::<ServiceResponse, _>(refused.into());
            Decision::of(answers, verdict).deliver(id, &mut result);
            return Self::Refused {
                error: result.err(),
            };
        }
        if is_watched(id) {
            // Before the call: what comes of the request, even if it is given up, was meant for this handler.
            Decision::of(answers, verdict).hand_over(id);
            return Self::Told {
                response: service.call(request),
            };
        }
        Self::Running {
            response: service.call(request),
            answers,
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
            answers,
        } = state.as_mut().project()
        {
            let verdict = ready!(verdict.as_mut().poll(context));
            // Taken once: the next state follows at once.
            let Some(request) = request.take() else {
                return Poll::Pending;
            };
            let next = State::after(answers, &**service, request, verdict);
            state.as_mut().set(next);
        }
        match state.project() {
            StateProjection::Told { response } => boxed(response.poll(context)),
            StateProjection::Running {
                response,
                answers,
                verdict,
            } => {
                // The response is changed where it is: it is large.
                let mut polled = boxed(response.poll(context));
                if let Poll::Ready(result) = &mut polled {
                    apply(answers, verdict, result);
                }
                polled
            }
            // Taken once: a future is not polled after it is ready.
            StateProjection::Refused { error } => error
                .take()
                .map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
            StateProjection::Answering { response } => response.as_mut().poll(context),
            StateProjection::Answered { response } => response
                .take()
                .map_or(Poll::Pending, |response| Poll::Ready(Ok(*response))),
            // It was left above.
            StateProjection::Judging { .. } => Poll::Pending,
        }
    }
}
