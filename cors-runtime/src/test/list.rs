//! Reads the headers of a response as the standard does.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use cors_rules::header::is_token;

/// The elements of a header that is a list of tokens.
pub(super) enum List {
    /// The header is not there.
    Absent,
    /// An element is not a token.
    Failure,
    Values(Vec<String>),
}

impl List {
    /// <https://fetch.spec.whatwg.org/#extract-header-list-values>, for `#method` and `#field-name`. The grammar is that of
    /// <https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1>: empty elements are no error.
    pub(super) fn extract(headers: &HeaderMap, name: &HeaderName) -> Self {
        // Step 1.
        if !headers.contains_key(name) {
            return Self::Absent;
        }
        // Steps 3 to 5; step 2 is about other headers.
        let mut values = Vec::new();
        for line in headers.get_all(name) {
            for element in line.as_bytes().split(|byte| *byte == b',') {
                let element = trim(element);
                match std::str::from_utf8(element) {
                    _ if element.is_empty() => {}
                    Ok(token) if is_token(element) => values.push(token.to_owned()),
                    _ => return Self::Failure,
                }
            }
        }
        Self::Values(values)
    }

    /// The elements; none if there is no list.
    pub(super) fn values(&self) -> &[String] {
        match self {
            Self::Absent | Self::Failure => &[],
            Self::Values(values) => values,
        }
    }

    pub(super) fn contains(&self, value: &str) -> bool {
        self.values().iter().any(|listed| listed == value)
    }

    pub(super) fn contains_ignoring_case(&self, value: &str) -> bool {
        self.values()
            .iter()
            .any(|listed| listed.eq_ignore_ascii_case(value))
    }
}

fn trim(mut element: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = element {
        element = rest;
    }
    element
}

/// <https://fetch.spec.whatwg.org/#concept-header-list-get>: `None` if the header is absent.
pub(super) fn get(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    let values: Vec<&[u8]> = headers.get_all(name).map(HeaderValue::as_bytes).collect();
    (!values.is_empty()).then(|| values.join(&b", "[..]))
}
