use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(
    origins = ["https://example.com"],
    headers = ["host", "Cookie", "origin", "content-length", "sec-fetch-site", "proxy-authorization", "access-control-request-method"],
)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
