/// Updates an item.
#[cors(
    origins = ["https://app.example.com", "https://*.example.com", "http://localhost:*"],
    headers = ["content-type"],
    credentials,
    max_age = 600
)]
#[put("/items/{id}")]
pub async fn update(id: web::Path<u32>) -> impl Responder {
    HttpResponse::NoContent()
}
