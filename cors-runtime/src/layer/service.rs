//! The layer around a service: answers preflights, calls the service, and gives the response what was decided.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{RequestHead, Service, ServiceRequest, ServiceResponse, forward_ready};
use actix_web::http::StatusCode;
use actix_web::{Error, HttpMessage};
use futures_util::future::LocalBoxFuture;
use pin_project_lite::pin_project;

use super::asked::Asked;
use super::decision::Decision;
use super::whose::{Answerer, Layer, is_error, is_not_found};
use crate::answers::{Answers, Judged};
use crate::body::boxed;
use crate::enforce::refused;
use crate::log;
use crate::preflight::{Answer, answer, answer_judged};
use crate::request::requested_method;
use crate::respond::apply;
use crate::verdict::{Refusal, Verdict};

/// [`Cors`](super::Cors) around a service.
pub struct CorsService<S> {
    pub(super) service: Rc<S>,
    pub(super) layer: Rc<Layer>,
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
        let (service, layer) = (&self.service, &self.layer);
        if let Some(method) = requested_method(request.head()) {
            match layer.preflight(request.request(), method) {
                None => {}
                Some(answerer) if answerer.is_layer && layer.has_layers_inside => {
                    let (service, layer) = (Rc::clone(service), Rc::clone(layer));
                    return CorsFuture::Boxed {
                        future: Box::pin(ask_inside_first(service, layer, request, answerer)),
                    };
                }
                Some(Answerer {
                    answers, methods, ..
                }) => {
                    return match answer(answers, &methods, request) {
                        Answer::Now(response) => CorsFuture::Answered {
                            response: Some(response),
                        },
                        Answer::Later(future) => CorsFuture::Boxed { future },
                    };
                }
            }
        } else if layer.takes_time(request.request()) {
            let (service, layer) = (Rc::clone(service), Rc::clone(layer));
            return CorsFuture::Boxed {
                future: Box::pin(take_time(service, layer, request)),
            };
        }
        let (response, call) = Call::start(layer, &**service, request);
        CorsFuture::Running {
            response,
            call,
            layer: Rc::clone(layer),
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
            call: Call,
            layer: Rc<Layer>,
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
        match self.project() {
            CorsFutureProjection::Running {
                response,
                call,
                layer,
            } => {
                let mut polled = call.poll(layer, response, context);
                // The response is changed where it is: it is large.
                if let Poll::Ready(result) = &mut polled
                    && let Some(decision) = call.decided(layer, result)
                {
                    call.deliver(layer, decision, result);
                }
                boxed(polled)
            }
            CorsFutureProjection::Answered { response } => Poll::Ready(Ok(response
                .take()
                .expect("a future is not polled after it is ready"))),
            CorsFutureProjection::Boxed { future } => future.as_mut().poll(context),
        }
    }
}

/// A request that a layer has passed on.
pub struct Call {
    asked: Asked,
    decision: Option<Decision>,
}

impl Call {
    #[inline]
    fn new(request: &ServiceRequest) -> Self {
        Self {
            asked: Asked::of(request),
            decision: None,
        }
    }

    #[inline]
    fn start<S>(layer: &Layer, service: &S, mut request: ServiceRequest) -> (S::Future, Self)
    where
        S: Service<ServiceRequest>,
    {
        layer.find_outer(&request);
        let mut call = Self::new(&request);
        request.add_data_container(Rc::clone(&layer.data));
        let response = layer
            .listener
            .listen(call.asked.id, &mut call.decision, || service.call(request));
        (response, call)
    }

    #[inline]
    fn poll<F: Future>(
        &mut self,
        layer: &Layer,
        future: Pin<&mut F>,
        context: &mut Context<'_>,
    ) -> Poll<F::Output> {
        layer
            .listener
            .listen(self.asked.id, &mut self.decision, || future.poll(context))
    }

