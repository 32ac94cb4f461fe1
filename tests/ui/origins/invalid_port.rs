use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    "https://a.example:0",
    "https://b.example:65536",
    "https://c.example:080",
    "https://d.example:",
    "https://e.example:http",
    "https://f.example:8000-8999",
])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
