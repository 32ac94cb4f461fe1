//! Writes `handlers.rs`: an annotated handler for each policy of the table. An attribute holds literals, so they are generated source.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::{env, fs};

use super::table::{Case, Policy};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/protocol/handlers.rs");

/// The methods that need no permission of a policy.
const SAFELISTED: [&str; 3] = ["GET", "HEAD", "POST"];

/// Each policy of the table, with the path of its handler.
pub fn paths(cases: &[Case]) -> Vec<(Policy, String)> {
    let policies: BTreeSet<_> = cases.iter().map(|case| case.policy.clone()).collect();
    policies
        .into_iter()
        .enumerate()
        .map(|(number, policy)| (policy, format!("/policy/{number}")))
        .collect()
}

/// Fails if the file differs from the table. `CORS_REGENERATE=1` writes it.
pub fn compare_or_write(cases: &[Case]) {
    let expected = write(cases);
    if env::var_os("CORS_REGENERATE").is_some() {
        fs::write(FILE, &expected).expect("the file can be written");
    }
    let found = fs::read_to_string(FILE).expect("the file is there");
    assert!(
        found == expected,
        "tests/it/protocol/handlers.rs does not have the policies of the table: run with CORS_REGENERATE=1"
    );
}

fn write(cases: &[Case]) -> String {
    let methods: BTreeSet<&str> = cases
        .iter()
        .flat_map(|case| {
            let asked = case
                .request
                .headers
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case("access-control-request-method"))
                .map(|(_, method)| method.as_str());
            asked
                .chain([case.request.method.as_str()])
                .chain(case.policy.methods.iter().map(String::as_str))
        })
        .chain(SAFELISTED)
        .filter(|method| method.bytes().all(|byte| byte.is_ascii_uppercase()))
        .collect();
    let route: String = methods.iter().fold(String::new(), |mut route, method| {
        let _ = write!(route, ", method = \"{method}\"");
        route
    });

    let mut source = String::from(
        "//! Written by `source.rs` from the policies of the table.\n\n\
         use actix_web::middleware::from_fn;\n\
         use actix_web::{HttpRequest, Responder, route, web};\n\
         use cors_runtime::cors;\n\n\
         use super::{answer, fail_inside};\n\n\
         pub(crate) fn configure(app: &mut web::ServiceConfig) {\n    app",
    );
    let paths = paths(cases);
    for number in 0..paths.len() {
        let _ = write!(source, ".service(policy_{number})");
    }
    source.push_str(";\n}\n");
    for (number, (policy, path)) in paths.iter().enumerate() {
        let _ = write!(
            source,
            "\n#[cors({})]\n#[route(\"{path}\"{route}, wrap = \"from_fn(fail_inside)\")]\n\
             async fn policy_{number}(request: HttpRequest) -> impl Responder {{\n    answer(request).await\n}}\n",
            attribute(policy),
        );
    }
    source
}

fn attribute(policy: &Policy) -> String {
    let list = |values: &[String]| {
        let quoted: Vec<_> = values.iter().map(|value| format!("{value:?}")).collect();
        format!("[{}]", quoted.join(", "))
    };
    let mut keys = vec![format!("origins = {}", list(&policy.origins))];
    // `"*"` stands for every method of the route, which is the default. The table does not list safelisted methods.
    if policy.methods != ["*"] {
        let mut methods: Vec<String> = SAFELISTED.map(str::to_owned).to_vec();
        methods.extend(
            policy
                .methods
                .iter()
                .filter(|method| !SAFELISTED.contains(&method.as_str()))
                .cloned(),
        );
        keys.push(format!("methods = {}", list(&methods)));
    }
    if !policy.headers.is_empty() {
        keys.push(format!("headers = {}", list(&policy.headers)));
    }
    if !policy.expose.is_empty() {
        keys.push(format!("expose_headers = {}", list(&policy.expose)));
    }
    if policy.credentials {
        keys.push("credentials".to_owned());
    }
    if let Some(seconds) = policy.max_age {
        keys.push(format!("max_age = {seconds}"));
    }
    keys.join(", ")
}
