use actix_web::{App, Responder, get};
use cors_runtime::cors;

const APP: &str = "https://app.example.com";

#[cors(
    origins = "https://example.com",
    methods = ["GET", POST, 3],
    headers("content-type", "x-api-key"),
    expose_headers,
    credentials = true,
    enforce = false,
    max_age = "600",
    allow = insecure_origin_with_credentials,
    crate = "cors_runtime",
)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

#[cors(
    origins = [
        &APP,
        "https://example.com".to_owned(),
        dev("http://localhost:3000", "http://localhost:5173"),
        dev(APP),
        443,
    ],
    headers = [content-type],
    expose_headers = [x-request-id],
    max_age = 60 * 10,
    allow("insecure_origin_with_credentials"),
)]
#[get("/elements")]
async fn elements() -> impl Responder {
    "elements"
}

#[cors(origins = APP, methods = ("GET", "HEAD"), credentials(), max_age(600))]
#[get("/lists")]
async fn lists() -> impl Responder {
    "lists"
}

#[cors(policy = "Partners")]
#[get("/policy")]
async fn policy() -> impl Responder {
    "policy"
}

#[cors(origins = ["https://example.com"] credentials)]
#[get("/comma")]
async fn missing_comma() -> impl Responder {
    "comma"
}

#[cors(origins = ["https://example.com" "https://example.org"])]
#[get("/comma-in-list")]
async fn missing_comma_in_list() -> impl Responder {
    "comma in list"
}

#[cors(origins: ["https://example.com"])]
#[get("/colon")]
async fn colon() -> impl Responder {
    "colon"
}

#[cors(origins = ["https://example.com"], crate = Self)]
#[get("/crate")]
async fn no_module() -> impl Responder {
    "crate"
}

fn main() {
    let _ = App::new()
        .service(index)
        .service(elements)
        .service(lists)
        .service(policy)
        .service(missing_comma)
        .service(missing_comma_in_list)
        .service(colon)
        .service(no_module);
}
