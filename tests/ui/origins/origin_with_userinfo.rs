use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    "https://user@example.com",
    "https://user:password@example.org:8443",
])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
