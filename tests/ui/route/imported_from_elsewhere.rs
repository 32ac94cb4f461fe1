// Another attribute under the name of one of actix's: the handler would not be what it says.
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
