use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    "https://example.com:443",
    "http://example.com:80",
    "wss://*.example.com:443",
])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
