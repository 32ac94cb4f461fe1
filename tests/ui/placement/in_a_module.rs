use cors_runtime::cors;

#[cors(origins = ["https://app.example.com"])]
mod without_the_import {
    use actix_web::{Responder, get};

    #[cors(off)]
    #[get("/closed")]
    pub async fn closed() -> impl Responder {
        "closed"
    }
}

#[cors(origins = ["https://app.example.com"])]
mod below_the_route_attribute {
    use actix_web::{Responder, get};
    use cors_runtime::cors;

    #[get("/closed")]
    #[cors(off)]
    pub async fn closed() -> impl Responder {
        "closed"
    }

    #[get("/stricter")]
    #[cors(origins = ["https://admin.example.com"])]
    pub async fn stricter() -> impl Responder {
        "stricter"
    }
}

fn main() {}
