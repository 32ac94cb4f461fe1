use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["*", "https://example.com"])]
#[get("/first")]
async fn first() -> impl Responder {
    "first"
}

#[cors(origins = ["https://example.com", "https://*.example.com", "*"])]
#[get("/last")]
async fn last() -> impl Responder {
    "last"
}

fn main() {
    let _ = App::new().service(first).service(last);
}
