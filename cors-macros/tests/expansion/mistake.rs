#[cors(origins = ["https://app.example.com/"])]
#[get("/items")]
async fn list() -> String {
    String::new()
}
