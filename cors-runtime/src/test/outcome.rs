//! The outcome of a fetch.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::web::Bytes;

use super::check::Check;
use super::exchange::{Exchange, Trace};
use super::list::get;
use super::text::{block, shown};

/// The outcome of a `fetch` for script: the response, or the reason why script gets none.
///
/// `Display` prints the failed check with the request of the page and the response of the server.
///
/// ```
/// use actix_web::{App, Responder, get, test};
/// use cors_runtime::cors;
/// use cors_runtime::test::{Check, Fetch, Outcome, Page};
///
/// #[cors(origins = ["https://app.example.com"])]
/// #[get("/news")]
/// async fn news() -> impl Responder {
///     "Nothing new."
/// }
///
/// # #[actix_web::main]
/// # async fn main() {
/// let app = test::init_service(App::new().service(news)).await;
/// let outcome = Page::at("https://app.example.com").fetch(&app, Fetch::get("/news")).await;
/// assert_eq!(outcome.text().as_deref(), Some("Nothing new."));
///
/// let outcome = Page::at("https://evil.example").fetch(&app, Fetch::get("/news")).await;
/// assert_eq!(outcome.blocked_by(), Some(Check::Origin));
/// assert_eq!(outcome.status(), None, "script learns nothing of the response");
/// assert_eq!(outcome.header("content-type"), None);
///
/// match outcome {
///     Outcome::Readable { status, headers, body, .. } => println!("{status} {headers:?} {body:?}"),
///     Outcome::Blocked { check, reason, needed, trace, .. } => {
///         assert_eq!((check, trace.exchanges.len()), (Check::Origin, 1));
///         assert_eq!(reason, "the response has no Access-Control-Allow-Origin");
///         assert_eq!(needed, ["Access-Control-Allow-Origin: https://evil.example"]);
///     }
///     Outcome::Redirect { status, location, .. } => println!("{status} to {location}"),
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Script reads the response.
    #[non_exhaustive]
    Readable {
        /// The status.
        status: StatusCode,
        /// The headers that script may read.
        headers: HeaderMap,
        /// The body.
        body: Bytes,
        /// The requests, responses and checks.
        trace: Trace,
    },
    /// Script's `fetch` rejects, and script learns nothing else.
    #[non_exhaustive]
    Blocked {
        /// The check that failed.
        check: Check,
        /// The reason, in words.
        reason: String,
        /// The headers that the server would have to send in this response to pass all checks; empty if the server cannot help.
        needed: Vec<String>,
        /// The requests, responses and checks.
        trace: Trace,
    },
    /// The server redirects, and the redirect passes the checks. A browser would follow it and check again. A page of this
    /// module does not. Script that asked for `redirect: "manual"` gets an opaque response.
    #[non_exhaustive]
    Redirect {
        /// The status.
        status: StatusCode,
        /// The target.
        location: String,
        /// The requests, responses and checks.
        trace: Trace,
    },
}

impl Outcome {
    /// Whether script reads the response.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        matches!(self, Self::Readable { .. })
    }

    /// The check that failed, if one did.
    #[must_use]
    pub fn blocked_by(&self) -> Option<Check> {
        match self {
            Self::Blocked { check, .. } => Some(*check),
            Self::Readable { .. } | Self::Redirect { .. } => None,
        }
    }

    /// The status that script sees.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Readable { status, .. } => Some(*status),
            Self::Blocked { .. } | Self::Redirect { .. } => None,
        }
    }

    /// The result of `response.headers.get(name)` in script: several values are joined by `, `.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let Self::Readable { headers, .. } = self else {
            return None;
        };
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        // https://webidl.spec.whatwg.org/#idl-ByteString
        Some(get(headers, &name)?.into_iter().map(char::from).collect())
    }

    /// The body that script reads, as text.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Readable { body, .. } => Some(String::from_utf8_lossy(body).into_owned()),
            Self::Blocked { .. } | Self::Redirect { .. } => None,
        }
    }

    /// The requests, responses and checks.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        match self {
            Self::Readable { trace, .. }
            | Self::Blocked { trace, .. }
            | Self::Redirect { trace, .. } => trace,
        }
    }

    pub(super) fn refused(check: Check, reason: String, trace: Trace) -> Self {
        Self::Blocked {
            check,
            reason,
            needed: Vec::new(),
            trace,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Readable {
                status, headers, ..
            } => {
                write!(f, "readable: {status}")?;
                let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
                names.sort_unstable();
                names.dedup();
                block(f, "headers", (!names.is_empty()).then(|| names.join(", ")))?;
            }
            Self::Blocked {
                check,
                reason,
                needed,
                trace,
            } => {
                write!(f, "blocked ({check}): {reason}")?;
                if let Some(failed) = trace.exchanges.last() {
                    print_exchange(f, failed)?;
                    let others = failed.findings.iter().filter(|finding| !finding.passed);
                    let others = others.skip(1).map(|finding| finding.says.clone());
                    block(f, "moreover", others)?;
                    block(f, "it needs", needed.iter().cloned())?;
                    if failed.is_preflight() {
                        let not_sent = "the request itself was not sent: no handler ran for it";
                        block(f, "so", [not_sent.to_owned()])?;
                    }
                }
            }
            Self::Redirect {
                status,
                location,
                trace,
            } => {
                write!(f, "redirect: {status} to {}", shown(location))?;
                if let Some(last) = trace.exchanges.last() {
                    print_exchange(f, last)?;
                }
                let not_followed = "a browser follows and checks again; this page does not";
                block(f, "so", [not_followed.to_owned()])?;
            }
        }
        if !self.trace().ignored.is_empty() {
            let names = self.trace().ignored.join(", ");
            block(
                f,
                "left out",
                [format!("{names}: browsers do not let script set this")],
            )?;
        }
        Ok(())
    }
}

fn print_exchange(f: &mut fmt::Formatter<'_>, exchange: &Exchange) -> fmt::Result {
    block(f, "page asked", exchange.asked())?;
    block(f, "server said", exchange.said())
}
