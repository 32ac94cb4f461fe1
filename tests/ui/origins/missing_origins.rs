use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(credentials, max_age = 600)]
#[get("/no-key")]
async fn no_key() -> impl Responder {
    "no key"
}

#[cors]
#[get("/no-argument")]
async fn no_argument() -> impl Responder {
    "no argument"
}

#[cors(origins = [])]
#[get("/empty-list")]
async fn empty_list() -> impl Responder {
    "empty list"
}

fn main() {
    let _ = App::new().service(no_key).service(no_argument).service(empty_list);
}
