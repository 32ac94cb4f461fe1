#[cors(origins = ["https://app.example.com"])]
#[utoipa::path(responses((status = 200)))]
#[get("/items")]
async fn list() -> String {
    String::new()
}
