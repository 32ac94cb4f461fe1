//! What passes between the browser and the server, and what the browser makes of it.

use actix_web::http::header::{HeaderMap, HeaderName, LOCATION, VARY};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;

use super::check::Finding;
use super::text::shown;

/// A request as the browser sends it: a preflight, or what script asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// The headers, without those that belong to the connection.
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
    /// The body; may be left empty where nobody asks for what script reads.
    pub body: Bytes,
}

/// A request, its response, and the checks that were made on it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// Why the page has to ask first, if this is the preflight; empty if it is the request itself.
    pub reasons_for_preflight: Vec<String>,
    /// What the browser sent.
    pub request: Request,
    /// What the server said.
    pub response: Response,
    /// Each check in the order of the standard. The browser stops at the first that fails; the others say what else is
    /// missing. A request to the page's own origin has none.
    pub findings: Vec<Finding>,
}

/// All that came of one fetch.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Trace {
    /// The headers that script tried to set and browsers do not let it.
    pub ignored: Vec<String>,
    /// What was sent, in order: at most a preflight and the request itself.
    pub exchanges: Vec<Exchange>,
}

impl Exchange {
    /// Whether the request is the preflight.
    #[must_use]
    pub fn is_preflight(&self) -> bool {
        !self.reasons_for_preflight.is_empty()
    }

    /// The page's half, in lines to print: method and URL, and the headers that say something of CORS.
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

    /// The server's half, in lines to print: the status, the headers that say something of CORS, and where it refuses a
    /// preflight the first line of its reason. What a terminal could take for a command is escaped, and long values are
    /// cut.
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
        // A server that refuses may say why.
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

    /// The request that script asked for, if it was sent: after a preflight that failed, it was not.
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
