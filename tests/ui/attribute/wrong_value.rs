use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(
    origins = "https://example.com",
    methods = ["GET", 3],
    headers("content-type"),
    expose_headers,
    credentials = true,
    max_age = "600",
    allow = insecure_origin_with_credentials,
    crate = "cors_runtime",
)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

#[cors(origins = ["https://example.com"] credentials)]
#[get("/comma")]
async fn missing_comma() -> impl Responder {
    "comma"
}

fn main() {
    let _ = App::new().service(index).service(missing_comma);
}
