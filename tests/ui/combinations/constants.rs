use actix_web::{App, Responder, get};
use cors_runtime::{Cors, cors};

const ANYONE: &str = "*";
const INSECURE: &str = "http://app.example.com";
const SEVERAL: [&str; 3] = ["https://app.example.com", "http://localhost:3000", "http://*.example.com:8080"];
const SUBDOMAINS: &str = "https://*.example.com";

#[cors(origins = [ANYONE], credentials)]
#[get("/anyone")]
async fn anyone() -> impl Responder {
    "anyone"
}

#[cors(origins = [ANYONE], enforce)]
#[get("/pointless")]
async fn pointless() -> impl Responder {
    "pointless"
}

#[cors(origins = ["https://shop.example.com", INSECURE], credentials)]
struct Insecure;

#[cors(origins = [SEVERAL], credentials, allow(public_suffix_with_credentials))]
mod api {
    use super::SEVERAL;
    use actix_web::{Responder, get};

    #[get("/api")]
    pub async fn list() -> impl Responder {
        "list"
    }
}

#[cors(origins = [SUBDOMAINS], credentials)]
#[get("/subdomains")]
async fn subdomains() -> impl Responder {
    "subdomains"
}

#[cors(origins = [INSECURE, "https://shop.example.com"])]
struct Base;

#[cors(policy = Base, credentials)]
#[get("/through-a-policy")]
async fn through_a_policy() -> impl Responder {
    "through a policy"
}

#[cors(credentials, origins = ["https://shop.example.com"])]
struct WithCredentials;

#[cors(policy = WithCredentials, origins = [SUBDOMAINS])]
#[get("/in-place-of-a-policys")]
async fn in_place_of_a_policys() -> impl Responder {
    "in place of a policy's"
}

#[cors(policy = AnyoneByName, enforce)]
#[get("/anyone-by-name")]
async fn anyone_by_name() -> impl Responder {
    "anyone by name"
}

#[cors(origins = [ANYONE])]
struct AnyoneByName;

fn main() {
    let _ = App::new()
        .service(anyone)
        .service(pointless)
        .service(api::list)
        .service(subdomains)
        .service(through_a_policy)
        .service(in_place_of_a_policys)
        .service(anyone_by_name)
        .wrap(Cors::of::<Insecure>());
}
