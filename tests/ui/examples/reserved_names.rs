//! Handlers may have the names that the expansion uses itself.
use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["*"], headers = ["*"], expose_headers = ["*"])]
#[get("/raw")]
async fn r#async() -> impl Responder {
    "raw"
}

#[cors(origins = ["https://example.com"])]
#[get("/cors")]
async fn cors_rules() -> impl Responder {
    __cors()
}

#[cors(origins = ["https://example.com"])]
#[get("/route")]
async fn __route() -> impl Responder {
    __cors()
}

fn __cors() -> &'static str {
    "config"
}

fn main() {
    let _ = App::new()
        .service(r#async)
        .service(cors_rules)
        .service(__route);
}
