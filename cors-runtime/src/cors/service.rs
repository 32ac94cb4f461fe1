//! The layer around a service: answers preflights, calls the service, and gives the response what was decided.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{RequestHead, Service, ServiceRequest, ServiceResponse, forward_ready};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use futures_util::future::LocalBoxFuture;
use pin_project_lite::pin_project;

use super::asked::Asked;
use super::judge::{Early, Judge};
use crate::annotation::Annotation;
use crate::answers::{Answers, Judged};
use crate::body::boxed;
use crate::decision::{Brief, Decision, RequestId, Watch};
use crate::enforce::refused;
use crate::log;
use crate::preflight::{Answer, answer, reply};
use crate::request::{is_same_origin, requested_method};
use crate::verdict::Verdict;

/// [`Cors`] around a service.
pub struct CorsService<S> {
    pub(super) service: Rc<S>,
    pub(super) judge: Rc<Judge>,
}

impl<S, B> Service<ServiceRequest> for CorsService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = CorsFuture<S>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let preflight = requested_method(request.head());
        if let Some(method) = preflight {
            if let Some((answers, methods)) = self.judge.preflight(request.request(), method) {
                return match answer(answers, &methods, request) {
                    Answer::Now(response) => CorsFuture::Answered {
                        response: Some(response),
                    },
                    Answer::Later(future) => CorsFuture::Boxed { future },
                };
            }
            if let Some((answers, methods)) = self.judge.last_preflight(request.request(), method) {
                let service = Rc::clone(&self.service);
                return CorsFuture::Boxed {
                    future: Box::pin(ask_inside_first(service, request, answers, methods)),
                };
            }
        } else if let Some(early) = self.judge.early(request.request()) {
            let service = Rc::clone(&self.service);
            return CorsFuture::Boxed {
                future: Box::pin(run_judged(service, request, early)),
            };
        }
        let judge = Rc::clone(&self.judge);
        // Before the call: where an error comes back the request does not.
        let asked = Asked::of(request.request(), preflight);
        let watch = Watch::over(asked.id);
        let response = self.service.call(request);
        let decision = watch.end();
        match decision {
            Some(Decision::Brief(decision)) => CorsFuture::Decided {
                response,
                request: asked.id,
                decision: Some(decision),
                judge,
            },
            decision => CorsFuture::Running {
                response,
                asked,
                decision,
                judge,
            },
        }
    }
}

pin_project! {
    /// The response of a [`CorsService`].
    #[project = CorsFutureProjection]
    pub enum CorsFuture<S>
    where
        S: Service<ServiceRequest>,
    {
        #[doc(hidden)]
        Running {
            #[pin]
            response: S::Future,
            asked: Asked,
            decision: Option<Decision>,
            judge: Rc<Judge>,
        },
        /// The handler was reached at once, as it is where nothing inside waits.
        #[doc(hidden)]
        Decided {
            #[pin]
            response: S::Future,
            request: RequestId,
            // `None` once there are several.
            decision: Option<Brief>,
            judge: Rc<Judge>,
        },
        #[doc(hidden)]
        Answered { response: Option<ServiceResponse> },
        #[doc(hidden)]
        Boxed { future: LocalBoxFuture<'static, Result<ServiceResponse, Error>> },
    }
}

impl<S, B> Future for CorsFuture<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    type Output = Result<ServiceResponse, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // The response is changed where it is: it is large.
        let polled = match self.project() {
            CorsFutureProjection::Decided {
                response,
                request,
                decision,
                judge,
            } => {
                let watch = Watch::over(*request);
                let mut polled = response.poll(context);
                if let Some(later) = watch.end() {
                    *decision = decision.and_then(|known| later.instead_of(known));
                }
                if let Poll::Ready(result) = &mut polled {
                    match *decision {
                        Some(decision) => decision.deliver(*request, result),
                        None => judge.settle(*request, None, result),
                    }
                }
                polled
            }
            CorsFutureProjection::Running {
                response,
                asked,
                decision,
                judge,
            } => {
                let watch = Watch::over(asked.id);
                let mut polled = response.poll(context);
                if let Some(later) = watch.end() {
                    *decision = Some(later.after(decision.take()));
                }
                if let Poll::Ready(result) = &mut polled {
                    match decision.take() {
                        None => judge.settle(asked.id, Some(asked), result),
                        Some(Decision::Several) => judge.settle(asked.id, None, result),
                        Some(known) => known.deliver(asked.id, result),
                    }
                }
                polled
            }
            // Taken once: a future is not polled after it is ready.
            CorsFutureProjection::Answered { response } => {
                return response
                    .take()
                    .map_or(Poll::Pending, |response| Poll::Ready(Ok(response)));
            }
            CorsFutureProjection::Boxed { future } => return future.as_mut().poll(context),
        };
        boxed(polled)
    }
}

