#[cors(origins = [APP, crate::TENANTS])]
#[get("/items")]
async fn list() -> String {
    String::new()
}
