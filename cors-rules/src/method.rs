//! The Fetch standard's classes of methods. Names are compared byte for byte.

/// Whether browsers refuse to send `method` for a page, in upper or lower case.
///
/// See <https://fetch.spec.whatwg.org/#forbidden-method>.
///
/// ```
/// use cors_rules::method::is_forbidden_method;
///
/// assert!(is_forbidden_method("TRACE") && is_forbidden_method("trace"));
/// assert!(!is_forbidden_method("PURGE"), "browsers send methods that they do not know");
/// ```
#[must_use]
pub fn is_forbidden_method(method: &str) -> bool {
    ["CONNECT", "TRACE", "TRACK"]
        .iter()
        .any(|forbidden| method.eq_ignore_ascii_case(forbidden))
}

/// Whether a page may send `method` without a preflight.
///
/// See <https://fetch.spec.whatwg.org/#cors-safelisted-method>.
///
/// ```
/// use cors_rules::method::is_cors_safelisted_method;
///
/// assert!(is_cors_safelisted_method("POST"));
/// assert!(!is_cors_safelisted_method("PUT") && !is_cors_safelisted_method("post"));
/// ```
#[must_use]
pub fn is_cors_safelisted_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "POST")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_safelisted_and_forbidden_as_in_the_standard() {
        for method in ["GET", "HEAD", "POST"] {
            assert!(is_cors_safelisted_method(method), "{method}");
            assert!(!is_forbidden_method(method), "{method}");
        }
        for method in ["get", "PUT", "OPTIONS", "PATCH", "GETS", ""] {
            assert!(!is_cors_safelisted_method(method), "{method}");
            assert!(!is_forbidden_method(method), "{method}");
        }
        for method in ["CONNECT", "trace", "Track"] {
            assert!(is_forbidden_method(method), "{method}");
            assert!(!is_cors_safelisted_method(method), "{method}");
        }
    }
}
