//! The layer around a service: answers preflights, calls the service, and applies the decision to the response.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{RequestHead, Service, ServiceRequest, ServiceResponse, forward_ready};
use actix_web::http::StatusCode;
use actix_web::{Error, HttpMessage};
use futures_util::future::Either;
use pin_project_lite::pin_project;

use super::resolve::{Inside, PreflightPolicy, is_error, is_not_found};
use super::state::{Layer, LayerContext};
use super::summary::RequestSummary;
use crate::body::boxed;
use crate::respond::{
    BoxedResponse, Decision, PolicyRef, Verdict, answer_preflight, apply, enforce, log,
    requested_method,
};

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
    type Future = Either<CorsFuture<S::Future>, BoxedResponse>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (service, layer) = (&self.service, &self.layer);
        let context = layer.learn(&request);
        if let Some(method) = requested_method(request.head())
            && let Some(preflight) = layer.policy_for_preflight(request.request(), method)
        {
            return Either::Right(if preflight.is_own && layer.has_layers_inside {
                let (service, layer) = (Rc::clone(service), Rc::clone(layer));
                Box::pin(ask_inside_first(service, layer, request, preflight))
            } else {
                answer_preflight(preflight.policy, preflight.methods, request)
            });
        }
        let call = ForwardedRequest::new(layer, context, &request);
        let is_actual = !call.summary.is_preflight();
        if is_actual && (context.has_sources || call.enforcing_policy().is_some()) {
            let (service, layer) = (Rc::clone(service), Rc::clone(layer));
            return Either::Right(Box::pin(judge_then_call(service, layer, request, call)));
        }
        Either::Left(CorsFuture {
            response: call.start(layer, &**service, request),
            call,
            layer: Rc::clone(layer),
        })
    }
}

pin_project! {
    /// The response of the service inside, then the headers of the policy that holds.
    pub struct CorsFuture<F> {
        #[pin]
        response: F,
        call: ForwardedRequest,
        layer: Rc<Layer>,
    }
}

impl<F, B> Future for CorsFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody + 'static,
{
    type Output = Result<ServiceResponse, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut polled = this.call.poll(this.layer, this.response, context);
        // The response is large, so it is changed in place.
        if let Poll::Ready(result) = &mut polled
            && let Some(decision) = this.call.final_decision(this.layer, result)
        {
            this.call.deliver(this.layer, decision, result);
        }
        boxed(polled)
    }
}

/// A request that a layer has passed on.
pub struct ForwardedRequest {
    summary: RequestSummary,
    /// The layer's policy, as it was when the request came.
    policy: Option<PolicyRef>,
    decision: Cell<Option<Decision>>,
}

impl ForwardedRequest {
    #[inline]
    fn new(layer: &Layer, context: &LayerContext, request: &ServiceRequest) -> Self {
        Self {
            summary: RequestSummary::of(request, context.is_scoped),
            policy: layer.policy(),
            decision: Cell::new(None),
        }
    }

    /// The layer's policy, if it has `enforce`.
    #[inline]
    fn enforcing_policy(&self) -> Option<&PolicyRef> {
        self.policy.as_ref().filter(|policy| policy.enforces())
    }

    #[inline]
    fn start<S>(&self, layer: &Layer, service: &S, mut request: ServiceRequest) -> S::Future
    where
        S: Service<ServiceRequest>,
    {
        request.add_data_container(Rc::clone(&layer.data));
        let _listening = layer.listener.listen(self.summary.id, &self.decision);
        service.call(request)
    }

    #[inline]
    fn poll<F: Future>(
        &self,
        layer: &Layer,
        future: Pin<&mut F>,
        context: &mut Context<'_>,
    ) -> Poll<F::Output> {
        let _listening = layer.listener.listen(self.summary.id, &self.decision);
        future.poll(context)
    }

