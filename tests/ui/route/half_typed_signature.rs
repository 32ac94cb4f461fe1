use actix_web::{Responder, get};
use cors_runtime::cors;

#[cors(origins = ["https://app.example.com"])]
#[get("/")]
async fn no_type_yet(id: ) -> impl Responder {
    "no type yet"
}

#[cors(origins = ["https://app.example.com"])]
#[get("/")]
async fn no_response_yet() -> {
    "no response yet"
}

fn main() {}
