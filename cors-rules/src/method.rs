//! Method names. They compare byte for byte.

/// Whether browsers refuse to send `method` for a page, in whatever case it is written.
///
/// See <https://fetch.spec.whatwg.org/#forbidden-method>.
#[must_use]
pub fn is_forbidden_method(method: &str) -> bool {
    ["CONNECT", "TRACE", "TRACK"]
        .iter()
        .any(|forbidden| method.eq_ignore_ascii_case(forbidden))
}

/// Whether a page may send `method` without a preflight.
///
/// See <https://fetch.spec.whatwg.org/#cors-safelisted-method>.
#[must_use]
pub fn is_cors_safelisted_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "POST")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_methods_of_the_standard_are_sorted_as_it_sorts_them() {
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
