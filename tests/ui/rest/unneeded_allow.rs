use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["https://example.com"], credentials, allow(insecure_origin_with_credentials, public_suffix_with_credentials))]
#[get("/unbroken")]
async fn unbroken() -> impl Responder {
    "unbroken"
}

#[cors(origins = ["http://example.com"], allow(insecure_origin_with_credentials))]
#[get("/without-credentials")]
async fn without_credentials() -> impl Responder {
    "without credentials"
}

#[cors(origins = ["http://example.com"], credentials, allow(insecure_origin_with_credentials, insecure_origin_with_credentials))]
#[get("/twice")]
async fn twice() -> impl Responder {
    "twice"
}

#[cors(origins = ["https://example.com"], allow(null_origin))]
#[get("/not-allowable")]
async fn not_allowable() -> impl Responder {
    "not allowable"
}

#[cors(origins = ["http://example.com"], credentials, allow(insecure_origins_with_credentials))]
#[get("/misspelt")]
async fn misspelt() -> impl Responder {
    "misspelt"
}

#[cors(origins = ["https://example.com"], allow(everything))]
#[get("/unknown")]
async fn unknown() -> impl Responder {
    "unknown"
}

fn main() {
    let _ = App::new()
        .service(unbroken)
        .service(without_credentials)
        .service(twice)
        .service(not_allowable)
        .service(misspelt)
        .service(unknown);
}
