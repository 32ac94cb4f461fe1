use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origin = ["https://example.com"], method = ["GET"], expose = ["etag"], max_age_seconds = 5, banana, "x")]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
