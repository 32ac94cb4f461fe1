use actix_web as aw;
use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["https://app.example.com"], enforce)]
mod votes {
    use super::*;

    #[get("/votes")]
    pub async fn count() -> impl Responder {
        "count"
    }

    #[aw::post("/votes")]
    pub async fn vote() -> impl Responder {
        "not protected, as far as can be seen"
    }

    #[actix_web::delete("/votes")]
    pub async fn clear() -> impl Responder {
        "protected"
    }
}

fn main() {
    let _ = App::new()
        .service(votes::count)
        .service(votes::vote)
        .service(votes::clear);
}
