::core::compile_error! {
    "origin_with_path: an origin has no path, not even a trailing `/`\nhelp: write \"https://app.example.com\"\nwhy: browsers send the origin alone, so this text would never match"
}
#[get("/items")]
async fn list() -> String {
    String::new()
}
