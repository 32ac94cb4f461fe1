use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(
    origins = ["https://example.com"],
    headers = ["access-control-allow-origin", "Access-Control-Expose-Headers", "access-control-max-age"],
    expose_headers = [
        "origin",
        "Access-Control-Request-Method",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-max-age",
    ],
)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
