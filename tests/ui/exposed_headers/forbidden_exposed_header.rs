use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["https://example.com"], expose_headers = ["set-cookie", "Set-Cookie2"])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
