use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["https://example.com"], methods = ["*"])]
#[get("/alone")]
async fn alone() -> impl Responder {
    "alone"
}

#[cors(origins = ["https://example.com"], methods = ["GET", "*"])]
#[get("/beside")]
async fn beside() -> impl Responder {
    "beside"
}

#[cors(origins = ["https://example.com"], methods = ["*"])]
mod handlers {
    #[actix_web::get("/module")]
    pub async fn module() -> &'static str {
        "module"
    }
}

#[cors(origins = ["https://example.com"], methods = ["*", "PUT"])]
struct Named;

fn main() {
    let _ = App::new().service(alone).service(beside).service(handlers::module);
}
