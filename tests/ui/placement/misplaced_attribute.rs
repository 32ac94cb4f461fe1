use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[get("/below")]
#[cors(origins = ["https://example.com"])]
async fn below() -> impl Responder {
    "below the route attribute"
}

#[cors(origins = ["https://example.com"])]
async fn no_route() -> impl Responder {
    "no route attribute"
}

#[cors(origins = ["https://example.com"])]
#[other::get("/")]
async fn foreign() -> impl Responder {
    "another crate's attribute"
}

#[cors(origins = ["https://example.com"])]
enum NoHandler {}

#[cors(origins = ["https://example.com"])]
#[cors(origins = ["https://example.org"])]
#[get("/twice")]
async fn twice() -> impl Responder {
    "twice"
}

#[cors(origins = ["https://example.com"])]
#[get("/both-sides")]
#[cors(origins = ["https://example.org"])]
async fn both_sides() -> impl Responder {
    "both sides"
}

fn main() {
    let _ = App::new().service(below).service(twice).service(both_sides);
    let _ = no_route();
}
