use actix_web::{App, Responder, route};
use cors_runtime::cors;

#[cors(origins = ["https://example.com"], methods = ["PUT", "GET", "PUT"])]
#[route("/", method = "GET", method = "PUT")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
