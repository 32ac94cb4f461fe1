#[cors(policy = Partners, credentials)]
#[get("/report")]
pub async fn report() -> String {
    String::new()
}
