use actix_web::{App, Responder, get};
use cors_runtime::{Cors, OriginSet, cors};

const APP: &str = "https://app.example.com";
const SEVERAL: [&str; 2] = ["https://shop.example.com", APP];
const ANYONE: &str = "*";
const NOBODY: [&str; 0] = [];
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

#[cors(origins = [ANYONE, dev("http://localhost:5173")])]
#[get("/anyone-and-dev")]
async fn anyone_and_dev() -> impl Responder {
    "anyone and dev"
}

#[cors(origins = [NOBODY, NOBODY])]
#[get("/nobody")]
async fn nobody() -> impl Responder {
    "nobody"
}

fn main() {
    let _ = App::new()
        .service(a_literal_twice)
        .service(anyone_and_a_set)
        .service(api::list)
        .service(anyone_twice)
        .service(anyone_and_dev)
        .service(nobody)
        .wrap(Cors::of::<Twice>());
}
