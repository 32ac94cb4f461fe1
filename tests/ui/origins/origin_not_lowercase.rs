use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    "HTTPS://example.com",
    "https://Example.org",
    "TAURI://localhost",
    "https://*.Example.net:*",
])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
