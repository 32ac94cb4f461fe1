//! The result of a fetch, before it is written as text.

use cors_runtime::test::{Outcome, Trace};

pub(crate) struct Report {
    pub(crate) trace: Trace,
    /// The body of each response in the trace.
    pub(crate) bodies: Vec<Body>,
    pub(crate) verdict: Verdict,
}

/// The part of a body that was read. No check needs all of it.
#[derive(Clone, Copy)]
pub(crate) struct Body {
    pub(crate) bytes: usize,
    pub(crate) ended: bool,
}

pub(crate) enum Verdict {
    Readable {
        status: u16,
        /// The names of the headers that script may read, sorted.
        headers: Vec<String>,
    },
    Blocked {
        check: String,
        reason: String,
        needed: Vec<String>,
    },
    /// The server could not be reached, or gave no valid answer.
    Failed(String),
}

impl From<Outcome> for Verdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Readable {
                status, headers, ..
            } => {
                let mut headers: Vec<String> = headers.keys().map(ToString::to_string).collect();
                headers.sort_unstable();
                headers.dedup();
                Self::Readable {
                    status: status.as_u16(),
                    headers,
                }
            }
            Outcome::Blocked {
                check,
                reason,
                needed,
                ..
            } => Self::Blocked {
                check: check.to_string(),
                reason,
                needed,
            },
            // `play` follows redirects.
            Outcome::Redirect { location, .. } => Self::redirected(location),
        }
    }
}

impl Verdict {
    /// The browser gives up at a redirect, for this reason.
    pub(crate) fn redirected(reason: String) -> Self {
        Self::Blocked {
            check: "redirect".to_owned(),
            reason,
            needed: Vec::new(),
        }
    }
}
