use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    "https://*.com",
    "https://*.co.uk",
    "https://*.github.io",
    "https://*.corp",
    "https://*.com:8443",
    "https://*.example.com",
    "https://*.localhost",
], credentials)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

#[cors(origins = ["https://*.com"])]
struct Base;

#[cors(policy = Base, credentials)]
#[get("/through-a-policy")]
async fn through_a_policy() -> impl Responder {
    "through a policy"
}

fn main() {
    let _ = App::new().service(index).service(through_a_policy);
}
