#[cors(origins = ["https://app.example.com"], methods = ["GET"])]
#[routes]
#[get("/report")]
#[delete("/report/{id}", name = "old_report")]
pub async fn report() -> String {
    String::new()
}
