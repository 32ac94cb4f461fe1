//! The requests and responses between the browser and the server, with the checks of the browser.

use actix_web::http::header::{HeaderMap, HeaderName, LOCATION, VARY};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;

use super::check::Finding;
use super::text::shown;

/// A request as the browser sends it: a preflight, or the request of script.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// The headers, without those of the connection.
    pub headers: HeaderMap,
    /// The body; `None` where there is none.
    pub body: Option<Bytes>,
}

/// A response as the server sends it.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body. It may be left empty if you do not use [`Outcome::text`](super::Outcome::text).
    pub body: Bytes,
}

/// A request, its response, and the checks that were made on it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// The reasons for the preflight; empty if this is the request itself.
    pub reasons_for_preflight: Vec<String>,
    /// The request of the browser.
    pub request: Request,
    /// The response of the server.
    pub response: Response,
    /// The checks in the order of the standard. A browser stops at the first that fails; the others say what else is missing. A
    /// request to the page's own origin has none.
    pub findings: Vec<Finding>,
}

/// The requests and responses of one fetch.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Trace {
    /// The headers that script tried to set, but that browsers do not let it set.
    pub ignored: Vec<String>,
    /// The exchanges in order: at most a preflight and the request itself.
    pub exchanges: Vec<Exchange>,
}

impl Exchange {
    /// Whether the request is the preflight.
    #[must_use]
    pub fn is_preflight(&self) -> bool {
        !self.reasons_for_preflight.is_empty()
    }

    /// The request in lines to print: method and URL, and the headers that matter to CORS.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        let Request {
            method,
            url,
            headers,
            ..
        } = &self.request;
        let relevant = |name: &str| {
            matches!(name, "origin" | "cookie") || name.starts_with("access-control-request-")
        };
        let mut lines = vec![format!("{method} {url}")];
        lines.extend(header_lines(headers, relevant));
        lines
    }

    /// The response in lines to print: the status, the headers that matter to CORS, and the first line of the body of a refused
    /// preflight. Control characters are escaped, and long values are cut.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        let Response {
            status,
            headers,
            body,
        } = &self.response;
        let relevant = |name: &str| {
            name == VARY.as_str()
                || name == LOCATION.as_str() && status.is_redirection()
                || name.starts_with("access-control-")
        };
        let mut lines = vec![status.to_string()];
        lines.extend(header_lines(headers, relevant));
        if !lines.iter().any(|line| line.starts_with("access-control-")) {
            lines.push("no Access-Control-* header".to_owned());
        }
        // The body of a refusal may have the reason.
        let reason = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if self.is_preflight() && !status.is_success() && !reason.is_empty() {
            lines.push(format!("body: {}", shown(reason)));
        }
        lines
    }
}

impl Trace {
    /// The preflight, if one was sent.
    #[must_use]
    pub fn preflight(&self) -> Option<&Exchange> {
        self.exchanges
            .iter()
            .find(|exchange| exchange.is_preflight())
    }

    /// The request of script, if it was sent: after a failed preflight, it was not.
    #[must_use]
    pub fn request(&self) -> Option<&Exchange> {
        self.exchanges
            .iter()
            .find(|exchange| !exchange.is_preflight())
    }
}

fn header_lines(headers: &HeaderMap, relevant: impl Fn(&str) -> bool) -> Vec<String> {
    let mut names: Vec<&HeaderName> = headers
        .keys()
        .filter(|name| relevant(name.as_str()))
        .collect();
    names.sort_by_key(|name| (name.as_str() != "origin", name.as_str()));
    names.dedup();
    let lines = |name| headers.get_all(name).map(move |value| (name, value));
    names
        .into_iter()
        .flat_map(lines)
        .map(|(name, value)| format!("{name}: {}", shown(value.as_bytes())))
        .collect()
}
