use actix_web::{App, Responder, get};
use cors_runtime::{Cors, OriginSet, cors};

const APP: &str = "https://app.example.com";
const SEVERAL: [&str; 2] = ["https://shop.example.com", APP];
const ANYONE: &str = "*";
static SET: OriginSet = OriginSet::new();

#[cors(origins = [APP, "https://app.example.com"])]
#[get("/a-literal-twice")]
async fn a_literal_twice() -> impl Responder {
    "a literal twice"
}

#[cors(origins = [APP, "https://example.com", SEVERAL])]
struct Twice;

#[cors(origins = [SET, ANYONE])]
#[get("/anyone-and-a-set")]
async fn anyone_and_a_set() -> impl Responder {
    "anyone and a set"
}

#[cors(origins = ["https://*.example.com", ANYONE])]
mod api {
    use super::ANYONE;
    use actix_web::{Responder, get};

    #[get("/api")]
    pub async fn list() -> impl Responder {
        "list"
    }
}

#[cors(policy = Alone, origins = [ANYONE, ANYONE])]
#[get("/anyone-twice")]
async fn anyone_twice() -> impl Responder {
    "anyone twice"
}

#[cors(origins = [ANYONE])]
struct Alone;

fn main() {
    let _ = App::new()
        .service(a_literal_twice)
        .service(anyone_and_a_set)
        .service(api::list)
        .service(anyone_twice)
        .wrap(Cors::of::<Twice>());
}
