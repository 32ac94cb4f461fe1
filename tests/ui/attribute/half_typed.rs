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

#[cors(origins = ["https://example.com"], e)]
#[get("/")]
async fn another_letter() -> impl Responder {
    "another letter"
}

#[cors(,)]
#[get("/")]
async fn comma() -> impl Responder {
    "comma"
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

#[cors(origins = [,])]
#[get("/")]
async fn no_element_yet() -> impl Responder {
    "no element yet"
}

#[cors(origins = [dev()])]
#[get("/")]
async fn no_text_yet() -> impl Responder {
    "no text yet"
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

#[cors(origins = ["https://example.com"], allow())]
#[get("/")]
async fn no_rule_yet() -> impl Responder {
    "no rule yet"
}

#[cors(policy = )]
#[get("/")]
async fn no_policy_yet() -> impl Responder {
    "no policy yet"
}

fn main() {
    let _ = App::new()
        .service(nothing)
        .service(empty)
        .service(one_letter)
        .service(another_letter)
        .service(comma)
        .service(no_value)
        .service(no_value_yet)
        .service(no_element_yet)
        .service(no_text_yet)
        .service(no_origin)
        .service(trailing_string)
        .service(second_key)
        .service(no_rule_yet)
        .service(no_policy_yet);
}
