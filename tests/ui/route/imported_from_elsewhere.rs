// `get` is another attribute here, so that the handler would answer POST.
use actix_web::post as get;
use actix_web::{App, Responder};
use cors_runtime::cors;

#[cors(origins = ["https://app.example.com"])]
#[get("/read")]
async fn read() -> impl Responder {
    "read"
}

fn main() {
    let _ = App::new().service(read);
}