    /// What was decided about the response, inside or else by the layer; nothing where it is nobody's.
    #[inline]
    fn decided<B>(
        &mut self,
        layer: &Layer,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> Option<Decision> {
        match self.decided_inside(result) {
            Some(Decision::Several) => {
                let answers = layer.last_of_several(&self.asked, result)?;
                Some(Decision::Actual(answers, None))
            }
            None => self.undecided(layer, result),
            decided => decided,
        }
    }

    #[inline]
    fn decided_inside<B>(
        &mut self,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> Option<Decision> {
        self.decision.take().or_else(|| {
            let request = result.as_ref().ok()?.request();
            request.extensions_mut().remove()
        })
    }

    #[cold]
    fn undecided<B>(
        &self,
        layer: &Layer,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> Option<Decision> {
        if self.asked.is_preflight() {
            let is_annotated = layer.is_annotated(&self.asked, result);
            return is_annotated.then_some(Decision::Unclaimed);
        }
        let answers = layer.whose(&self.asked, result)?;
        Some(Decision::Actual(answers, None))
    }

    /// Sees to it that the response is as decided: here, or by the layer outside.
    #[inline]
    fn deliver<B>(
        &self,
        layer: &Layer,
        decision: Decision,
        result: &mut Result<ServiceResponse<B>, Error>,
    ) {
        if let Some(outer) = layer.outer() {
            if outer.hears(self.asked.id) {
                outer.tell(decision);
                return;
            }
            if let Ok(response) = result {
                response.request().extensions_mut().insert(decision.clone());
            }
        }
        match decision {
            Decision::Actual(answers, verdict) => {
                let verdict = match verdict {
                    Some(verdict) => *verdict,
                    None => self
                        .asked
                        .with(result, |about| judged_now(answers, about.head)),
                };
                if let Verdict::Refused(refusal) = verdict
                    && log::is_on()
                {
                    self.asked.with(result, |about| {
                        if !about.is_same_origin {
                            log::refused(answers.item(), refusal, about.head);
                        }
                    });
                }
                apply(answers, &verdict, result);
            }
            Decision::Preflight(answered) => {
                // An error in place of the answer is a refusal for browsers.
                if let Ok(response) = result {
                    let request = response.request().clone();
                    answered.answers.preflight(
                        &answered.verdict,
                        &answered.methods,
                        request.headers(),
                        response.headers_mut(),
                    );
                }
            }
            Decision::Unclaimed | Decision::Several => {}
        }
    }
}

/// An actual request under policies that take their time, or under one that keeps the service from it.
async fn take_time<S, B>(
    service: Rc<S>,
    layer: Rc<Layer>,
    request: ServiceRequest,
) -> Result<ServiceResponse, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let head = request.head().clone();
    layer.find_outer(&request);
    if let Some(answers) = layer.enforced(request.request()) {
        let verdict = judged(answers, &head).await;
        if let Some(refused) = refused(answers, &request, &verdict) {
            let mut result = Err::<ServiceResponse, _>(refused.into());
            let decision = Decision::Actual(answers, Some(Box::new(verdict)));
            Call::new(&request).deliver(&layer, decision, &mut result);
            return result;
        }
    }
    let (mut call, mut result) = run(&layer, &*service, request).await;
    if let Some(mut decision) = call.decided(&layer, &result) {
        if let Decision::Actual(answers, verdict @ None) = &mut decision {
            *verdict = Some(Box::new(judged(answers, &head).await));
        }
        call.deliver(&layer, decision, &mut result);
    }
    result.map(ServiceResponse::map_into_boxed_body)
}

/// A preflight for which a layer inside may have a policy: the one here answers where nobody inside does.
async fn ask_inside_first<S, B>(
    service: Rc<S>,
    layer: Rc<Layer>,
    request: ServiceRequest,
    answerer: Answerer,
) -> Result<ServiceResponse, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let (mut call, mut result) = run(&layer, &*service, request).await;
    if let Some(decision) = call.decided_inside(&result) {
        call.deliver(&layer, decision, &mut result);
        return result.map(ServiceResponse::map_into_boxed_body);
    }
    match result {
        Ok(response) if !is_turned_away(response.status()) => {
            let request = ServiceRequest::from_request(response.into_parts().0);
            let Answerer {
                answers, methods, ..
            } = answerer;
            let verdict = judged(answers, request.head()).await;
            Ok(answer_judged(answers, verdict, &methods, request))
        }
        result => result.map(ServiceResponse::map_into_boxed_body),
    }
}

/// Whether a preflight was refused inside. It was not where there is no such route, or where a handler takes any method.
fn is_turned_away(status: StatusCode) -> bool {
    is_error(status) && !is_not_found(status)
}

async fn run<S, B>(
    layer: &Layer,
    service: &S,
    request: ServiceRequest,
) -> (Call, Result<ServiceResponse<B>, Error>)
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    let (response, mut call) = Call::start(layer, service, request);
    let mut response = pin!(response);
    let result = poll_fn(|context| call.poll(layer, response.as_mut(), context)).await;
    (call, result)
}

/// The verdict of a policy that does not take its time.
#[inline]
fn judged_now(answers: &'static Answers, request: &RequestHead) -> Verdict {
    match answers.judge(request) {
        Judged::Now(verdict) => verdict,
        // A source has said that it answers at once.
        Judged::Later(_) => Verdict::Refused(Refusal::Origin),
    }
}

async fn judged(answers: &'static Answers, request: &RequestHead) -> Verdict {
    match answers.judge(request) {
        Judged::Now(verdict) => verdict,
        Judged::Later(verdict) => verdict.await,
    }
}
