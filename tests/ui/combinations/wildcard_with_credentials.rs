use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["*"], credentials)]
#[get("/alone")]
async fn alone() -> impl Responder {
    "alone"
}

#[cors(credentials, origins = ["https://example.com", "*"])]
#[get("/hidden")]
async fn hidden() -> impl Responder {
    "hidden"
}

#[cors(origins = ["*"])]
struct Anyone;

#[cors(policy = Anyone, credentials)]
#[get("/through-a-policy")]
async fn through_a_policy() -> impl Responder {
    "through a policy"
}

#[cors(credentials)]
mod handlers {
    use super::*;

    #[cors(origins = ["*"])]
    #[get("/through-a-module")]
    pub async fn through_a_module() -> impl Responder {
        "through a module"
    }
}

fn main() {
    let _ = App::new()
        .service(alone)
        .service(hidden)
        .service(through_a_policy)
        .service(handlers::through_a_module);
}
