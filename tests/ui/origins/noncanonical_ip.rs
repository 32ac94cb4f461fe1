use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    "http://0x7f000001",
    "http://127.1",
    "http://256.0.0.1",
    "http://1.2.3.4.5",
    "https://app.1password",
    "http://[0:0::1]",
    "http://[2001:DB8::1]",
    "http://[fe80::1%eth0]",
    "http://[::ffff:127.0.0.1]",
    "http://::1",
    "http://127.0.0.1.",
])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
