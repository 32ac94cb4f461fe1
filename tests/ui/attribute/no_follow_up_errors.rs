use actix_web::{App, Responder, get, put};
use cors_runtime::{Cors, cors};

#[cors(origins = ["partner.example"])]
pub struct Partners;

#[cors(policy = Partners, headers = ["content-type"])]
#[get("/report")]
async fn report() -> impl Responder {
    "report"
}

#[cors(origins = ["app.example"], credentials)]
mod items {
    use super::*;

    #[get("/items")]
    pub async fn list() -> impl Responder {
        "list"
    }

    #[cors(max_age = 600)]
    #[put("/items")]
    pub async fn update() -> impl Responder {
        "update"
    }

    #[cors(off)]
    #[get("/status")]
    pub async fn status() -> impl Responder {
        "status"
    }
}

fn main() {
    let _ = App::new()
        .wrap(Cors::of::<Partners>())
        .service(report)
        .service(items::list)
        .service(items::update)
        .service(items::status);
}
