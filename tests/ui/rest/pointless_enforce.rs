use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = ["*"], enforce)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

#[cors(origins = ["*"])]
struct Anyone;

#[cors(policy = Anyone, enforce)]
#[get("/through-a-policy")]
async fn through_a_policy() -> impl Responder {
    "through a policy"
}

fn main() {
    let _ = App::new().service(index).service(through_a_policy);
}
