use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["https://a.example"], credentials, origins = ["https://b.example"], credentials)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
