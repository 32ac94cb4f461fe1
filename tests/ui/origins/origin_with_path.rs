use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    "https://slash.example.com/",
    "https://path.example.com/app",
    "https://query.example.com?q=1",
    "https://fragment.example.com#top",
    "https://*.wildcard.example.com:*/",
    "https://Upper.Example.com:443/",
    "https://fine.example.com",
])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
