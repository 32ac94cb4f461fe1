use cors_runtime::cors;

#[cors(origins = ["https://app.example.com"])]
mod handlers {
    use actix_web::{Responder, get};
    use cors_runtime::cors;

    #[cfg_attr(all(), cors(off))]
    #[get("/closed")]
    pub async fn closed() -> impl Responder {
        "closed"
    }

    #[cfg_attr(all(), doc = "", cfg_attr(all(), cors(credentials)))]
    #[get("/read")]
    pub async fn read() -> impl Responder {
        "read"
    }

    #[cors(credentials)]
    #[get("/beside")]
    pub async fn beside() -> impl Responder {
        "beside"
    }
}

fn main() {}
