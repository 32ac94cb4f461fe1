// An origin that is no literal has to be a named constant.
use actix_web::{App, Responder, get};
use cors_runtime::cors;

const MANY: [&str; 2] = ["https://a.example", "https://b.example"];
const NAME: &str = "app";

fn origin() -> String {
    format!("https://{NAME}.example")
}

#[cors(origins = [env!("APP_ORIGIN"), concat!("https://", "app.example"), origin(), origin().as_str(), NAME.trim()])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

#[cors(origins = MANY)]
#[get("/many")]
async fn many() -> impl Responder {
    "many"
}

fn main() {
    let _ = App::new().service(index).service(many);
}
