// A `const` is another set in each place that names it: one of them would be filled, and another one asked.
use actix_web::{App, Responder, get};
use cors_runtime::{OriginSet, cors};

const TENANTS: OriginSet = OriginSet::new();

#[cors(origins = [TENANTS])]
#[get("/tenants")]
async fn tenants() -> impl Responder {
    "tenants"
}

fn main() {
    let _ = App::new().service(tenants);
}
