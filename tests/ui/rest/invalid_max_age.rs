use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["https://example.com"], max_age = -1)]
#[get("/negative")]
async fn negative() -> impl Responder {
    "negative"
}

#[cors(origins = ["https://example.com"], max_age = 86401)]
#[get("/too-long")]
async fn too_long() -> impl Responder {
    "too long"
}

#[cors(origins = ["https://example.com"], max_age = 1.5)]
#[get("/fraction")]
async fn fraction() -> impl Responder {
    "fraction"
}

#[cors(origins = ["https://example.com"], max_age = 600u64)]
#[get("/suffix")]
async fn suffix() -> impl Responder {
    "suffix"
}

#[cors(origins = ["https://example.com"], max_age = 99999999999999999999999999)]
#[get("/huge")]
async fn huge() -> impl Responder {
    "huge"
}

fn main() {
    let _ = App::new()
        .service(negative)
        .service(too_long)
        .service(fraction)
        .service(suffix)
        .service(huge);
}
