#[utoipa::path(responses((status = 200)))]
#[::cors_runtime::__private::cors_on_route(origins = ["https://app.example.com"])]
#[get("/items")]
async fn list() -> String {
    String::new()
}
