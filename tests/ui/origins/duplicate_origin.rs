use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["https://example.com", "https://*.example.com", "https://example.com", "https://*.example.com"])]
#[get("/listed")]
async fn listed() -> impl Responder {
    "listed"
}

#[cors(origins = ["*", "*"])]
#[get("/anyone")]
async fn anyone() -> impl Responder {
    "anyone"
}

fn main() {
    let _ = App::new().service(listed).service(anyone);
}
