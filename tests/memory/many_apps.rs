//! Apps that come and go on one thread, as in tests, leave nothing in memory, and an app beside many others allocates no more than alone.

use std::alloc::System;

use actix_http::Request;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, Responder, get, put, web};
use cors_runtime::{Cors, cors};
use stats_alloc::Region;

const ORIGIN: &str = "https://app.example.com";
const APPS: usize = 1000;
/// A tolerance in bytes for the rest of the process. A list of all apps would need more.
const TOLERANCE: usize = 8 * APPS;

#[cors(origins = ["https://app.example.com"])]
#[get("/items")]
async fn read() -> impl Responder {
    "read"
}

#[cors(origins = ["https://app.example.com"])]
#[put("/items")]
async fn update() -> impl Responder {
    "update"
}

#[cors(origins = ["https://app.example.com"])]
#[put("/items/{id}")]
async fn update_one() -> impl Responder {
    "update one"
}

async fn app() -> impl Service<Request, Response = ServiceResponse<impl MessageBody>, Error = Error>
{
    init_service(
        App::new()
            .service(read)
            .service(update)
            .service(web::scope("/v1").service(read).service(update))
            .wrap(from_fn(crate::bearer::bearer))
            .wrap(Cors::annotated()),
    )
    .await
}

/// Sends requests that a layer has to answer, and returns the number of their allocations.
async fn ask<B: MessageBody>(
    app: &impl Service<Request, Response = ServiceResponse<B>, Error = Error>,
) -> usize {
    let requests = ["/items", "/v1/items"].map(|path| ["GET", "PUT"].map(|method| (path, method)));
    let requests = requests.as_flattened().iter().map(|(path, method)| {
        let request = TestRequest::with_uri(path)
            .method(Method::OPTIONS)
            .insert_header(("origin", ORIGIN))
            .insert_header(("access-control-request-method", *method));
        request.to_request()
    });
    let requests: Vec<_> = requests.collect();
    let before = Region::new(crate::ALLOCATOR);
    for request in requests {
        let response = app.call(request).await.expect("an answer");
        assert_eq!(response.status(), 204);
        assert!(response.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    }
    let refused = TestRequest::with_uri("/items").insert_header(("origin", ORIGIN));
    let refused = app.call(refused.to_request()).await;
    let refused = refused.err().expect("no token").error_response();
    assert!(refused.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    before.change().allocations
}

/// The number of bytes that were allocated and not freed.
fn kept(since: &Region<'_, System>) -> usize {
    let change = since.change();
    change
        .bytes_allocated
        .saturating_sub(change.bytes_deallocated)
}

/// Compares two numbers of allocations. The thread that waits for the test may allocate a little at the same time.
#[track_caller]
fn assert_like(allocations: usize, expected: usize) {
    assert!(
        allocations.abs_diff(expected) < 10,
        "{allocations} allocations and not {expected}"
    );
}

pub async fn apps_leave_nothing_behind_and_cost_each_other_nothing() {
    // The first requests build what a process and a thread build once.
    for _ in 0..3 {
        ask(&app().await).await;
    }
    let alone = app().await;
    let first = ask(&alone).await;
    let cost = ask(&alone).await;
    assert!(cost > 0, "the allocator counts");

    let before = Region::new(crate::ALLOCATOR);
    for _ in 0..APPS {
        let app = app().await;
        assert_like(ask(&app).await, first);
        assert_like(ask(&app).await, cost);
    }
    assert!(
        kept(&before) < TOLERANCE,
        "{} bytes are left of {APPS} apps",
        kept(&before)
    );

    // Apps that get no request.
    let before = Region::new(crate::ALLOCATOR);
    for _ in 0..APPS {
        drop(app().await);
    }
    assert!(
        kept(&before) < TOLERANCE,
        "{} bytes are left of {APPS} apps without a request",
        kept(&before)
    );

    // actix leaks the name of a dynamic segment with each pattern: once for the resource, and once for the layer's look-up.
    let before = Region::new(crate::ALLOCATOR);
    for _ in 0..APPS {
        let app = init_service(App::new().service(web::resource("/items/{id}"))).await;
        let request = TestRequest::with_uri("/items/1").to_request();
        app.call(request).await.expect("an answer");
    }
    let by_actix = kept(&before);
    let before = Region::new(crate::ALLOCATOR);
    for _ in 0..APPS {
        let app = init_service(App::new().service(update_one).wrap(Cors::annotated())).await;
        let request = TestRequest::with_uri("/items/1").to_request();
        app.call(request).await.expect("an answer");
    }
    let by_both = kept(&before);
    assert!(
        by_both < 2 * by_actix + TOLERANCE,
        "{by_both} bytes are left, {by_actix} of them are actix's"
    );

    let mut others = Vec::new();
    for _ in 0..100 {
        let other = app().await;
        ask(&other).await;
        others.push(other);
    }
    assert_like(ask(&alone).await, cost);
    for other in &others {
        assert_like(ask(other).await, cost);
    }
}
