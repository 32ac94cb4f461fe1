use actix_web::App;
use cors_runtime::{Cors, cors};

#[cors(origins = ["https://app.example.com"])]
struct Front;

fn main() {
    let _ = App::new().wrap(Cors::of(Front));
    let _ = App::new().wrap(Cors::annotated().fallback(Front));
}
