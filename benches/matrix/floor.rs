//! The floor of the costs: headers written by hand, with nothing that the benchmark's policy does not need.

use std::collections::HashSet;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::RwLock;
use std::task::{Context, Poll, ready as ready_or_pending};

use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap,
    HeaderValue, ORIGIN, VARY,
};
use actix_web::{Error, HttpResponse};
use futures_util::future::Either;
use pin_project_lite::pin_project;

use crate::cell::Origins;
use crate::request;

/// The allowed origins, as a program without a library has them.
pub enum Allowed {
    One,
    Many(HashSet<String>),
    Subdomains,
    Set(RwLock<HashSet<String>>),
}

impl Allowed {
    pub fn new(origins: Origins) -> Self {
        match origins {
            Origins::Exact(1) => Self::One,
            Origins::Exact(count) => Self::Many(request::origins(count).collect()),
            Origins::Subdomains => Self::Subdomains,
            Origins::Set => Self::Set(RwLock::new(request::origins(100).collect())),
        }
    }

    /// The value of `Access-Control-Allow-Origin`, if this origin may read.
    fn value(&self, origin: &HeaderValue) -> Option<HeaderValue> {
        match self {
            Self::One => {
                (origin == request::ORIGIN).then(|| HeaderValue::from_static(request::ORIGIN))
            }
            _ => self.has(origin.as_bytes()).then(|| origin.clone()),
        }
    }

    pub fn has(&self, origin: &[u8]) -> bool {
        let text = || std::str::from_utf8(origin).unwrap_or_default();
        match self {
            Self::One => origin == request::ORIGIN.as_bytes(),
            Self::Many(origins) => origins.contains(text()),
            Self::Subdomains => {
                origin.starts_with(b"https://") && origin.ends_with(b".example.com")
            }
            Self::Set(origins) => origins.read().is_ok_and(|origins| origins.contains(text())),
        }
    }
}

/// The middleware: three headers for an allowed origin, and preflights answered at once.
pub struct ByHand(pub Rc<Allowed>);

impl<S> Transform<S, ServiceRequest> for ByHand
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = ByHandService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(ByHandService {
            service,
            allowed: Rc::clone(&self.0),
        }))
    }
}

pub struct ByHandService<S> {
    service: S,
    allowed: Rc<Allowed>,
}

impl<S> Service<ServiceRequest> for ByHandService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Either<Ready<Result<ServiceResponse, Error>>, WithHeaders<S::Future>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        if request.method() == Method::OPTIONS
            && request
                .headers()
                .contains_key(ACCESS_CONTROL_REQUEST_METHOD)
        {
            let response = preflight(&self.allowed, request.headers());
            return Either::Left(ready(Ok(request.into_response(response))));
        }
        let origin = request
            .headers()
            .get(ORIGIN)
            .and_then(|origin| self.allowed.value(origin));
        Either::Right(WithHeaders {
            response: self.service.call(request),
            origin,
        })
    }
}

pin_project! {
    pub struct WithHeaders<F> {
        #[pin]
        response: F,
        origin: Option<HeaderValue>,
    }
}

impl<F> Future for WithHeaders<F>
where
    F: Future<Output = Result<ServiceResponse, Error>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready_or_pending!(this.response.poll(context))?;
        allow(response.headers_mut(), this.origin.take());
        response
            .headers_mut()
            .append(VARY, HeaderValue::from_static("Origin"));
        Poll::Ready(Ok(response))
    }
}

fn allow(headers: &mut HeaderMap, origin: Option<HeaderValue>) -> bool {
    let Some(origin) = origin else {
        return false;
    };
    // No such header is there yet, so `append` will do: `insert` costs 80 instructions more.
    headers.append(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    true
}

/// The handler of the hand-written route, and the middleware's own answer.
pub fn preflight(allowed: &Allowed, request: &HeaderMap) -> HttpResponse {
    let mut response = HttpResponse::NoContent().finish();
    let headers = response.headers_mut();
    let origin = request.get(ORIGIN).and_then(|origin| allowed.value(origin));
    if allow(headers, origin) {
        headers.append(
            ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("PUT"),
        );
        headers.append(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("authorization, content-type"),
        );
        headers.append(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    }
    headers.append(
        VARY,
        HeaderValue::from_static(
            "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        ),
    );
    response
}
