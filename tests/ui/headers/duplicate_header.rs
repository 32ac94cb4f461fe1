use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(
    origins = ["https://example.com"],
    headers = ["content-type", "x-token", "Content-Type"],
    expose_headers = ["etag", "ETag"],
)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
