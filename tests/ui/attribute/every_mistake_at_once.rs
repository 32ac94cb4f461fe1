use actix_web::{App, HttpResponse, put};
use cors_runtime::cors;

#[cors(
    origins = ["https://example.com/", "https://fine.example.com", "example.org"],
    headrs = ["content-type"],
    credentials = yes,
)]
#[put("/items")]
async fn update() -> HttpResponse {
    // The user's own mistakes are reported beside those of the attribute.
    let number: u32 = "three";
    HttpResponse::Ok().body(number.to_string())
}

fn main() {
    let _ = App::new().service(update);
}
