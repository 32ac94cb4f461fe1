use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    "http://example.com",
    "http://*.example.com",
    "http://example.com:8080",
    "http://192.168.0.10",
    "tauri://example.com",
    "http://localhost:3000",
    "https://fine.example.com",
], credentials)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

#[cors(origins = ["http://example.com"])]
struct Base;

#[cors(policy = Base, credentials)]
#[get("/through-a-policy")]
async fn through_a_policy() -> impl Responder {
    "through a policy"
}

fn main() {
    let _ = App::new().service(index).service(through_a_policy);
}