    /// The decision about the response: the one made inside, or else the layer's; `None` if no policy holds.
    #[inline]
    fn final_decision<B>(
        &self,
        layer: &Layer,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> Option<Decision> {
        match self.take_inside_decision(result) {
            Some(Decision::Several) => {
                let policy = layer.last_of_several(&self.summary, result)?;
                Some(Decision::Actual(policy, None))
            }
            None => self.layer_decision(layer, result),
            decided => decided,
        }
    }

    #[inline]
    fn take_inside_decision<B>(
        &self,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> Option<Decision> {
        self.decision.take().or_else(|| {
            let request = result.as_ref().ok()?.request();
            request.extensions_mut().remove()
        })
    }

    #[cold]
    fn layer_decision<B>(
        &self,
        layer: &Layer,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> Option<Decision> {
        if self.summary.is_preflight() {
            let is_annotated = layer.log_unanswered_preflight(&self.summary, result);
            return is_annotated.then_some(Decision::NoPolicy);
        }
        let policy = layer.resolve(self.policy.as_ref(), &self.summary, result)?;
        Some(Decision::Actual(policy, None))
    }

    /// Carries out the decision, or hands it to the layer outside.
    #[inline]
    fn deliver<B>(
        &self,
        layer: &Layer,
        decision: Decision,
        result: &mut Result<ServiceResponse<B>, Error>,
    ) {
        if let Some(outer) = &layer.context().outer {
            if outer.hears(self.summary.id) {
                outer.tell(decision);
                return;
            }
            if let Ok(response) = result {
                response.request().extensions_mut().insert(decision.clone());
            }
        }
        match decision {
            Decision::Actual(policy, verdict) => {
                let verdict = match verdict {
                    Some(verdict) => *verdict,
                    None => self.summary.judged(&policy).unwrap_or_else(|| {
                        self.summary
                            .with(result, |view| policy.judge(view.head).immediate())
                    }),
                };
                if let Verdict::Refused(refusal) = verdict
                    && log::is_on()
                {
                    self.summary.with(result, |view| {
                        if !view.is_same_origin {
                            log::refusal(policy.declaration(), refusal, view.head);
                        }
                    });
                }
                apply(&policy, &verdict, result);
            }
            Decision::Preflight(answered) => {
                // If an error replaced the answer, the browser refuses anyway.
                if let Ok(response) = result {
                    let request = response.request().clone();
                    answered.policy.set_preflight_headers(
                        &answered.verdict,
                        &answered.methods,
                        request.headers(),
                        response.headers_mut(),
                    );
                }
            }
            Decision::NoPolicy | Decision::Several => {}
        }
    }
}

/// Judges an actual request before it is passed on: a verdict may have to be waited for, or the layer's policy has `enforce`.
async fn judge_then_call<S, B>(
    service: Rc<S>,
    layer: Rc<Layer>,
    request: ServiceRequest,
    call: ForwardedRequest,
) -> Result<ServiceResponse, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let head = request.head().clone();
    if let Some(policy) = call.enforcing_policy() {
        let is_let_through = is_let_through(layer.inside(request.request()), &head).await;
        let verdict = policy.judge(&head).verdict().await;
        if !is_let_through && let Some(refused) = enforce(policy, &request, &verdict) {
            let mut result = Err::<ServiceResponse, _>(refused.into());
            let decision = Decision::Actual(policy.clone(), Some(Box::new(verdict)));
            call.deliver(&layer, decision, &mut result);
            return result;
        }
    }
    let mut result = run(&call, &layer, &*service, request).await;
    if let Some(mut decision) = call.final_decision(&layer, &result) {
        if let Decision::Actual(policy, verdict @ None) = &mut decision {
            *verdict = Some(Box::new(policy.judge(&head).verdict().await));
        }
        call.deliver(&layer, decision, &mut result);
    }
    result.map(ServiceResponse::map_into_boxed_body)
}

/// Whether a layer with `enforce` passes on a request that its own policy refuses, because a handler's policy decides. If another handler
/// may get the request, the handler's policy has to name the origin; `"*"` is not enough.
async fn is_let_through(inside: Inside, request: &RequestHead) -> bool {
    match inside {
        Inside::Handler => true,
        Inside::Perhaps(policy) => {
            matches!(policy.judge(request).verdict().await, Verdict::Allowed(_))
        }
        Inside::Other => false,
    }
}

/// Passes a preflight to the layers inside, and answers it if none of them did.
async fn ask_inside_first<S, B>(
    service: Rc<S>,
    layer: Rc<Layer>,
    request: ServiceRequest,
    preflight: PreflightPolicy,
) -> Result<ServiceResponse, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let call = ForwardedRequest::new(&layer, layer.context(), &request);
    let mut result = run(&call, &layer, &*service, request).await;
    if let Some(decision) = call.take_inside_decision(&result) {
        call.deliver(&layer, decision, &mut result);
        return result.map(ServiceResponse::map_into_boxed_body);
    }
    match result {
        Ok(response) if !is_turned_away(response.status()) => {
            let request = ServiceRequest::from_request(response.into_parts().0);
            answer_preflight(preflight.policy, preflight.methods, request).await
        }
        result => result.map(ServiceResponse::map_into_boxed_body),
    }
}

/// Whether something inside turned a preflight away. A 404, a 405, and a success of a catch-all handler are no refusal.
fn is_turned_away(status: StatusCode) -> bool {
    is_error(status) && !is_not_found(status)
}

async fn run<S, B>(
    call: &ForwardedRequest,
    layer: &Layer,
    service: &S,
    request: ServiceRequest,
) -> Result<ServiceResponse<B>, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    let mut response = pin!(call.start(layer, service, request));
    poll_fn(|context| call.poll(layer, response.as_mut(), context)).await
}
