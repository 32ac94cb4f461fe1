use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    "file://",
    "file:///home/me/index.html",
])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
