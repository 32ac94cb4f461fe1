use actix_web::{App, HttpResponse, put, web};
use cors_runtime::cors;

#[cors(
    origins = ["https://example.com/", "https://fine.example.com", "example.org", "http://example.net"],
    methods = ["PUT", "put"],
    headrs = ["content-type"],
    expose_headers = ["set-cookie", "etag", "ETag"],
    credentials = yes,
    max_age = -1,
    allow(everything),
)]
#[put("/items/{id}")]
async fn update(id: web::Path<u32>) -> HttpResponse {
    // The user's own mistakes are reported beside those of the attribute.
    let number: String = id.into_inner();
    HttpResponse::Ok().body(number)
}

fn main() {
    let _ = App::new().service(update);
}
