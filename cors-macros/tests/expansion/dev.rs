#[cors(origins = ["https://app.example.com", dev("http://localhost:5173")])]
#[get("/items")]
pub async fn list() -> String {
    String::new()
}
