#[cors(origins = [APP, crate::TENANTS])]
#[get("/items")]
pub async fn list() -> String {
    String::new()
}
