use actix_web::{HttpResponse, Responder};
use cors_runtime::cors;

#[cors(origins = ["https://app.example.com"])]
#[put("/items")]
async fn update() -> impl Responder {
    HttpResponse::Ok()
}

fn main() {}
