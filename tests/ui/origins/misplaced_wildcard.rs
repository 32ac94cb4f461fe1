use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    "https://foo.*.com",
    "https://*example.com",
    "https://*",
    "https://*:8443",
    "*://example.com",
    "https://example.*",
    "https://*.*.com",
    "https://*.127.0.0.1",
    "https://*.[::1]",
    "https://a.com:80*",
    "https://a.com*",
    "^https://.*\\.example\\.com$",
    "https?://example.com",
])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

#[cors(origins = ["https://example.com", dev("*")])]
#[get("/dev")]
async fn anyone_in_debug_builds() -> impl Responder {
    "anyone in debug builds"
}

fn main() {
    let _ = App::new().service(index).service(anyone_in_debug_builds);
}
