use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(origins = [
    " https://around.example.com ",
    "https://in the.example.com",
    "https://a.example, https://b.example",
    "https://",
    "https:///example.com",
    "https://:8443",
    "https://empty..example.com",
    "https://dots.example.com..",
    "https://-begins.example.com",
    "https://ends-.example.com",
    "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com",
    "https://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.com",
    "https://xn--f.example.com",
    "https://per%63ent.example.com",
    "https://semi;colon.example.com",
    "1http://example.com",
    "ht tp://example.com",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa://example.com",
    "https://[::1",
    "https://[::g]",
    "https://example.com:80:80",
])]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

fn main() {
    let _ = App::new().service(index);
}
