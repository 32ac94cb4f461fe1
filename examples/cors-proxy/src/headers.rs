//! Chooses the headers that pass.

use actix_web::http::header as page;
use reqwest::header as upstream;

/// Headers of one connection (RFC 9110 §7.6.1), as are those that `Connection` names.
const HOP_BY_HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-*",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Headers of a request that are for the proxy, or that tell the origin of the request.
const OF_REQUESTS: &[&str] = &[
    "access-control-*",
    "authorization",
    "cookie",
    "expect",
    "forwarded",
    "host",
    "origin",
    "sec-*",
    "x-forwarded-*",
    "x-real-ip",
];

/// Headers of a response that would hold for the proxy's whole origin, and the length, which is set anew.
const OF_RESPONSES: &[&str] = &[
    "alt-svc",
    "clear-site-data",
    "content-length",
    "nel",
    "report-to",
    "set-cookie",
    "set-cookie2",
    "strict-transport-security",
];

/// <https://www.rfc-editor.org/rfc/rfc9110#section-7.6.3>
const VIA: upstream::HeaderValue = upstream::HeaderValue::from_static("1.1 cors-proxy");

/// The headers of a request that the upstream gets. `allowed` are headers of [`OF_REQUESTS`] that this upstream gets as well.
pub(crate) fn for_upstream(headers: &page::HeaderMap, allowed: &[&str]) -> upstream::HeaderMap {
    let lines = headers.iter();
    let lines = lines.map(|(name, value)| (name.as_str(), value.as_bytes()));
    let mut passed = upstream::HeaderMap::new();
    for (name, value) in end_to_end(lines.collect()) {
        let is_passed = allowed.contains(&name) || !is_among(OF_REQUESTS, name);
        let name = upstream::HeaderName::from_bytes(name.as_bytes());
        let value = upstream::HeaderValue::from_bytes(value);
        if let (Ok(name), Ok(value), true) = (name, value, is_passed) {
            passed.append(name, value);
        }
    }
    passed.append(upstream::VIA, VIA);
    passed
}

/// The headers of a response that the page gets. The layer replaces those of CORS.
pub(crate) fn for_page(headers: &upstream::HeaderMap) -> Vec<(&str, &[u8])> {
    let lines = headers.iter();
    let lines = lines.map(|(name, value)| (name.as_str(), value.as_bytes()));
    let mut passed = end_to_end(lines.collect());
    passed.retain(|(name, _)| !is_among(OF_RESPONSES, name));
    passed
}

fn end_to_end<'a>(lines: Vec<(&'a str, &'a [u8])>) -> Vec<(&'a str, &'a [u8])> {
    let connection = lines.iter().filter(|(name, _)| *name == "connection");
    let named: Vec<&[u8]> = connection
        .flat_map(|(_, value)| value.split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .collect();
    let is_named = |name: &str| {
        let mut named = named.iter();
        named.any(|named| named.eq_ignore_ascii_case(name.as_bytes()))
    };
    let end_to_end = |(name, _): &(&str, _)| !is_among(HOP_BY_HOP, name) && !is_named(name);
    lines.into_iter().filter(end_to_end).collect()
}

fn is_among(names: &[&str], name: &str) -> bool {
    names.iter().any(|listed| match listed.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == *listed,
    })
}