/// The request under a policy that takes its time, or that keeps the service from it.
async fn run_judged<S, B>(
    service: Rc<S>,
    request: ServiceRequest,
    early: Early,
) -> Result<ServiceResponse, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let Early {
        plan,
        enforced,
        others,
    } = early;
    let id = RequestId::of(request.head());
    let head = request.head().clone();
    let is_same_origin = log::is_on() && is_same_origin(request.request());
    let mut verdict = None;
    if let Some(answers) = enforced {
        let known = judged(answers, &head).await;
        if let Some(refused) = refused(answers, &request, &known)
            && !anyone_allows(&others, &head).await
        {
            log::refused_if(answers.item(), &known, &head);
            let mut result = Err(refused.into());
            Decision::of(answers, known).deliver(id, &mut result);
            return result;
        }
        verdict = Some(known);
    }
    let (mut result, decided) = run(&*service, request, id).await;
    match decided {
        Some(decision) if !matches!(decision, Decision::Several) => {
            decision.deliver(id, &mut result);
        }
        several => {
            if plan.covers(several.is_some(), &result)
                && let Some(answers) = plan.answers()
            {
                let verdict = match verdict {
                    Some(known) => known,
                    None => judged(answers, &head).await,
                };
                if !is_same_origin {
                    log::refused_if(answers.item(), &verdict, &head);
                }
                Decision::of(answers, verdict).deliver(id, &mut result);
            }
        }
    }
    result.map(ServiceResponse::map_into_boxed_body)
}

/// A preflight for which a layer inside may have a policy: the one here answers where nobody does.
async fn ask_inside_first<S, B>(
    service: Rc<S>,
    request: ServiceRequest,
    answers: &'static Answers,
    methods: HeaderValue,
) -> Result<ServiceResponse, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let id = RequestId::of(request.head());
    let (mut result, decided) = run(&*service, request, id).await;
    if let Some(decision) = decided {
        decision.deliver(id, &mut result);
    } else if let Ok(response) = &result
        && is_left(response.status())
        && let Ok(response) = result
    {
        let (request, _) = response.into_parts();
        let verdict = judged(answers, request.head()).await;
        let response = reply(answers, verdict, &methods, request.head());
        return Ok(ServiceResponse::new(request, response));
    }
    result.map(ServiceResponse::map_into_boxed_body)
}

/// Whether nobody has turned a preflight away: what is no error comes from what takes any method.
fn is_left(status: StatusCode) -> bool {
    let is_error = status.is_client_error() || status.is_server_error();
    !is_error
        || matches!(
            status,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
        )
}

/// The response, and what was decided about it inside.
async fn run<S, B>(
    service: &S,
    request: ServiceRequest,
    id: RequestId,
) -> (Result<ServiceResponse<B>, Error>, Option<Decision>)
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    let watch = Watch::over(id);
    let mut future = pin!(service.call(request));
    let mut decided = watch.end();
    let result = poll_fn(|context| {
        let watch = Watch::over(id);
        let polled = future.as_mut().poll(context);
        if let Some(later) = watch.end() {
            decided = Some(later.after(decided.take()));
        }
        polled
    })
    .await;
    (result, decided)
}

async fn anyone_allows(annotations: &[&'static Annotation], request: &RequestHead) -> bool {
    for annotation in annotations {
        let verdict = judged(annotation.answers(), request).await;
        if matches!(verdict, Verdict::Anyone | Verdict::Allowed(_)) {
            return true;
        }
    }
    false
}

async fn judged(answers: &'static Answers, request: &RequestHead) -> Verdict {
    match answers.judge(request) {
        Judged::Now(verdict) => verdict,
        Judged::Later(verdict) => verdict.await,
    }
}
