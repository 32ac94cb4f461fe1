#[cors(off)]
#[get("/metrics")]
pub async fn metrics() -> String {
    String::new()
}
