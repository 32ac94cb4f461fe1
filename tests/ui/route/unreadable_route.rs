// `#[cors]` refuses a route attribute that it cannot read to the end, so that no handler goes without CORS.
use actix_web::{App, HttpResponse, Responder, get, post, put, route, routes};
use cors_runtime::cors;

mod other {
    pub use actix_web::get;
}

#[cors(origins = ["https://app.example.com"])]
#[put("/option", colour = "red")]
async fn unknown_option() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[put("/method", method = "GET")]
async fn method() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[get("/guard", guard = is_ready)]
async fn guard() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[get("/wrap", wrap = "Logger::new(")]
async fn wrap() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[get]
async fn no_path() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[get(PATH)]
async fn constant() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[get("/pattern/{")]
async fn broken_pattern() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[route("/none")]
async fn no_method() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[route("/case", method = "get")]
async fn lower_case() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[route("/twice", method = "GET", method = "GET")]
async fn method_twice() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(off)]
#[routes]
#[get("/one")]
#[post(two)]
async fn one_of_two() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[routes]
async fn no_routes() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[routes]
#[get("/one")]
#[actix_web::post("/two")]
async fn by_path() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[get("/one")]
#[post("/two")]
async fn two() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[other::get("/")]
async fn another_crates() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
mod module {
    use super::*;

    use actix_web::{delete as remove, web::get as by_get};

    #[other::get("/")]
    pub async fn another_crates() -> impl Responder {
        HttpResponse::Ok()
    }

    #[remove("/")]
    pub async fn renamed() -> impl Responder {
        let _ = by_get();
        HttpResponse::Ok()
    }
}

fn main() {
    let _ = App::new().service(unknown_option).service(method).service(guard).service(one_of_two).service(two);
}
