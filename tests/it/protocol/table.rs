//! The rows of the table, and the standard's algorithms by which a browser judges a response.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::support::Response;

/// One row.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    pub id: String,
    pub policy: Policy,
    pub request: Request,
    pub handler: Option<Handler>,
    pub client_credentials: String,
    pub expect: Expect,
    #[serde(flatten)]
    _notes: BTreeMap<String, Value>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub origins: Vec<String>,
    pub methods: Vec<String>,
    pub headers: Vec<String>,
    pub expose: Vec<String>,
    pub credentials: bool,
    pub max_age: Option<u32>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub method: String,
    pub headers: Vec<(String, String)>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handler {
    pub status: u16,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    pub via: Option<String>,
}

impl Default for Handler {
    fn default() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            via: None,
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    pub is_preflight: bool,
    pub allowed: Option<bool>,
    pub acao: Option<String>,
    #[serde(default)]
    pub acao_alt: Vec<String>,
    pub acac: Option<String>,
    #[serde(default)]
    pub acac_alt: Vec<String>,
    #[serde(default)]
    pub vary_includes: Vec<String>,
    pub vary_unless_acao: Option<String>,
    #[serde(default)]
    pub methods_includes: Vec<String>,
    #[serde(default)]
    pub headers_includes: Vec<String>,
    #[serde(default)]
    pub expose_includes: Vec<String>,
    pub max_age: Option<String>,
    pub handler_called: Option<bool>,
    pub status: Option<Value>,
    pub fails_because: Option<String>,
}

pub fn read() -> Vec<Case> {
    serde_json::from_str(include_str!("../../conformance/requests.json"))
        .expect("the table is as declared here")
}

pub fn is_preflight(request: &Request) -> bool {
    request.method == "OPTIONS"
        && header(request, "origin").is_some()
        && header(request, "access-control-request-method").is_some()
}

/// Whether script may read the response. `Err` has the check that failed.
pub fn verdict(case: &Case, response: &Response) -> Result<(), &'static str> {
    cors_check(case, response)?;
    if !is_preflight(&case.request) {
        return Ok(());
    }
    if !(200..300).contains(&response.status) {
        return Err("status");
    }
    let credentials = case.client_credentials == "include";
    let star = |list: &[String]| !credentials && list.iter().any(|element| element == "*");
    let methods: Vec<String> = response
        .all("access-control-allow-methods")
        .iter()
        .flat_map(|line| line.split(','))
        .map(|method| method.trim().to_owned())
        .collect();
    let method = header(&case.request, "access-control-request-method").unwrap_or_default();
    if !["GET", "HEAD", "POST"].contains(&method)
        && !methods.iter().any(|m| m == method)
        && !star(&methods)
    {
        return Err("method");
    }
    let allowed = response.list("access-control-allow-headers");
    let asked = case
        .request
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("access-control-request-headers"))
        .flat_map(|(_, line)| line.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty());
    for name in asked {
        if !allowed.contains(&name) && (name == "authorization" || !star(&allowed)) {
            return Err("header");
        }
    }
    Ok(())
}

/// <https://fetch.spec.whatwg.org/#cors-check>
fn cors_check(case: &Case, response: &Response) -> Result<(), &'static str> {
    let origins = response.all("access-control-allow-origin");
    let [origin] = origins[..] else {
        return Err("origin");
    };
    let credentials = case.client_credentials == "include";
    if origin == "*" {
        return if credentials {
            Err("credentials")
        } else {
            Ok(())
        };
    }
    if header(&case.request, "origin") != Some(origin) {
        return Err("origin");
    }
    if credentials && response.all("access-control-allow-credentials") != ["true"] {
        return Err("credentials");
    }
    Ok(())
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request
        .headers
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}
