#[cors(origins = ["*"])]
#[route("/report", method = "GET", method = "OPTIONS", guard = "is_ready")]
async fn report() -> String {
    String::new()
}
