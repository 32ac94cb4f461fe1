use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    "null",
    "Null",
])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
