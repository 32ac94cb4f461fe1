//! The policy of a handler decides its response, whatever a middleware between the handler and `Cors::annotated()` does. The
//! response of any other service has no policy.

use std::fs;

use super::rows::Says::{Denied, For, Nothing};
use super::rows::{APP, EVIL, check, get};
use crate::support::serve;
use actix_files::Files;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{DefaultHeaders, Next, from_fn};
use actix_web::{App, Error, HttpResponse, Responder, error, get, put, web};
use cors_runtime::{Cors, cors};
use tempfile::TempDir;

#[cors(origins = ["https://app.example.com"], credentials)]
#[get("/read")]
async fn read() -> impl Responder {
    "read"
}

#[cors(origins = ["https://app.example.com"], credentials)]
#[put("/items")]
async fn update() -> impl Responder {
    "update"
}

#[cors(origins = ["https://app.example.com"], credentials)]
#[put("/files/{name}")]
async fn upload() -> impl Responder {
    "upload"
}

#[test]
fn default_headers_do_not_widen_a_policy() {
    let headers = || DefaultHeaders::new().add(("access-control-allow-origin", "*"));
    let server = serve(move || {
        App::new()
            .service(read)
            .wrap(headers())
            .wrap(Cors::annotated())
    });
    check(server, &[(get("/read").from(EVIL), 200, Denied)]);
}

#[test]
fn another_cors_middleware_does_not_widen_a_policy() {
    let server = serve(|| {
        App::new()
            .service(read)
            .wrap(actix_cors::Cors::permissive())
            .wrap(Cors::annotated())
    });
    check(
        server,
        &[
            (get("/read").from(EVIL), 200, Denied),
            (get("/read").from(APP), 200, For(APP)),
        ],
    );
}

async fn error_after(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let response = next.call(request).await?;
    if true {
        return Err(error::ErrorInternalServerError("after"));
    }
    Ok(response)
}

async fn response_after(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (request, _) = next.call(request).await?.into_parts();
    let response = HttpResponse::InternalServerError().body("after");
    Ok(ServiceResponse::new(request, response))
}

#[test]
fn a_page_reads_the_error_or_response_that_a_middleware_puts_in_place_of_the_handlers() {
    for server in [
        serve(|| {
            App::new()
                .service(read)
                .wrap(from_fn(error_after))
                .wrap(Cors::annotated())
        }),
        serve(|| {
            App::new()
                .service(read)
                .wrap(from_fn(response_after))
                .wrap(Cors::annotated())
        }),
    ] {
        check(
            server,
            &[
                (get("/read").from(APP), 500, For(APP)),
                (get("/read").from(EVIL), 500, Denied),
            ],
        );
    }
}

#[test]
fn a_file_does_not_get_the_policy_of_the_handler_that_writes_it() {
    let folder = TempDir::new().expect("a folder");
    for name in ["a.txt", "items"] {
        fs::write(folder.path().join(name), "secret").expect("a file");
    }
    let path = folder.path().to_owned();
    let server = serve(move || {
        App::new()
            .service(upload)
            .service(update)
            .service(Files::new("/files", &path))
            .service(Files::new("/", &path))
            .wrap(Cors::annotated())
    });
    check(
        server,
        &[
            (get("/files/a.txt").from(APP), 200, Nothing),
            (get("/items").from(APP), 200, Nothing),
        ],
    );
}

#[test]
fn a_default_service_does_not_get_the_policy_of_another_method() {
    let server = serve(|| {
        App::new()
            .service(
                web::scope("/v1")
                    .service(update)
                    .default_service(web::to(async || "the scope's own")),
            )
            .service(update)
            .default_service(web::to(async || "the app's own"))
            .wrap(Cors::annotated())
    });
    check(
        server,
        &[
            (get("/v1/items").from(APP), 200, Nothing),
            (get("/items").from(APP), 200, Nothing),
        ],
    );
}
