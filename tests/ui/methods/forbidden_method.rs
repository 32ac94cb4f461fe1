use actix_web::{App, Responder, route};
use cors_runtime::cors;

#[cors(origins = ["https://example.com"], methods = ["GET", "TRACE", "trace", "CONNECT", "Track"])]
#[route("/traced", method = "GET", method = "TRACE")]
async fn traced() -> impl Responder {
    "traced"
}

fn main() {
    let _ = App::new().service(traced);
}
