//! Policies that break a rule, and allow it.
use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["http://intranet.example:8080"], credentials, allow(insecure_origin_with_credentials))]
#[get("/intranet")]
async fn intranet() -> impl Responder {
    "intranet"
}

#[cors(origins = ["https://*.corp"], credentials, allow(public_suffix_with_credentials))]
#[get("/corp")]
async fn corp() -> impl Responder {
    "corp"
}

#[cors(
    origins = ["http://*.corp"],
    credentials,
    allow(public_suffix_with_credentials, insecure_origin_with_credentials),
)]
#[get("/both")]
async fn both() -> impl Responder {
    "both"
}

#[cors(origins = ["http://*.corp"])]
struct Corp;

#[cors(policy = Corp, credentials, allow(insecure_origin_with_credentials, public_suffix_with_credentials))]
#[get("/through-a-policy")]
async fn through_a_policy() -> impl Responder {
    "through a policy"
}

#[cors(origins = ["http://intranet.example"], credentials, allow(insecure_origin_with_credentials))]
mod handlers {
    use super::*;

    #[get("/through-a-module")]
    pub async fn through_a_module() -> impl Responder {
        "through a module"
    }
}

fn main() {
    let _ = App::new()
        .service(intranet)
        .service(corp)
        .service(both)
        .service(through_a_policy)
        .service(handlers::through_a_module);
}
