//! Imports of route attributes count as used under every lint. A handler may have the name of one, and needs no import.
#![forbid(unused)]

use actix_web::{App, HttpResponse, Responder, get, put, route, routes};
use cors_runtime::cors;

#[cors(origins = ["https://app.example.com"])]
#[get("/get")]
async fn get() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[put("/update")]
async fn update() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[route("/route", method = "GET", method = "PUT")]
async fn several() -> impl Responder {
    HttpResponse::Ok()
}

#[cors(origins = ["https://app.example.com"])]
#[routes]
#[get("/a")]
#[put("/b")]
async fn two() -> impl Responder {
    HttpResponse::Ok()
}

mod glob {
    use actix_web::*;
    use cors_runtime::cors;

    #[cors(origins = ["https://app.example.com"])]
    #[delete("/delete")]
    pub async fn delete() -> impl Responder {
        HttpResponse::Ok()
    }
}

mod without {
    use cors_runtime::cors;

    #[cors(origins = ["https://app.example.com"])]
    #[options("/options")]
    pub async fn options() -> &'static str {
        "options"
    }

    #[cors(origins = ["https://app.example.com"])]
    #[routes]
    #[get("/c")]
    #[query("/d")]
    pub async fn several() -> &'static str {
        "several"
    }

    pub mod routes {}

    #[cors(origins = ["https://app.example.com"])]
    pub mod inner {
        #[put("/put")]
        pub async fn put() -> &'static str {
            "put"
        }
    }
}

macro_rules! by_macro {
    ($method:ident $name:ident) => {
        mod $name {
            use actix_web::{HttpResponse, Responder, patch, $method};
            use cors_runtime::cors;

            #[cors(origins = ["https://app.example.com"])]
            #[patch("/patch")]
            pub async fn written() -> impl Responder {
                HttpResponse::Ok()
            }

            #[cors(origins = ["https://app.example.com"])]
            #[$method("/named")]
            pub async fn $method() -> impl Responder {
                HttpResponse::Ok()
            }
        }
    };
}
by_macro!(post generated);

fn main() {
    use actix_web::head;

    #[cors(origins = ["https://app.example.com"])]
    #[head("/head")]
    async fn in_a_function() -> impl Responder {
        HttpResponse::Ok()
    }

    let _ = App::new()
        .service(get)
        .service(update)
        .service(several)
        .service(two)
        .service(glob::delete)
        .service(without::options)
        .service(without::several)
        .service(without::inner::put)
        .service(generated::written)
        .service(generated::post)
        .service(in_a_function);
}
