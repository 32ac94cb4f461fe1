//! The section that the attribute adds to the handler's documentation.

use cors_policy::{ExposedHeaders, OriginElement, Origins, Policy, RequestHeaders};

use crate::expand::answers_for;
use crate::route::Mount;

/// The lines of the section: who may call the handler from a browser, and how.
pub(crate) fn section(policy: &Policy<'_>, mounts: &[Mount]) -> Vec<String> {
    let mut lines = vec![String::new(), " # CORS".to_owned(), String::new()];
    let mut entry = |what: &str, value: &str| lines.push(format!(" - {what}: {value}"));
    entry(
        "origins",
        &match &policy.origins {
            Origins::Inherited { .. } | Origins::Anyone => "any".to_owned(),
            Origins::Listed { elements, .. } => {
                code(elements.iter().map(|element| match element {
                    OriginElement::Pattern { pattern, .. } => pattern.to_string(),
                    OriginElement::Path { .. } => todo!(),
                }))
            }
        },
    );
    let methods = mounts
        .iter()
        .flat_map(|mount| &mount.methods)
        .filter(|method| answers_for(policy, method));
    entry("methods", &code(methods));
    match &policy.headers {
        None => {}
        Some(RequestHeaders::Listed(names)) => entry("request headers", &code(names)),
        Some(RequestHeaders::Any) => entry("request headers", "any but `authorization`"),
        Some(RequestHeaders::AnyAndAuthorization) => entry("request headers", "any"),
    }
    match &policy.expose_headers {
        None => {}
        Some(ExposedHeaders::Listed(names)) => entry("exposed headers", &code(names)),
        Some(ExposedHeaders::Any) => entry("exposed headers", "any"),
    }
    entry(
        "credentials",
        if policy.credentials() { "yes" } else { "no" },
    );
    if let Some(seconds) = policy.max_age {
        entry("max age", &format!("{seconds} s"));
    }
    lines
}

fn code(values: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    values
        .into_iter()
        .map(|value| format!("`{value}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
