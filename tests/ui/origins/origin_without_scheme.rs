use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    "example.com",
    "//example.org",
    "localhost:3000",
    "*.example.net",
    "www.example.com/app",
    "https:example.com",
    "",
])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
