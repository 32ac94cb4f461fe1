use actix_web::get;
use cors_runtime::cors;

#[cors(origins = ["https://app.example.com"])]
#[get("/nothing")]
async fn returns_nothing() {}

fn main() {}
