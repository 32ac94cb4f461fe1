#[cors(origins = ["*"])]
#[route("/report", method = "GET", method = "OPTIONS", guard = "is_ready")]
pub async fn report() -> String {
    String::new()
}
