#[cors(policy = Partners, credentials)]
#[routes]
#[get("/report")]
#[delete("/report/{id}")]
pub async fn report() -> String {
    String::new()
}
