#[cors(origins = ["https://app.example.com", super::APP], credentials)]
pub mod api {
    use actix_web::{delete, get};
    use cors_runtime::cors;

    #[get("/items")]
    pub async fn list() -> String {
        String::new()
    }

    #[cors(off)]
    #[get("/metrics")]
    pub async fn metrics() -> String {
        String::new()
    }

    #[cors(origins = ["https://admin.example.com"])]
    pub mod admin {
        #[delete("/items")]
        pub async fn clear() -> String {
            String::new()
        }
    }
}
