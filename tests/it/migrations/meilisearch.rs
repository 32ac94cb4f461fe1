//! A search engine, after Meilisearch: its CORS policy allows everything to anyone, and API keys limit what a request may do.

use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::{Compress, NormalizePath};
use actix_web::test::init_service;
use actix_web::{HttpRequest, HttpResponse, web};
use cors_runtime::test::{Fetch, Page, audit};
use cors_runtime::{Cors, cors};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ABSENT, Difference, METHODS, NO_VARY, STATUS, any_header, compare, differs, row};

fn actix_cors() -> actix_cors::Cors {
    actix_cors::Cors::default()
        .send_wildcard()
        .allow_any_header()
        .allow_any_origin()
        .allow_any_method()
        .max_age(86_400)
}

/// By the standard, `"*"` covers all headers but `authorization`.
#[cors(origins = ["*"], methods = ["*"], headers = ["*", "authorization"], max_age = 86_400)]
struct Anyone;

/// The app with its CORS layer, which is the innermost of four middlewares.
macro_rules! app {
    ($cors:expr) => {
        init_service(
            actix_web::App::new()
                .configure(routes)
                .wrap($cors)
                .wrap(actix_web::middleware::Logger::default())
                .wrap(Compress::default())
                .wrap(NormalizePath::trim()),
        )
        .await
    };
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/indexes/{uid}/search")
                .route(web::get().to(search_by_url))
                .route(web::post().to(search)),
        )
        .service(
            web::resource("/indexes/{uid}/documents")
                .route(web::get().to(documents))
                .route(web::put().to(accepted))
                .route(web::delete().to(accepted)),
        )
        .service(web::resource("/indexes/{uid}/settings").route(web::patch().to(accepted)))
        .service(web::resource("/health").route(web::get().to(health)));
}

#[derive(Deserialize)]
struct Search {
    q: String,
}

async fn search_by_url(request: HttpRequest, query: web::Query<Search>) -> HttpResponse {
    found(&request, &query.q)
}

async fn search(request: HttpRequest, body: web::Json<Search>) -> HttpResponse {
    found(&request, &body.q)
}

fn found(request: &HttpRequest, query: &str) -> HttpResponse {
    if let Some(refused) = refused(request, "Bearer search") {
        return refused;
    }
    if request.match_info().get("uid") == Some("movies") {
        HttpResponse::Ok().json(json!({ "query": query }))
    } else {
        HttpResponse::NotFound().json(error("index_not_found"))
    }
}

async fn documents(request: HttpRequest) -> HttpResponse {
    refused(&request, "Bearer search").unwrap_or_else(|| HttpResponse::Ok().json(json!([])))
}

async fn accepted(request: HttpRequest) -> HttpResponse {
    refused(&request, "Bearer admin").unwrap_or_else(|| HttpResponse::Accepted().finish())
}

async fn health() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "available" }))
}

/// The answer to a request whose key is missing or wrong.
fn refused(request: &HttpRequest, needed: &str) -> Option<HttpResponse> {
    match request.headers().get(AUTHORIZATION) {
        Some(key) if key == needed => None,
        Some(_) => Some(HttpResponse::Forbidden().json(error("invalid_api_key"))),
        None => Some(HttpResponse::Unauthorized().json(error("missing_authorization_header"))),
    }
}

fn error(code: &str) -> Value {
    json!({ "code": code })
}

/// The differences of a preflight and of the response after it.
fn asks(headers: &'static str) -> Vec<Difference> {
    vec![STATUS, METHODS, any_header(headers), NO_VARY]
}

const ANY_METHOD: &str =
    "`allow_any_method()` leaves out unusual methods; here the app itself answers them with 405";

#[actix_web::test]
async fn anyone_may_do_everything_as_before() {
    let theirs = app!(actix_cors());
    let ours = app!(Cors::of::<Anyone>());
    audit(&ours).await.assert_clean();

    let page = Page::at("https://shop.example.com");
    let sandboxed = Page::at("null");
    let dashboard = Page::at("http://localhost:8080").api_at("http://localhost:8080");
    let search = Fetch::post("/indexes/movies/search")
        .header("content-type", "application/json")
        .body(r#"{"q":"globe"}"#);
    let keyed = search.clone().header("authorization", "Bearer search");
    let both = "authorization, content-type";
    #[rustfmt::skip]
    let rows = [
        row("its health", &page, Fetch::get("/health"), [NO_VARY]),
        row("a slash too many", &page, Fetch::get("/health/"), [NO_VARY]),
        row("a search by URL, without a key", &page, Fetch::get("/indexes/movies/search?q=globe"), [NO_VARY]),
        row("a search, without a key", &page, search.clone(), asks("content-type")),
        row("a search with a key", &page, keyed.clone(), asks(both)),
        row("the same from a sandboxed page", &sandboxed, keyed.clone(), asks(both)),
        row("an index that is not there", &page,
            Fetch::get("/indexes/books/search?q=globe").header("authorization", "Bearer search"), asks("authorization")),
        row("a body that is no JSON", &page,
            Fetch::post("/indexes/movies/search").header("content-type", "application/json").body("{"), asks("content-type")),
        row("a key that may not delete", &page,
            Fetch::delete("/indexes/movies/documents").header("authorization", "Bearer search"), asks("authorization")),
        row("the settings", &page,
            Fetch::patch("/indexes/movies/settings").header("authorization", "Bearer admin").header("x-client", "1").body("{}"),
            asks("authorization, x-client")),
        row("a path that is not there", &page, Fetch::get("/nothing"), [NO_VARY]),
        row("a method that is not there", &page, Fetch::put("/health"), [
            STATUS, METHODS, NO_VARY,
            differs("preflight's access-control-allow-headers", ABSENT, "*, authorization",
                "the answer is the same for all requests, also for one without headers"),
        ]),
        row("with cookies", &page, Fetch::get("/health").credentials(), [NO_VARY]),
        row("a method that few know", &page, Fetch::new("PURGE", "/health"), [
            differs("script sees", "blocked (origin)", "405", ANY_METHOD),
            differs("script reads headers", ABSENT, "", ANY_METHOD),
            differs("preflight's status", "400", "204", ANY_METHOD),
            differs("preflight's access-control-allow-origin", ABSENT, "*", ANY_METHOD),
            differs("preflight's access-control-allow-methods", ABSENT, "*", ANY_METHOD),
            differs("preflight's access-control-allow-headers", ABSENT, "*, authorization", ANY_METHOD),
            differs("preflight's access-control-max-age", ABSENT, "86400", ANY_METHOD),
            differs("preflight's vary", ABSENT, "access-control-request-headers, access-control-request-method, origin", ANY_METHOD),
            differs("response's status", ABSENT, "405", ANY_METHOD),
            differs("response's access-control-allow-origin", ABSENT, "*", ANY_METHOD),
        ]),
        row("its own dashboard", &dashboard, Fetch::get("/health"), [
            NO_VARY,
            differs("response's access-control-allow-origin", ABSENT, "*",
                "a cache may give the answer to a request without `Origin` to one that has it"),
            differs("script reads headers", "content-type, vary", "access-control-allow-origin, content-type", "the headers differ as above"),
        ]),
    ];
    compare(&theirs, &ours, &rows).await;
}
