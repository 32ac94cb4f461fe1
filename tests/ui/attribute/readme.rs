use actix_web::{App, HttpResponse, put};
use cors_runtime::cors;

#[cors(origins = ["https://app.example.com/", "*"], credentials)]
#[put("/items")]
async fn update() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

fn main() {
    let _ = App::new().service(update);
}
