use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["*"], credentials)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
