use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors]
#[get("/")]
async fn nothing() -> impl Responder {
    "nothing"
}

#[cors()]
#[get("/")]
async fn empty() -> impl Responder {
    "empty"
}

#[cors(o)]
#[get("/")]
async fn one_letter() -> impl Responder {
    "one letter"
}

#[cors(origins)]
#[get("/")]
async fn no_value() -> impl Responder {
    "no value"
}

#[cors(origins = )]
#[get("/")]
async fn no_value_yet() -> impl Responder {
    "no value yet"
}

#[cors(origins = [])]
#[get("/")]
async fn no_origin() -> impl Responder {
    "no origin"
}

#[cors(origins = ["https://example.com", ""])]
#[get("/")]
async fn trailing_string() -> impl Responder {
    "trailing string"
}

#[cors(origins = ["https://example.com"], max_age = )]
#[get("/")]
async fn second_key() -> impl Responder {
    "second key"
}

fn main() {
    let _ = App::new()
        .service(nothing)
        .service(empty)
        .service(one_letter)
        .service(no_value)
        .service(no_value_yet)
        .service(no_origin)
        .service(trailing_string)
        .service(second_key);
}
