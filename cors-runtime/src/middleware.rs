//! The middleware on an annotated handler's resource.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use pin_project_lite::pin_project;

use crate::annotation::Annotation;
use crate::answers::Answers;
use crate::verdict::Verdict;

/// Applies a handler's policy to each of its responses, errors included.
#[derive(Debug)]
pub struct ApplyPolicy(&'static Answers);

impl ApplyPolicy {
    /// The middleware for the handler that `annotation` describes.
    #[must_use]
    pub fn new(annotation: &'static Annotation) -> Self {
        Self(annotation.answers())
    }
}

impl<S, B> Transform<S, ServiceRequest> for ApplyPolicy
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = PolicyService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(PolicyService {
            service,
            answers: self.0,
        }))
    }
}

/// [`ApplyPolicy`] around the handler's service.
#[derive(Debug)]
pub struct PolicyService<S> {
    service: S,
    answers: &'static Answers,
}

impl<S, B> Service<ServiceRequest> for PolicyService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = PolicyFuture<S::Future>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        // Before the call: an `Err` comes back without its request.
        let verdict = self.answers.judge(request.headers());
        PolicyFuture {
            response: self.service.call(request),
            verdict: Some(verdict),
            answers: self.answers,
        }
    }
}

pin_project! {
    /// The handler's response, then the policy's headers.
    #[derive(Debug)]
    pub struct PolicyFuture<F> {
        #[pin]
        response: F,
        verdict: Option<Verdict>,
        answers: &'static Answers,
    }
}

impl<F, B> Future for PolicyFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Poll::Ready(mut result) = this.response.poll(context) else {
            return Poll::Pending;
        };
        if let Some(verdict) = this.verdict.take() {
            let answers = *this.answers;
            match &mut result {
                Ok(response) => answers.apply(&verdict, response.headers_mut()),
                Err(error) => error.add_response_mapper(move |mut response| {
                    answers.apply(&verdict, response.headers_mut());
                    response
                }),
            }
        }
        Poll::Ready(result)
    }
}
