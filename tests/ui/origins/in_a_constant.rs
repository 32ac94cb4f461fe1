use actix_web::{App, Responder, get};
use cors_runtime::{Cors, OriginSet, cors};

const WITH_PATH: &str = "https://app.example.com/";
static WITHOUT_SCHEME: &str = "app.example.com";
const DEFAULT_PORT: &str = concat!("https://app.example.com", ":443");
const RIGHT: &str = "https://app.example.com";
static SET: OriginSet = OriginSet::new();

#[cors(origins = [RIGHT, SET, WITH_PATH])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

#[cors(origins = [DEFAULT_PORT])]
struct Partners;

#[cors(origins = [RIGHT, WITHOUT_SCHEME])]
mod api {
    use super::{RIGHT, WITHOUT_SCHEME};
    use actix_web::{Responder, get};

    #[get("/api")]
    pub async fn list() -> impl Responder {
        "list"
    }
}

fn main() {
    let _ = App::new().service(index).service(api::list).wrap(Cors::of::<Partners>());
}
