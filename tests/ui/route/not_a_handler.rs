// The compiler's errors about a handler, its guard and its middleware underline the user's own tokens.
use actix_web::{HttpResponse, Responder, get};
use cors_runtime::cors;

struct NotAResponse;

#[cors(origins = ["https://app.example.com"])]
#[get("/response")]
async fn response() -> NotAResponse {
    NotAResponse
}

#[cors(origins = ["https://app.example.com"])]
#[get("/argument")]
async fn argument(_: NotAResponse) -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[get("/guard", guard = "missing")]
async fn guard() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[get("/wrap", wrap = "NotAResponse")]
async fn wrap() -> impl Responder {
    HttpResponse::Ok()
}

fn main() {}
