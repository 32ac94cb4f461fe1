//! The attribute accepts each policy in `conformance/policies.json` that any correct implementation accepts: a handler in
//! `policies/handlers.rs` has it, and answers the preflight of an origin that it allows. `cors-rules` tests the policies that any
//! correct implementation refuses.

#[rustfmt::skip]
mod handlers;

use std::fmt::Write;
use std::{env, fs};

use actix_web::App;
use actix_web::http::{Method, StatusCode, header};
use actix_web::test::{TestRequest, call_service, init_service};
use serde::Deserialize;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/policies/handlers.rs");

#[derive(Deserialize)]
struct Table {
    accepted: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    policy: Policy,
}

#[derive(Deserialize)]
struct Policy {
    origins: Vec<String>,
    methods: Vec<String>,
    headers: Vec<String>,
    expose: Vec<String>,
    credentials: bool,
    max_age: Option<u32>,
}

fn cases() -> Vec<Case> {
    let text = include_str!("../conformance/policies.json");
    let table: Table = serde_json::from_str(text).expect("the file is JSON");
    table.accepted
}

#[test]
fn each_accepted_policy_is_the_attribute_of_a_handler() {
    let expected = source(&cases());
    if env::var_os("CORS_REGENERATE").is_some() {
        fs::write(FILE, &expected).expect("the file can be written");
    }
    let found = fs::read_to_string(FILE).expect("the file is there");
    assert!(
        found == expected,
        "tests/it/policies/handlers.rs does not have the policies of the table: run with CORS_REGENERATE=1"
    );
}

#[actix_web::test]
async fn each_accepted_policy_answers_an_origin_that_it_allows() {
    let app = init_service(App::new().configure(handlers::configure)).await;
    let cases = cases();
    assert!(!cases.is_empty());
    for Case { id, policy } in cases {
        let origin = allowed_origin(&policy.origins[0]);
        let preflight = TestRequest::with_uri(&format!("/{id}"))
            .method(Method::OPTIONS)
            .insert_header((header::ORIGIN, origin.clone()))
            .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "GET"));
        let response = call_service(&app, preflight.to_request()).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT, "{id}");
        let allowed = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!(
            allowed.map(header::HeaderValue::as_bytes),
            Some(origin.as_bytes()),
            "{id}"
        );
    }
}

/// An origin that the pattern allows.
fn allowed_origin(pattern: &str) -> String {
    // `a.` is as long as `*.`, so that the longest host stays valid.
    pattern.replace("://*.", "://a.").replace(":*", ":8080")
}

fn source(cases: &[Case]) -> String {
    let mut source = String::from(
        "//! Written by `policies.rs` from the accepted policies of the table.\n\n\
         use actix_web::{route, web};\n\
         use cors_runtime::cors;\n\n\
         pub(crate) fn configure(app: &mut web::ServiceConfig) {\n    app",
    );
    let name = |id: &str| id.replace('-', "_");
    for case in cases {
        let _ = write!(source, "\n        .service({})", name(&case.id));
    }
    source.push_str(";\n}\n");
    for Case { id, policy } in cases {
        let methods = if policy.methods.is_empty() {
            "method = \"GET\"".to_owned()
        } else {
            let methods: Vec<_> = policy
                .methods
                .iter()
                .map(|method| format!("method = {method:?}"))
                .collect();
            methods.join(", ")
        };
        let _ = write!(
            source,
            "\n#[cors({})]\n#[route(\"/{id}\", {methods})]\nasync fn {}() -> &'static str {{\n    {id:?}\n}}\n",
            attribute(policy),
            name(id),
        );
    }
    source
}

fn attribute(policy: &Policy) -> String {
    let mut keys = vec![format!("origins = {:?}", policy.origins)];
    for (key, names) in [
        ("methods", &policy.methods),
        ("headers", &policy.headers),
        ("expose_headers", &policy.expose),
    ] {
        if !names.is_empty() {
            keys.push(format!("{key} = {names:?}"));
        }
    }
    if policy.credentials {
        keys.push("credentials".to_owned());
    }
    if let Some(seconds) = policy.max_age {
        keys.push(format!("max_age = {seconds}"));
    }
    keys.join(", ")
}
