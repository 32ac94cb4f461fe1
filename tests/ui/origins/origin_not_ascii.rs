use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    "https://exämple.com",
    "https://*.bücher.example:8443",
    "https://日本語.jp",
])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
