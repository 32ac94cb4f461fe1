use actix_web::{App, Responder, get};
use cors_runtime::{OriginSet, cors};

const PORT: u16 = 8080;
static NAME: String = String::new();
const LIST: [u16; 1] = [443];
static SET: OriginSet = OriginSet::new();

#[cors(origins = [PORT, SET])]
#[get("/port")]
async fn port() -> impl Responder {
    "port"
}

#[cors(origins = [NAME])]
#[get("/name")]
async fn name() -> impl Responder {
    "name"
}

#[cors(origins = [LIST])]
#[get("/list")]
async fn list() -> impl Responder {
    "list"
}

#[cors(origins = [UNKNOWN])]
#[get("/unknown")]
async fn unknown() -> impl Responder {
    "unknown"
}

fn main() {
    let _ = App::new().service(port).service(name).service(list).service(unknown);
}
