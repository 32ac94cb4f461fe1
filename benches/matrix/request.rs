//! The requests of the matrix.

use std::iter;

/// The origin that every policy allows, as its last.
pub const ORIGIN: &str = "https://app.example.com";
pub const STRANGER: &str = "https://stranger.example";

/// A number of origins, of which [`ORIGIN`] is the last.
pub fn origins(count: usize) -> impl Iterator<Item = String> {
    (1..count)
        .map(|number| format!("https://tenant{number:05}.example"))
        .chain(iter::once(ORIGIN.to_owned()))
}

const HOSTILE: usize = 64 * 1024;

/// A request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    Allowed,
    Refused,
    NoOrigin,
    Preflight,
    PreflightRefused,
    /// A preflight whose request headers are nothing but commas.
    Commas,
    /// A preflight whose request headers have a line each.
    Lines,
    /// A preflight whose request headers are spaces with names between.
    Blanks,
}

impl Ask {
    pub const fn is_preflight(self) -> bool {
        !matches!(self, Self::Allowed | Self::Refused | Self::NoOrigin)
    }

    pub const fn is_allowed(self) -> bool {
        !matches!(
            self,
            Self::Refused | Self::NoOrigin | Self::PreflightRefused
        )
    }

    /// Whether the request headers are hostile: the answers of the subjects differ.
    pub const fn is_hostile(self) -> bool {
        matches!(self, Self::Commas | Self::Lines | Self::Blanks)
    }

    pub const fn method(self) -> &'static str {
        if self.is_preflight() {
            "OPTIONS"
        } else {
            "PUT"
        }
    }

    /// The header lines of the request.
    pub fn headers(self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        match self {
            Self::NoOrigin => {}
            Self::Refused | Self::PreflightRefused => headers.push(("origin", STRANGER.to_owned())),
            _ => headers.push(("origin", ORIGIN.to_owned())),
        }
        if self.is_preflight() {
            headers.push(("access-control-request-method", "PUT".to_owned()));
        }
        let asked: Vec<String> = match self {
            Self::Allowed | Self::Refused | Self::NoOrigin => Vec::new(),
            Self::Preflight | Self::PreflightRefused => {
                vec!["authorization,content-type".to_owned()]
            }
            Self::Commas => vec![",".repeat(HOSTILE)],
            Self::Lines => iter::repeat_n("content-type".to_owned(), HOSTILE / 48).collect(),
            Self::Blanks => vec![format!("content-type,{}x-y", " ".repeat(HOSTILE))],
        };
        let asked = asked
            .into_iter()
            .map(|value| ("access-control-request-headers", value));
        headers.extend(asked);
        headers
    }
}
