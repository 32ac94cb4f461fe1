//! A middleware calls the app a second time, for the same path or for another: the policy of the handler that answers last decides
//! which page reads the response.

use std::future::{Ready, ready};
use std::net::SocketAddr;
use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, Url, forward_ready};
use actix_web::guard::GuardContext;
use actix_web::http::Uri;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, Responder, error, get, put, web};
use cors_runtime::{Cors, cors};
use futures_util::future::LocalBoxFuture;

use super::rows::Says::{Denied, For, Nothing};
use super::rows::{APP, EVIL, OTHER, check, get, preflight};
use crate::support::serve;

const PARTNER: &str = "https://eu.partner.example";

#[cors(origins = ["https://app.example.com"])]
#[get("/exact")]
async fn exact() -> impl Responder {
    HttpResponse::NotFound()
}

#[cors(origins = ["https://*.partner.example"])]
#[get("/pattern")]
async fn pattern() -> impl Responder {
    HttpResponse::NotFound()
}

#[cors(origins = ["https://*.partner.example"])]
#[get("/other-pattern")]
async fn other_pattern() -> impl Responder {
    HttpResponse::NotFound()
}

#[cors(off)]
#[get("/off")]
async fn off() -> impl Responder {
    HttpResponse::NotFound()
}

fn always(_: &GuardContext<'_>) -> bool {
    true
}

#[cors(origins = ["https://app.example.com"])]
#[put("/guarded", guard = "always")]
async fn guarded() -> impl Responder {
    HttpResponse::NotFound()
}

/// Calls the app again for `path`, and then answers or fails.
#[derive(Clone, Copy)]
struct Again {
    path: &'static str,
    then: Then,
}

#[derive(Clone, Copy)]
enum Then {
    Answers,
    Fails,
}

impl<S> Transform<S, ServiceRequest> for Again
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error> + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = AgainService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(AgainService {
            again: *self,
            service: Rc::new(service),
        }))
    }
}

struct AgainService<S> {
    again: Again,
    service: Rc<S>,
}

impl<S> Service<ServiceRequest> for AgainService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error> + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<ServiceResponse, Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let Again { path, then } = self.again;
        let service = Rc::clone(&self.service);
        let first = service.call(request);
        Box::pin(async move {
            let (request, _) = first.await?.into_parts();
            let mut request = ServiceRequest::from_request(request);
            let uri = Uri::from_static(path);
            request.match_info_mut().set(Url::new(uri.clone()));
            request.head_mut().uri = uri;
            let response = service.call(request).await?;
            match then {
                Then::Answers => Ok(response),
                Then::Fails => Err(error::ErrorBadGateway("neither")),
            }
        })
    }
}

#[cors(origins = ["https://other.example.com"])]
struct Layer;

/// Calls the app when it is polled for the first time, and not before.
async fn later(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    next.call(request).await
}

fn serve_again(path: &'static str, then: Then) -> SocketAddr {
    serve(move || {
        App::new()
            .service(exact)
            .service(pattern)
            .service(other_pattern)
            .wrap(Again { path, then })
            .wrap(Cors::annotated())
    })
}

#[test]
fn the_policy_of_the_handler_that_answers_last_decides() {
    check(
        serve_again("/pattern", Then::Answers),
        &[
            (get("/exact").from(PARTNER), 404, For(PARTNER)),
            (get("/exact").from(APP), 404, Denied),
            (get("/exact").from(EVIL), 404, Denied),
            (get("/pattern").from(PARTNER), 404, For(PARTNER)),
            (get("/other-pattern").from(PARTNER), 404, For(PARTNER)),
            (get("/other-pattern").from(APP), 404, Denied),
        ],
    );
    check(
        serve_again("/exact", Then::Answers),
        &[
            (get("/pattern").from(APP), 404, For(APP)),
            (get("/pattern").from(PARTNER), 404, Denied),
            (get("/exact").from(APP), 404, For(APP)),
        ],
    );
}

/// The error may belong to either handler, unless both calls reached the same one.
#[test]
fn an_error_after_two_handlers_carries_no_policy() {
    check(
        serve_again("/pattern", Then::Fails),
        &[
            (get("/exact").from(APP), 502, Nothing),
            (get("/exact").from(PARTNER), 502, Nothing),
            (get("/pattern").from(PARTNER), 502, For(PARTNER)),
            (get("/other-pattern").from(PARTNER), 502, Nothing),
        ],
    );
}

#[test]
fn a_second_call_is_treated_alike_with_a_layer_around_the_handlers() {
    let serve = |path, then| {
        serve(move || {
            let handlers = web::scope("")
                .service(exact)
                .service(pattern)
                .service(other_pattern)
                .wrap(Cors::of::<Layer>());
            App::new()
                .service(handlers)
                .wrap(Again { path, then })
                .wrap(from_fn(later))
                .wrap(Cors::annotated())
        })
    };
    check(
        serve("/pattern", Then::Answers),
        &[
            (get("/exact").from(PARTNER), 404, For(PARTNER)),
            (get("/other-pattern").from(APP), 404, Denied),
        ],
    );
    check(
        serve("/pattern", Then::Fails),
        &[
            (get("/exact").from(PARTNER), 502, Nothing),
            (get("/other-pattern").from(PARTNER), 502, Nothing),
            (get("/pattern").from(PARTNER), 502, For(PARTNER)),
        ],
    );
    check(
        serve("/exact", Then::Fails),
        &[
            (get("/pattern").from(APP), 502, Nothing),
            (get("/exact").from(APP), 502, For(APP)),
        ],
    );
}

#[test]
fn a_handler_that_is_off_gets_no_policy_of_a_layer_outside_when_it_is_called_twice() {
    let server = serve(|| {
        App::new()
            .service(off)
            .wrap(Again {
                path: "/off",
                then: Then::Answers,
            })
            .wrap(Cors::annotated())
            .wrap(Cors::of::<Layer>())
    });
    check(server, &[(get("/off").from(OTHER), 404, Nothing)]);
}

/// No layer knows which handler a guard chooses, so the handler answers, and the layer sets the headers of the answer anew.
#[test]
fn the_second_answer_to_a_preflight_keeps_its_headers_whatever_a_middleware_adds() {
    let server = serve(|| {
        App::new()
            .service(guarded)
            .wrap(Again {
                path: "/guarded",
                then: Then::Answers,
            })
            .wrap_fn(|request, service| {
                let response = service.call(request);
                async move {
                    let mut response = response.await?;
                    let star = HeaderValue::from_static("*");
                    response
                        .headers_mut()
                        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, star);
                    Ok(response)
                }
            })
            .wrap(Cors::annotated())
    });
    check(
        server,
        &[
            (preflight("PUT", "/guarded").from(APP), 204, For(APP)),
            (preflight("PUT", "/guarded").from(EVIL), 403, Denied),
        ],
    );
}
