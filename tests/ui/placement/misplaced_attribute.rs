use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[get("/below")]
#[cors(origins = ["https://example.com"])]
async fn below() -> impl Responder {
    "below the route attribute"
}

#[cors(origins = ["https://example.com"])]
async fn no_route() -> impl Responder {
    "no route attribute"
}

#[cors(origins = ["https://example.com"])]
enum NoHandler {}

#[cors(origins = ["https://example.com"])]
#[cors(origins = ["https://example.org"])]
#[get("/twice")]
async fn twice() -> impl Responder {
    "twice"
}

#[cors(origins = ["https://example.com"])]
#[get("/both-sides")]
#[cors(origins = ["https://example.org"])]
async fn both_sides() -> impl Responder {
    "both sides"
}

#[cors(off)]
struct Nothing;

#[cors(off)]
mod closed {
    #[actix_web::get("/closed")]
    pub async fn closed() -> &'static str {
        "closed"
    }
}

#[cors(origins = ["https://example.com"])]
struct Partners {
    names: Vec<String>,
}

#[cors(origins = ["https://example.com"])]
struct Generic<const N: usize>;

#[cors(origins = ["https://example.com"])]
mod no_handlers {
    pub async fn helper() {}
}

#[cors(origins = ["https://example.com"])]
impl Nothing {}

fn main() {
    let _ = App::new()
        .service(below)
        .service(twice)
        .service(both_sides)
        .service(closed::closed);
    let _ = no_route();
    let _ = no_handlers::helper();
}
