// Nothing inside the parentheses is ignored.
use actix_web::{App, Responder, get};
use cors_runtime::cors;

#[cors(
    origins = [
        #[cfg(debug_assertions)] "http://localhost:3000",
        dev(#[cfg(feature = "local")] "http://localhost:5173"),
        /// Our app.
        "https://app.example.com",
        #[allow(unused)] dev("http://localhost:8080"),
    ],
    #[cfg_attr(all(), doc = "x")] credentials,
)]
#[get("/")]
async fn index() -> impl Responder {
    "index"
}

#[cors(origins = ["https://app.example.com"suffix, dev("http://localhost:3000"x)], methods = ["GET"get],, credentials)]
#[get("/suffix")]
async fn suffix() -> impl Responder {
    "suffix"
}

#[cors(origins = ["https://app.example.com"], off)]
#[get("/off")]
async fn off_and_more() -> impl Responder {
    "off and more"
}

fn main() {
    let _ = App::new().service(index).service(suffix).service(off_and_more);
}
