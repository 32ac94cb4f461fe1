use actix_web::{App, Responder, get};
use cors_runtime::{Cors, OriginSet, cors};

const WITH_PATH: &str = "https://app.example.com/";
static WITHOUT_SCHEME: &str = "app.example.com";
const DEFAULT_PORT: &str = concat!("https://app.example.com", ":443");
const RIGHT: &str = "https://app.example.com";
static SET: OriginSet = OriginSet::new();
const SEVERAL: [&str; 2] = ["https://app.example.com", "null"];
const SLICE: &[&str] = &["https://App.example.com"];
const NOT_ASCII: &str = "https://bücher.example";
const LONG_IPV6: &str = "http://[0:0:0:0:0:0:0:1]";
const PUNYCODE: &str = "https://xn--bcher-kva.example";

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

#[cors(origins = [SEVERAL])]
#[get("/several")]
async fn several() -> impl Responder {
    "several"
}

#[cors(origins = [SLICE])]
#[get("/slice")]
async fn slice() -> impl Responder {
    "slice"
}

#[cors(origins = [NOT_ASCII])]
#[get("/not-ascii")]
async fn not_ascii() -> impl Responder {
    "not ascii"
}

#[cors(origins = [RIGHT, LONG_IPV6, SET])]
#[get("/ipv6")]
async fn ipv6() -> impl Responder {
    "ipv6"
}

#[cors(origins = [PUNYCODE])]
#[get("/punycode")]
async fn punycode() -> impl Responder {
    "punycode"
}

fn main() {
    let _ = App::new().service(index).service(api::list).service(several).service(slice).service(ipv6).service(punycode).wrap(Cors::of::<Partners>());
}
