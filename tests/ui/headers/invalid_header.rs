use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(
    origins = ["https://example.com"],
    headers = ["", "content type", "content-type:", "x-a,x-b", "résumé"],
    expose_headers = ["", " etag", "x-a; x-b"],
)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
