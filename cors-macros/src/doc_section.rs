//! The section that the attribute adds to the handler's documentation.

use cors_rules::{ExposedHeaders, Origins, Policy, RequestHeaders};

use crate::args::Args;
use crate::route::Mount;
use crate::table::answers_for;
use crate::value::{OriginValue, without_spaces};

/// The lines of the section for a policy. A named policy has no `mounts`.
pub(crate) fn section(args: &Args, policy: &Policy<'_>, mounts: &[Mount]) -> Vec<String> {
    let mut lines = vec![String::new(), " # CORS".to_owned(), String::new()];
    let mut entry = |what: &str, value: &str| lines.push(format!(" - {what}: {value}"));
    if let Some(base) = args.policy() {
        let base = without_spaces(base);
        // Not a link: the policy may be private, and rustdoc warns about a link from public to private documentation.
        entry("policy", &format!("`{base}`, except for the entries below"));
    }
    match &policy.origins {
        Origins::Inherited { .. } => {}
        Origins::Anyone => entry("origins", "any"),
        Origins::Listed { .. } => {
            let written = args.origins.iter().flat_map(|list| &list.elements);
            entry("origins", &code(written.map(origin)));
        }
    }
    let methods: Vec<_> = mounts
        .iter()
        .flat_map(|mount| &mount.methods)
        .filter(|method| answers_for(policy, method))
        .collect();
    if !methods.is_empty() {
        // The attribute does not see the methods of the named policy.
        let restriction = match (args.policy(), &policy.methods) {
            (Some(_), None) => ", except those that the policy leaves out",
            _ => "",
        };
        entry("methods", &format!("{}{restriction}", code(methods)));
    }
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
    if policy.credentials() {
        entry("credentials", "yes");
    } else if args.policy.is_none() {
        entry("credentials", "no");
    }
    if let Some(seconds) = policy.max_age {
        entry("max age", &format!("{seconds} s"));
    }
    if policy.enforce {
        entry("enforced", "other origins get 403");
    }
    lines
}

/// The section of a handler with `#[cors(off)]`.
pub(crate) fn closed() -> [&'static str; 4] {
    ["", " # CORS", "", " - off"]
}

fn origin(value: &OriginValue) -> String {
    match value {
        OriginValue::Text(text) => text.value(),
        OriginValue::Dev(text) => format!("{} (debug builds)", text.value()),
        OriginValue::Path(path) => without_spaces(path),
    }
}

fn code(values: impl IntoIterator<Item = impl std::fmt::Display>) -> String {
    let values = values.into_iter().map(|value| format!("`{value}`"));
    values.collect::<Vec<_>>().join(", ")
}
