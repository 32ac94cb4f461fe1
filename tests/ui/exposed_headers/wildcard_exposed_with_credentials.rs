use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["https://example.com"], expose_headers = ["*"], credentials)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

#[cors(origins = ["https://example.com"], expose_headers = ["*"])]
struct Base;

#[cors(policy = Base, credentials)]
#[get("/through-a-policy")]
async fn through_a_policy() -> impl Responder {
    "through a policy"
}

fn main() {
    let _ = App::new().service(index).service(through_a_policy);
}
