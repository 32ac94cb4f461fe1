//! Middleware that answers in place of a handler: only the pages that the handler allows can read the answer.

use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::JsonPayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{DefaultHeaders, ErrorHandlerResponse, ErrorHandlers, Next, from_fn};
use actix_web::{App, Error, HttpRequest, HttpResponse, Responder, error, get, post, put, rt, web};
use actix_web_httpauth::extractors::AuthenticationError;
use actix_web_httpauth::extractors::bearer::{BearerAuth, Config};
use actix_web_httpauth::middleware::HttpAuthentication;
use cors_runtime::{Cors, cors};
use serde::Deserialize;

use super::rows::Says::{Denied, For, Nothing};
use super::rows::{ADMIN, APP, Ask, EVIL, ask, check, get, preflight};
use crate::support::serve;

#[cors(origins = ["https://app.example.com"], headers = ["authorization"], expose_headers = ["www-authenticate"], credentials)]
#[get("/items")]
async fn read() -> impl Responder {
    "items"
}

#[cors(origins = ["https://admin.example.com"], headers = ["authorization", "content-type"])]
#[put("/items")]
async fn update(item: web::Json<Item>) -> impl Responder {
    item.into_inner().name
}

#[cors(origins = ["https://app.example.com"], headers = ["content-type"])]
#[post("/raw")]
async fn raw(body: web::Bytes) -> impl Responder {
    body.len().to_string()
}

#[cors(origins = ["https://app.example.com"])]
#[get("/numbers/{number}")]
async fn number(number: web::Path<u32>) -> impl Responder {
    number.to_string()
}

#[cors(origins = ["https://app.example.com"])]
#[get("/slow")]
async fn slow() -> impl Responder {
    rt::time::sleep(Duration::from_secs(600)).await;
    "at last"
}

#[get("/plain")]
async fn plain() -> impl Responder {
    "plain"
}

#[derive(Deserialize)]
struct Item {
    name: String,
}

fn routes(app: &mut web::ServiceConfig) {
    app.service(read)
        .service(update)
        .service(raw)
        .service(number)
        .service(slow)
        .service(plain)
        .app_data(web::JsonConfig::default().limit(32).error_handler(not_json))
        .app_data(web::PayloadConfig::new(32));
}

fn not_json(error: JsonPayloadError, _: &HttpRequest) -> Error {
    match error {
        JsonPayloadError::ContentType => error::ErrorUnsupportedMediaType(error),
        other => other.into(),
    }
}

async fn token(
    request: ServiceRequest,
    bearer: BearerAuth,
) -> Result<ServiceRequest, (Error, ServiceRequest)> {
    if bearer.token() == "good" {
        return Ok(request);
    }
    let config = Config::default().realm("items");
    Err((AuthenticationError::from(config).into(), request))
}

