// What actix-web refuses it refuses in its own words.
use actix_web::{HttpResponse, Responder, get, put, route, routes};
use cors_runtime::cors;

#[cors(origins = ["https://app.example.com"])]
#[get("/nothing")]
async fn returns_nothing() {}

#[cors(origins = ["https://app.example.com"])]
#[put("/option", colour = "red")]
async fn unknown_option() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[get("/pattern/{")]
async fn broken_pattern() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[route("/none")]
async fn no_method() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[route("/case", method = "get")]
async fn lower_case() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[route("/twice", method = "GET", method = "GET")]
async fn method_twice() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[routes]
#[get("/one")]
#[post(two)]
async fn one_of_two() -> impl Responder {
    HttpResponse::Ok()
}

fn main() {}
