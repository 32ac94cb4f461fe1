//! A policy allocates no more memory than a handler that writes the same headers itself.

use actix_http::Request;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, HeaderValue, VARY,
};
use actix_web::{App, Error, HttpResponse, HttpResponseBuilder, Responder, options, put, test};
use cors_runtime::cors;
use stats_alloc::Region;

const ORIGIN: &str = "https://app.example.com";
const ROUNDS: usize = 50;

#[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials, max_age = 600)]
#[put("/annotated")]
async fn annotated() -> impl Responder {
    HttpResponse::NoContent().finish()
}

/// A response with the headers that a policy gives both to a request and to its preflight.
fn allowed() -> HttpResponseBuilder {
    let mut response = HttpResponse::NoContent();
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN),
        (ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"),
        (VARY, "Origin"),
    ] {
        response.insert_header((name, HeaderValue::from_static(value)));
    }
    response
}

#[put("/by-hand")]
async fn by_hand() -> impl Responder {
    allowed().finish()
}

#[options("/by-hand")]
async fn preflight_by_hand() -> impl Responder {
    allowed()
        .insert_header((
            ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("PUT"),
        ))
        .insert_header((
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("content-type"),
        ))
        .insert_header((ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")))
        .finish()
}

/// The number of allocations of [`ROUNDS`] requests, without those for the requests themselves.
async fn allocations(
    app: &impl Service<Request, Response = ServiceResponse, Error = Error>,
    method: &Method,
    path: &str,
) -> usize {
    let mut requests = Vec::new();
    for _ in 0..ROUNDS {
        let request = test::TestRequest::with_uri(path)
            .method(method.clone())
            .insert_header(("origin", ORIGIN))
            .insert_header(("access-control-request-method", "PUT"));
        requests.push(request.to_request());
    }
    let before = Region::new(crate::ALLOCATOR);
    for request in requests {
        let response = app.call(request).await.expect("an answer");
        assert!(response.headers().contains_key(ACCESS_CONTROL_ALLOW_ORIGIN));
    }
    before.change().allocations
}

pub async fn the_policy_allocates_no_more_than_headers_written_by_hand() {
    let app = test::init_service(
        App::new()
            .service(annotated)
            .service(by_hand)
            .service(preflight_by_hand),
    )
    .await;
    for method in [Method::PUT, Method::OPTIONS] {
        // Some things are built on first use.
        for path in ["/annotated", "/by-hand"] {
            allocations(&app, &method, path).await;
        }
        let mut least = [usize::MAX; 2];
        // The thread that waits for the test may allocate a little at the same time.
        for _ in 0..3 {
            for (least, path) in least.iter_mut().zip(["/annotated", "/by-hand"]) {
                *least = allocations(&app, &method, path).await.min(*least);
            }
        }
        let [ours, floor] = least;
        assert_ne!(floor, 0, "the allocator counts");
        assert!(
            ours <= floor,
            "{method}: {ours} allocations, by hand {floor}, in {ROUNDS} requests"
        );
    }
}
