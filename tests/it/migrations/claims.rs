//! Each statement about actix-cors in `docs/coming-from.md` is true.

use actix_web::test::init_service;
use actix_web::{App, HttpResponse, post};
use cors_runtime::cors;
use cors_runtime::test::{Fetch, Outcome, Page};

const OWN: &str = "https://api.example.com";

#[post("/orders")]
async fn plain() -> HttpResponse {
    HttpResponse::Created().finish()
}

#[cors(origins = ["https://app.example.com"], enforce)]
#[post("/orders")]
async fn enforced() -> HttpResponse {
    HttpResponse::Created().finish()
}

async fn post_from(origin: &str, cors: actix_cors::Cors) -> Outcome {
    let app = init_service(App::new().service(plain).wrap(cors)).await;
    let page = Page::at(origin).api_at(OWN);
    page.fetch(&app, Fetch::post("/orders")).await
}

fn listing(origin: &str) -> actix_cors::Cors {
    actix_cors::Cors::default().allowed_origin(origin)
}

#[actix_web::test]
async fn actix_cors_accepts_null_and_origins_that_no_page_has() {
    for origin in [
        "https://app.example.com/",
        "app.example.com",
        "HTTPS://App.example.com",
    ] {
        let outcome = post_from("https://app.example.com", listing(origin)).await;
        assert!(!outcome.is_readable(), "{origin}: {outcome}");
    }
    let sandboxed = post_from("null", listing("null")).await;
    assert!(sandboxed.is_readable(), "{sandboxed}");
}

#[actix_web::test]
async fn a_function_that_compares_the_end_of_an_origin_allows_a_stranger() {
    let ends = actix_cors::Cors::default()
        .allowed_origin_fn(|origin, _| origin.as_bytes().ends_with(b"a.example"));
    let outcome = post_from("https://evil-a.example", ends).await;
    assert!(outcome.is_readable(), "{outcome}");
}

#[actix_web::test]
async fn actix_cors_blocks_same_origin_pages_and_enforce_does_not() {
    let blocking = listing("https://app.example.com").block_on_origin_mismatch(true);
    let outcome = post_from(OWN, blocking).await;
    assert_eq!(outcome.status().expect("its own page reads").as_u16(), 400);

    let app = init_service(App::new().service(enforced)).await;
    let own = Page::at(OWN).api_at(OWN);
    let outcome = own.fetch(&app, Fetch::post("/orders")).await;
    assert_eq!(outcome.status().expect("its own page reads").as_u16(), 201);
    let evil = Page::at("https://evil.example").api_at(OWN);
    let outcome = evil.fetch(&app, Fetch::post("/orders")).await;
    let sent = outcome.trace().request().expect("it needs no preflight");
    assert_eq!(sent.response.status, 403);
}
