use actix_web::{App, Responder, route};
use cors_runtime::cors;

#[cors(origins = ["https://example.com"], methods = ["patch", "Get"])]
#[route("/", method = "GET", method = "PATCH")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
