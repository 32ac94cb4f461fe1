pub mod api {
    use actix_web::{delete, get};
    use cors_runtime::cors;
    #[::cors_runtime::cors(
        origins = ["https://app.example.com",
        super::APP],
        credentials
    )]
    #[get("/items")]
    pub async fn list() -> String {
        String::new()
    }
    #[cors(off)]
    #[get("/metrics")]
    pub async fn metrics() -> String {
        String::new()
    }
    pub mod admin {
        #[::cors_runtime::cors(credentials, origins = ["https://admin.example.com"])]
        #[delete("/items")]
        pub async fn clear() -> String {
            String::new()
        }
    }
    const _: () = {
        #[allow(unused_imports)]
        use cors as _keeps_the_import_in_use;
    };
}
