use actix_web::{App, Responder, delete, route, routes, trace};
use cors_runtime::cors;

#[cors(origins = ["https://app.example.com"], methods = ["GET", "HEAD"])]
struct ReadOnly;

#[cors(policy = ReadOnly)]
#[delete("/items")]
async fn clear() -> impl Responder {
    "clear"
}

#[cors(policy = self::ReadOnly)]
#[routes]
#[put("/a")]
#[delete("/b")]
async fn several() -> impl Responder {
    "several"
}

// These are right: a method is left, or the handler names its own.
#[cors(policy = ReadOnly)]
#[route("/one", method = "GET", method = "DELETE")]
async fn one_is_left() -> impl Responder {
    "one"
}

#[cors(policy = ReadOnly)]
#[routes]
#[get("/c")]
#[put("/d")]
async fn one_route_is_left() -> impl Responder {
    "one"
}

#[cors(policy = ReadOnly, methods = ["DELETE"])]
#[delete("/own")]
async fn own() -> impl Responder {
    "own"
}

#[cors(policy = ReadOnly)]
#[trace("/trace")]
async fn no_browser_asks() -> impl Responder {
    "trace"
}

fn main() {
    let _ = App::new()
        .service(clear)
        .service(several)
        .service(one_is_left)
        .service(one_route_is_left)
        .service(own)
        .service(no_browser_asks);
}
