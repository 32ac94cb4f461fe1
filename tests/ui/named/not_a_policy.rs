use actix_web::{App, HttpResponse, Responder, get, web};
use cors_runtime::{Cors, cors};

struct NotAPolicy;

#[cors(policy = NotAPolicy)]
#[get("/handler")]
async fn handler() -> impl Responder {
    "handler"
}

#[cors(policy = NotAPolicy, credentials)]
mod module {
    use super::*;

    #[get("/module")]
    pub async fn inside() -> impl Responder {
        "inside"
    }
}

#[cors(policy = Missing)]
#[get("/missing")]
async fn missing() -> impl Responder {
    "missing"
}

fn main() {
    let _ = App::new()
        .service(handler)
        .service(module::inside)
        .service(missing)
        .service(web::resource("/by-hand").wrap(Cors::of::<NotAPolicy>()).to(HttpResponse::Ok));
}
