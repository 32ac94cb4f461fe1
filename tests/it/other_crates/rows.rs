//! Rows of a table: a request, and the response that it must get.

use std::fmt;
use std::net::SocketAddr;

use crate::support::{Response, send_raw};

pub const APP: &str = "https://app.example.com";
pub const ADMIN: &str = "https://admin.example.com";
pub const OTHER: &str = "https://other.example.com";
pub const EVIL: &str = "https://evil.example";

/// The page that may read a response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Says {
    /// A policy allows a page on this origin.
    For(&'static str),
    /// A policy refuses the page.
    Denied,
    /// The response has no policy.
    Nothing,
}

/// A request, the status of its response, and the page that may read it.
pub type Row = (Ask, u16, Says);

/// A request.
#[derive(Clone)]
pub struct Ask {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

pub fn ask(method: &'static str, path: impl Into<String>) -> Ask {
    Ask {
        method,
        path: path.into(),
        headers: Vec::new(),
        body: String::new(),
    }
}

pub fn get(path: impl Into<String>) -> Ask {
    ask("GET", path)
}

/// The preflight for a method.
pub fn preflight(method: &str, path: impl Into<String>) -> Ask {
    ask("OPTIONS", path).with("access-control-request-method", method)
}

impl Ask {
    pub fn from(self, origin: &str) -> Self {
        self.with("origin", origin)
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub fn json(self, body: impl Into<String>) -> Self {
        self.body("application/json", body)
    }

    pub fn body(mut self, of_type: &str, body: impl Into<String>) -> Self {
        self.body = body.into();
        self.with("content-type", of_type)
    }

    pub fn send(&self, server: SocketAddr) -> Response {
        let Self {
            method, path, body, ..
        } = self;
        let length = if body.is_empty() && !matches!(*method, "POST" | "PUT") {
            String::new()
        } else {
            format!("content-length: {}\r\n", body.len())
        };
        let lines: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let lines = lines.concat();
        send_raw(
            server,
            format!("{method} {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n{length}{lines}\r\n{body}").as_bytes(),
        )
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (name, value) in &self.headers {
            write!(f, ", {name}: {value}")?;
        }
        Ok(())
    }
}

/// Sends each row's request, and fails with a list of the rows that got another response.
#[track_caller]
pub fn check(server: SocketAddr, rows: &[Row]) {
    let wrong: Vec<_> = rows
        .iter()
        .filter_map(|(ask, status, says)| {
            let response = ask.send(server);
            let wrong = mistakes(&response, *status, *says);
            (!wrong.is_empty()).then(|| format!("{ask}: {}\n    {response:?}", wrong.join("; ")))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The differences of a response from its row.
pub fn mistakes(response: &Response, status: u16, says: Says) -> Vec<String> {
    let mut wrong = Vec::new();
    if response.status != status {
        wrong.push(format!("{} and not {status}", response.status));
    }
    let allowed = response.all("access-control-allow-origin");
    let vary = response.list("vary");
    let by_origin = vary.iter().any(|name| name == "origin");
    let expected: &[&str] = match &says {
        Says::For(origin) => &[*origin],
        Says::Denied | Says::Nothing => &[],
    };
    if allowed != expected {
        wrong.push(format!("allows {allowed:?} and not {expected:?}"));
    }
    if expected.is_empty() && !response.cors_headers().is_empty() {
        wrong.push(format!("says {:?}", response.cors_headers()));
    }
    if by_origin != (says != Says::Nothing) {
        wrong.push(format!("varies by {vary:?}"));
    }
    let mut names = vary.clone();
    names.sort();
    names.dedup();
    if names.len() != vary.len() {
        wrong.push(format!("repeats itself in {vary:?}"));
    }
    wrong
}
