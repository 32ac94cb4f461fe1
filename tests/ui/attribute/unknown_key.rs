use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(
    origin = ["https://example.com"],
    method = ["GET"],
    expose = ["etag"],
    max_age_seconds = 5,
    max-age = 600,
    banana,
)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

#[cors(
    allowed_origins = ["https://example.com"],
    allow_methods = ["GET"],
    allowed_headers = ["content-type"],
    exposed_headers = ["etag"],
    supports_credentials,
)]
#[get("/elsewhere")]
async fn as_other_libraries_have_it() -> impl Responder {
    "elsewhere"
}

#[cors("https://example.com", "https://example.org")]
#[get("/no-key")]
async fn no_key() -> impl Responder {
    "no key"
}

#[cors(*)]
#[get("/no-name")]
async fn no_name() -> impl Responder {
    "no name"
}

fn main() {
    let _ = App::new()
        .service(index)
        .service(as_other_libraries_have_it)
        .service(no_key)
        .service(no_name);
}
