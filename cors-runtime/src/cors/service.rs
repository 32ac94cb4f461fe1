//! The layer around a service: answers preflights, calls the service, and gives the response what was decided.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{RequestHead, Service, ServiceRequest, ServiceResponse, forward_ready};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpResponse};
use futures_util::future::LocalBoxFuture;
use pin_project_lite::pin_project;

use super::asked::Asked;
use super::judge::{Early, Judge};
use crate::annotation::Annotation;
use crate::answers::{Answers, Judged};
use crate::decision::{Decision, RequestId, join, watch};
use crate::enforce::is_same_origin;
use crate::log;
use crate::middleware::refused;
use crate::preflight::{reply, requested_method};
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
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = CorsFuture<S, B>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        if let Some(method) = requested_method(request.head()) {
            if let Some((answers, methods)) = self.judge.preflight(request.request(), method) {
                return answer_first(request, answers, methods);
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
        let asked = Asked::of(request.request());
        let id = asked.id;
        let (response, decided) = if asked.is_preflight {
            watch(id, || self.service.call(request))
        } else {
            // Nobody decides about an actual request before there is a response to poll for.
            (self.service.call(request), None)
        };
        CorsFuture::Running {
            response,
            judge,
            asked,
            decided: decided.map(Box::new),
        }
    }
}

pin_project! {
    /// The response of a [`CorsService`].
    #[project = CorsFutureProjection]
    pub enum CorsFuture<S, B>
    where
        S: Service<ServiceRequest>,
    {
        #[doc(hidden)]
        Running {
            #[pin]
            response: S::Future,
            judge: Rc<Judge>,
            asked: Asked,
            decided: Option<Box<Decision>>,
        },
        #[doc(hidden)]
        Answered { response: Option<ServiceResponse<EitherBody<B>>> },
        #[doc(hidden)]
        Boxed { future: LocalBoxFuture<'static, Result<ServiceResponse<EitherBody<B>>, Error>> },
    }
}

impl<S, B> Future for CorsFuture<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (response, judge, asked, kept) = match self.project() {
            CorsFutureProjection::Running {
                response,
                judge,
                asked,
                decided,
            } => (response, judge, asked, decided),
            // Taken once: a future is not polled after it is ready.
            CorsFutureProjection::Answered { response } => {
                return response
                    .take()
                    .map_or(Poll::Pending, |response| Poll::Ready(Ok(response)));
            }
            CorsFutureProjection::Boxed { future } => return future.as_mut().poll(context),
        };
        let id = asked.id;
        let (polled, inside) = watch(id, || response.poll(context));
        let decided = match (kept.take(), inside) {
            (None, inside) => inside,
            (Some(known), None) => Some(*known),
            (Some(known), Some(later)) => Some(join(&known, later)),
        };
        let Poll::Ready(mut result) = polled else {
            *kept = decided.map(Box::new);
            return Poll::Pending;
        };
        match decided {
            None => judge.settle(asked, false, &mut result),
            Some(Decision::Several) => judge.settle(asked, true, &mut result),
            Some(decision) => decision.deliver(id, &mut result),
        }
        Poll::Ready(result.map(ServiceResponse::map_into_left_body))
    }
}

/// Answers a preflight before anything inside is asked.
#[inline]
fn answer_first<S, B>(
    request: ServiceRequest,
    answers: &'static Answers,
    methods: HeaderValue,
) -> CorsFuture<S, B>
where
    S: Service<ServiceRequest>,
    B: 'static,
{
    match answers.judge(request.head()) {
        Judged::Now(verdict) => CorsFuture::Answered {
            response: Some(answer_preflight(answers, verdict, &methods, request)),
        },
        Judged::Later(verdict) => CorsFuture::Boxed {
            future: Box::pin(async move {
                let verdict = verdict.await;
                Ok(answer_preflight(answers, verdict, &methods, request))
            }),
        },
    }
}

fn answer_preflight<B>(
    answers: &'static Answers,
    verdict: Verdict,
    methods: &HeaderValue,
    request: ServiceRequest,
) -> ServiceResponse<EitherBody<B>> {
    let response: HttpResponse<BoxBody> = reply(answers, verdict, methods, request.head());
    request.into_response(response).map_into_right_body()
}

/// The request under a policy that takes its time, or that keeps the service from it.
async fn run_judged<S, B>(
    service: Rc<S>,
    request: ServiceRequest,
    early: Early,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
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
            let verdict = known;
            Decision::Actual { answers, verdict }.deliver(id, &mut result);
            return result;
        }
        verdict = Some(known);
    }
    let (mut result, decided) = run(&*service, request, id).await;
    match decided {
        Some(
            decision @ (Decision::Actual { .. } | Decision::Preflight { .. } | Decision::Unclaimed),
        ) => decision.deliver(id, &mut result),
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
                Decision::Actual { answers, verdict }.deliver(id, &mut result);
            }
        }
    }
    result.map(ServiceResponse::map_into_left_body)
}

/// A preflight for which a layer inside may have a policy: the one here answers where nobody does.
async fn ask_inside_first<S, B>(
    service: Rc<S>,
    request: ServiceRequest,
    answers: &'static Answers,
    methods: HeaderValue,
) -> Result<ServiceResponse<EitherBody<B>>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
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
        return Ok(ServiceResponse::new(request, response).map_into_right_body());
    }
    result.map(ServiceResponse::map_into_left_body)
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
    let (future, mut decided) = watch(id, || service.call(request));
    let mut future = pin!(future);
    let result = poll_fn(|context| {
        let (polled, inside) = watch(id, || future.as_mut().poll(context));
        if let Some(later) = inside {
            decided = Some(match &decided {
                None => later,
                Some(known) => join(known, later),
            });
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
