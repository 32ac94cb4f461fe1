//! One row of a table of requests: a request that script makes, and what script should see of the response.

use std::fmt;

use serde_json::{Value, json};

use crate::programs::chromium::Seen;
use Sees::{Blocked, Reads};

/// A request that script makes to the API.
pub(crate) struct Ask {
    method: &'static str,
    pub(crate) path: &'static str,
    cookies: bool,
    name: Option<&'static str>,
    header: Option<&'static str>,
}

/// What script should see of the response.
#[derive(Clone, Copy)]
pub(crate) enum Sees {
    /// The status and the body.
    Reads(u64, &'static str),
    /// Nothing, for this reason of Chromium's: see [`Seen::Nothing`].
    Blocked(&'static str),
}

pub(crate) const fn ask(method: &'static str, path: &'static str) -> Ask {
    Ask {
        method,
        path,
        cookies: false,
        name: None,
        header: None,
    }
}

pub(crate) const fn get(path: &'static str) -> Ask {
    ask("GET", path)
}

pub(crate) const fn post(path: &'static str) -> Ask {
    ask("POST", path)
}

/// Gives the item a name, in JSON.
pub(crate) const fn put(path: &'static str, name: &'static str) -> Ask {
    Ask {
        name: Some(name),
        ..ask("PUT", path)
    }
}

pub(crate) const fn delete(path: &'static str) -> Ask {
    ask("DELETE", path)
}

impl Ask {
    pub(crate) const fn with_cookies(self) -> Self {
        Self {
            cookies: true,
            ..self
        }
    }

    pub(crate) const fn with(self, name: &'static str) -> Self {
        Self {
            header: Some(name),
            ..self
        }
    }

    /// The request as the second argument of script's `fetch`.
    pub(crate) fn init(&self) -> Value {
        let mut init = json!({
            "method": self.method,
            "credentials": if self.cookies { "include" } else { "omit" },
            "headers": {},
        });
        if let Some(name) = self.name {
            init["body"] = json!({ "name": name }).to_string().into();
            init["headers"]["content-type"] = "application/json".into();
        }
        if let Some(name) = self.header {
            init["headers"][name] = "1".into();
        }
        init
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if self.cookies {
            f.write_str(" with cookies")?;
        }
        if let Some(name) = self.header {
            write!(f, " with {name}")?;
        }
        Ok(())
    }
}

impl Sees {
    pub(crate) fn is(self, seen: &Seen) -> bool {
        match (self, seen) {
            (
                Reads(status, body),
                Seen::Response {
                    status: seen,
                    body: read,
                    ..
                },
            ) => status == *seen && body == read,
            (Blocked(reason), Seen::Nothing { reason: seen }) => {
                seen.as_ref().is_none_or(|seen| reason == seen)
            }
            _ => false,
        }
    }
}