#[test]
#[rustfmt::skip]
fn a_page_reads_the_401_of_bearer_authentication_and_preflights_need_no_token() {
    let server = serve(|| {
        App::new()
            .configure(routes)
            .wrap(HttpAuthentication::bearer(token))
            .wrap(Cors::annotated())
    });
    let with_token = |ask: Ask| ask.with("authorization", "Bearer good");
    let bad_token = |ask: Ask| ask.with("authorization", "Bearer bad");
    check(server, &[
        (preflight("GET", "/items").from(APP),              204, For(APP)),
        (preflight("GET", "/items").from(ADMIN),            403, Denied),
        (preflight("GET", "/items").from(EVIL),             403, Denied),
        (preflight("PUT", "/items").from(ADMIN),            204, For(ADMIN)),
        (preflight("PUT", "/items").from(APP),              403, Denied),
        // These are no preflights of an annotated handler: authentication answers, and its 401 gets no headers, because the request may
// have been for a handler without an annotation.
        (ask("OPTIONS", "/items").from(APP),                401, Nothing),
        (preflight("GET", "/items"),                        401, Nothing),
        (ask("OPTIONS", "/items"),                          401, Nothing),
        (preflight("DELETE", "/items").from(APP),           401, Nothing),
        (preflight("GET", "/plain").from(APP),              401, Nothing),
        (with_token(preflight("GET", "/plain").from(APP)),  404, Nothing),
        (ask("OPTIONS", "/numbers/1").from(APP),            401, Nothing),
        (ask("OPTIONS", "/numbers/1").from(EVIL),           401, Nothing),
        // Without a token and with a bad one.
        (get("/items").from(APP),                           401, For(APP)),
        (bad_token(get("/items").from(APP)),                401, For(APP)),
        (get("/items").from(EVIL),                          401, Denied),
        (bad_token(get("/items").from(EVIL)),               401, Denied),
        (get("/items"),                                     401, Denied),
        (ask("PUT", "/items").from(ADMIN),                  401, For(ADMIN)),
        (ask("PUT", "/items").from(APP),                    401, Denied),
        (get("/plain").from(APP),                           401, Nothing),
        // With a good token.
        (with_token(get("/items").from(APP)),               200, For(APP)),
        (with_token(get("/items").from(EVIL)),              200, Denied),
        (with_token(ask("PUT", "/items").from(ADMIN).json(r#"{"name":"lamp"}"#)), 200, For(ADMIN)),
        (with_token(get("/plain").from(APP)),               200, Nothing),
    ]);
    let bare = get("/items").from(APP).send(server);
    assert_eq!(bare.one("www-authenticate"), Some("Bearer"));
    assert_eq!(bare.one("access-control-allow-credentials"), Some("true"));
    assert_eq!(bare.one("access-control-expose-headers"), Some("www-authenticate"));
    let bad = bad_token(get("/items").from(APP)).send(server);
    assert_eq!(bad.one("www-authenticate"), Some("Bearer realm=\"items\""));
}

/// Answers as the request's header `x-gate` says: with an error or a response, and with a status.
async fn gate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let wish = request.headers().get("x-gate").cloned();
    let wish = wish.as_ref().and_then(|wish| wish.to_str().ok());
    let Some((what, status)) = wish.and_then(|wish| wish.split_once(' ')) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let status = StatusCode::from_bytes(status.as_bytes()).expect("a status");
    let refusal = || HttpResponse::build(status).body("the gate");
    match what {
        "error" => Err(error::InternalError::new("the gate", status).into()),
        "error-with-a-response" => Err(error::InternalError::from_response("", refusal()).into()),
        "response" => Ok(request.into_response(refusal())),
        "response-for-anyone" => {
            let mut response = refusal();
            for (name, value) in [
                ("access-control-allow-origin", "*"),
                ("access-control-allow-credentials", "true"),
                ("vary", "Accept-Language, Origin"),
            ] {
                let name = HeaderName::from_static(name);
                let value = HeaderValue::from_static(value);
                response.headers_mut().append(name, value);
            }
            Ok(request.into_response(response))
        }
        "later-error" => {
            rt::time::sleep(Duration::from_millis(5)).await;
            Err(error::InternalError::new("the gate", status).into())
        }
        _ => panic!("{what}"),
    }
}

#[test]
#[rustfmt::skip]
fn a_page_reads_the_answer_of_a_middleware_in_place_of_the_handlers() {
    let server = serve(|| {
        App::new()
            .configure(routes)
            .wrap(from_fn(gate))
            .wrap(Cors::annotated())
    });
    for what in ["error", "error-with-a-response", "later-error", "response", "response-for-anyone"] {
        for status in [400, 403, 429, 500, 503] {
            let gated = |ask: Ask| ask.with("x-gate", format!("{what} {status}"));
            check(server, &[
                (gated(preflight("GET", "/items").from(APP)),   204,    For(APP)),
                (gated(preflight("PUT", "/items").from(EVIL)),  403,    Denied),
                (gated(get("/items").from(APP)),                status, For(APP)),
                (gated(get("/items").from(EVIL)),               status, Denied),
                (gated(get("/items")),                          status, Denied),
                (gated(ask("PUT", "/items").from(ADMIN)),       status, For(ADMIN)),
                (gated(ask("PUT", "/items").from(APP)),         status, Denied),
                (gated(get("/numbers/1").from(APP)),            status, For(APP)),
                (gated(get("/numbers/none").from(APP)),         status, For(APP)),
            ]);
            let reply = gated(get("/items").from(APP)).send(server);
            assert_eq!(reply.body, "the gate", "{what} {status}");
            assert_eq!(reply.one("access-control-allow-credentials"), Some("true"));
        }
    }
    check(server, &[
        (get("/items").from(APP),   200, For(APP)),
        (get("/items").from(EVIL),  200, Denied),
        (get("/plain").from(APP),   200, Nothing),
    ]);
}

#[test]
fn a_page_reads_that_its_request_took_too_long() {
    for (status, late) in [
        (408, error::ErrorRequestTimeout as fn(_) -> _),
        (504, error::ErrorGatewayTimeout),
    ] {
        let server = serve(move || {
            let timeout = move |request: ServiceRequest, next: Next<BoxBody>| async move {
                let is_slow = request.path() == "/slow";
                let patience = Duration::from_millis(if is_slow { 50 } else { 20_000 });
                rt::time::timeout(patience, next.call(request))
                    .await
                    .unwrap_or_else(|_| Err(late("too long")))
            };
            App::new()
                .configure(routes)
                .wrap(from_fn(timeout))
                .wrap(Cors::annotated())
        });
        check(
            server,
            &[
                (preflight("GET", "/slow").from(APP), 204, For(APP)),
                (get("/slow").from(APP), status, For(APP)),
                (get("/slow").from(EVIL), status, Denied),
                (get("/items").from(APP), 200, For(APP)),
            ],
        );
        assert_eq!(get("/slow").from(APP).send(server).body, "too long");
    }
}

#[test]
#[rustfmt::skip]
fn a_page_reads_the_errors_of_extractors() {
    let server = serve(|| {
        App::new()
            .configure(routes)
            .service(
                web::resource("/slow")
                    .route(web::get().to(async || "never asked"))
                    .route(web::post().to(async || "by hand")),
            )
            .wrap(from_fn(gate))
            .wrap(Cors::annotated())
    });
    let long = format!("{{\"name\":\"{}\"}}", "lamp".repeat(20));
    let put = |body: &str| ask("PUT", "/items").json(body);
    let post = |body: String| ask("POST", "/raw").json(body);
    check(server, &[
        (put(r#"{"name":"lamp"}"#).from(ADMIN),     200, For(ADMIN)),
        (put(r#"{"name":"#).from(ADMIN),            400, For(ADMIN)),
        (put(r#"{"name":"#).from(EVIL),             400, Denied),
        (ask("PUT", "/items").from(ADMIN),          415, For(ADMIN)),
        (put(&long).from(ADMIN),                    413, For(ADMIN)),
        (put(&long).from(EVIL),                     413, Denied),
        (put(&long),                                413, Denied),
        (post(long.clone()).from(APP),              413, For(APP)),
        (post(long.clone()).from(EVIL),             413, Denied),
        (post("short".to_owned()).from(APP),        200, For(APP)),
        (get("/numbers/7").from(APP),               200, For(APP)),
        (get("/numbers/seven").from(APP),           404, For(APP)),
        (get("/numbers/seven").from(EVIL),          404, Denied),
        // A method that no handler of the path has.
        (ask("DELETE", "/numbers/7").from(APP),     404, Nothing),
        // Two handlers of the path have different policies.
        (ask("DELETE", "/items").from(APP),         404, Nothing),
        // A resource that is built by hand.
        (get("/slow").from(EVIL).with("x-gate", "error 403"), 403, Denied),
        (ask("POST", "/slow").from(APP),            200, Nothing),
        (ask("DELETE", "/slow").from(APP),          405, Nothing),
        (get("/nowhere").from(APP),                 404, Nothing),
    ]);
}

#[test]
#[rustfmt::skip]
fn a_page_reads_an_error_whose_body_a_middleware_replaces() {
    #[expect(clippy::unnecessary_wraps, reason = "actix asks for it")]
    fn replace_body<B: 'static>(response: ServiceResponse<B>) -> Result<ErrorHandlerResponse<B>, Error> {
        let (request, response) = response.into_parts();
        let response = response.set_body("replaced").map_into_boxed_body();
        let response = ServiceResponse::new(request, response.map_into_right_body());
        Ok(ErrorHandlerResponse::Response(response))
    }
    let server = serve(|| {
        App::new()
            .configure(routes)
            .wrap(from_fn(gate))
            .wrap(ErrorHandlers::new().default_handler(replace_body))
            .wrap(DefaultHeaders::new().add(("x-frame-options", "deny")))
            .wrap(Cors::annotated())
    });
    let gated = |ask: Ask| ask.with("x-gate", "response 403");
    check(server, &[
        (gated(preflight("GET", "/items").from(APP)),   204, For(APP)),
        (gated(get("/items").from(APP)),                403, For(APP)),
        (gated(get("/items").from(EVIL)),               403, Denied),
        (get("/numbers/none").from(APP),                404, For(APP)),
        (get("/numbers/none").from(EVIL),               404, Denied),
        (get("/items").from(APP),                       200, For(APP)),
    ]);
    for ask in [gated(get("/items")), get("/numbers/none")] {
        let reply = ask.from(APP).send(server);
        assert_eq!(reply.body, "replaced");
        assert_eq!(reply.one("x-frame-options"), Some("deny"));
    }
}
