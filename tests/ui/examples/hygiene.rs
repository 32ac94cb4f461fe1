//! The expansion compiles whatever names and lints surround it.
#![deny(
    warnings,
    missing_docs,
    clippy::pedantic,
    unreachable_pub,
    unused_qualifications
)]
#![allow(dead_code)]

/// Names of the prelude, with other meanings.
pub mod shadowed {
    #![allow(missing_docs, non_camel_case_types, non_snake_case)]

    pub struct Result;
    pub struct Option;
    pub struct String;
    pub struct Vec;
    pub struct Box;
    pub struct Policy;
    pub struct Annotation;
    pub fn Some() {}
    pub fn None() {}
    pub fn Ok() {}
    pub fn Err() {}
    pub mod std {}
    pub mod core {}

    #[cors_runtime::cors(
        origins = ["https://example.com", "https://*.example.org:*"],
        methods = ["PUT"],
        headers = ["content-type"],
        expose_headers = ["etag"],
        credentials,
        max_age = 600
    )]
    #[actix_web::route("/shadowed", method = "PUT", method = "OPTIONS")]
    pub async fn shadowed() -> &'static str {
        "shadowed"
    }
}

/// Inside a macro, with the runtime reached through it.
pub mod within_a_macro {
    #[doc(hidden)]
    pub use cors_runtime as reexported;

    macro_rules! handler {
        ($name:ident, $path:literal, $origin:expr) => {
            /// Made by a macro.
            #[cors_runtime::cors(origins = [$origin], crate = $crate::within_a_macro::reexported)]
            #[actix_web::get($path)]
            pub async fn $name() -> &'static str {
                "from a macro"
            }
        };
    }

    handler!(first, "/first", "https://example.com");
    handler!(second, "/second", "https://example.org");
}

fn main() {
    let _ = actix_web::App::new()
        .service(shadowed::shadowed)
        .service(within_a_macro::first)
        .service(within_a_macro::second);
}
