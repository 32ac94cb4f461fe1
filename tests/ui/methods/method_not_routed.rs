use actix_web::{App, Responder, get, route};
use cors_runtime::cors;

#[cors(origins = ["https://example.com"], methods = ["PUT", "GET", "DELETE"])]
#[get("/one-method")]
async fn one_method() -> impl Responder {
    "one method"
}

#[cors(origins = ["https://example.com"], methods = ["PUT", "PATCH"])]
#[route("/several-methods", method = "GET", method = "PUT")]
async fn several_methods() -> impl Responder {
    "several methods"
}

#[cors(origins = ["https://example.com"], methods = ["put"])]
#[get("/lower-case")]
async fn lower_case() -> impl Responder {
    "lower case"
}

fn main() {
    let _ = App::new().service(one_method).service(several_methods).service(lower_case);
}
