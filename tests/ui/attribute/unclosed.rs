use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["https://example.com"
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
