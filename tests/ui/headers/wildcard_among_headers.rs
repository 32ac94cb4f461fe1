use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["https://example.com"], headers = ["*", "content-type"])]
#[get("/one-more")]
async fn one_more() -> impl Responder {
    "one more"
}

#[cors(origins = ["https://example.com"], headers = ["authorization", "x-token", "*"], credentials)]
#[get("/two-more")]
async fn two_more() -> impl Responder {
    "two more"
}

fn main() {
    let _ = App::new().service(one_more).service(two_more);
}
