//! The Fetch standard's classes of header names. Names are compared without regard to case.

/// Whether `bytes` is a header name or a method name: an HTTP token, one byte or more.
///
/// See <https://www.rfc-editor.org/rfc/rfc9110#name-tokens>.
///
/// ```
/// use cors_rules::header::is_token;
///
/// assert!(is_token(b"x-request-id") && is_token(b"PURGE"));
/// assert!(!is_token(b"x request id") && !is_token(b""));
/// ```
#[must_use]
pub const fn is_token(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [byte, tail @ ..] = rest {
        if !TOKEN[*byte as usize] {
            return false;
        }
        rest = tail;
    }
    !bytes.is_empty()
}

/// The bytes of a token. It is a table because the method of each preflight is checked.
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~')
            || byte.is_ascii_alphanumeric();
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

/// The names as the value of one header, in lower case as HTTP/2 and browsers write them. `None` if there is no name.
///
/// ```
/// use cors_rules::header::joined;
///
/// assert_eq!(joined(&["Content-Type", "X-Id"]).as_deref(), Some("content-type, x-id"));
/// assert_eq!(joined(&[]), None);
/// ```
#[cfg(feature = "rules")]
#[must_use]
pub fn joined(names: &[&str]) -> Option<String> {
    (!names.is_empty()).then(|| names.join(", ").to_ascii_lowercase())
}

/// Whether browsers forbid script to set the request header `name`, whatever its value.
///
/// See <https://fetch.spec.whatwg.org/#forbidden-request-header>. The standard forbids `x-http-method`,
/// `x-http-method-override` and `x-method-override` for some values only, so this function returns false for them.
///
/// ```
/// use cors_rules::header::is_forbidden_request_header;
///
/// assert!(is_forbidden_request_header("Cookie") && is_forbidden_request_header("sec-fetch-site"));
/// assert!(!is_forbidden_request_header("authorization"));
/// ```
#[must_use]
pub fn is_forbidden_request_header(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "accept-charset",
        "accept-encoding",
        "access-control-request-headers",
        "access-control-request-method",
        // https://wicg.github.io/private-network-access/ adds this one.
        "access-control-request-private-network",
        "connection",
        "content-length",
        "cookie",
        "cookie2",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    ];
    is_one_of(name, NAMES) || has_prefix(name, "proxy-") || has_prefix(name, "sec-")
}

/// Whether browsers forbid script to read the response header `name`, exposed or not.
///
/// See <https://fetch.spec.whatwg.org/#forbidden-response-header-name>.
///
/// ```
/// use cors_rules::header::is_forbidden_response_header_name;
///
/// assert!(is_forbidden_response_header_name("Set-Cookie"));
/// assert!(!is_forbidden_response_header_name("etag"));
/// ```
#[must_use]
pub fn is_forbidden_response_header_name(name: &str) -> bool {
    is_one_of(name, &["set-cookie", "set-cookie2"])
}

/// Whether the CORS protocol has the header `name` in responses only.
///
/// See <https://fetch.spec.whatwg.org/#http-responses>.
#[cfg(feature = "rules")]
pub(crate) fn is_cors_response_header(name: &str) -> bool {
    has_prefix(name, "access-control-allow-")
        || is_one_of(
            name,
            &["access-control-expose-headers", "access-control-max-age"],
        )
}

/// Whether the CORS protocol has the header `name` in requests or in replies to preflights only. Script sees neither, so
/// to expose the header has no effect.
///
/// See <https://fetch.spec.whatwg.org/#http-requests> and <https://fetch.spec.whatwg.org/#http-responses>.
#[cfg(feature = "rules")]
pub(crate) fn is_never_on_an_actual_response(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "origin",
        "access-control-allow-methods",
        "access-control-allow-headers",
        "access-control-max-age",
    ];
    has_prefix(name, "access-control-request-") || is_one_of(name, NAMES)
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|listed| name.eq_ignore_ascii_case(listed))
}

fn has_prefix(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_no_separators_and_is_not_empty() {
        for separator in b"\"(),/:;<=>?@[\\]{} \t\r\n\0\x7f\x80\xff" {
            assert!(!is_token(&[b'a', *separator]), "{:?}", *separator as char);
        }
        assert!(!is_token(b""));
        assert!(is_token(b"!#$%&'*+-.^_`|~09azAZ"));
    }

    #[cfg(feature = "rules")]
    #[test]
    fn names_are_joined_in_lower_case() {
        assert_eq!(joined(&["X-A", "b"]).as_deref(), Some("x-a, b"));
        assert_eq!(joined(&[]), None);
    }

    #[test]
    fn headers_of_the_protocol_belong_to_requests_or_to_responses() {
        let of_responses = [
            "Access-Control-Allow-Origin",
            "access-control-expose-headers",
            "access-control-max-age",
        ];
        for name in of_responses {
            assert!(is_cors_response_header(name), "{name}");
        }
        for name in ["access-control-request-method", "access-control-", "origin"] {
            assert!(!is_cors_response_header(name), "{name}");
        }
        for name in [
            "Access-Control-Request-Headers",
            "origin",
            "access-control-max-age",
        ] {
            assert!(is_never_on_an_actual_response(name), "{name}");
        }
        for name in [
            "access-control-allow-origin",
            "access-control-expose-headers",
        ] {
            assert!(!is_never_on_an_actual_response(name), "{name}");
        }
        assert!(is_forbidden_response_header_name("Set-Cookie2"));
        assert!(!is_forbidden_response_header_name("set-cookies"));
    }

    #[test]
    fn forbidden_names_are_found_in_upper_and_lower_case() {
        for name in ["host", "Cookie", "SEC-Fetch-Site", "proxy-", "Sec-x"] {
            assert!(is_forbidden_request_header(name), "{name}");
        }
        for name in [
            "sec",
            "x-host",
            "prox\u{fc}-",
            "cookies",
            "authorization",
            "x-http-method-override",
        ] {
            assert!(!is_forbidden_request_header(name), "{name}");
        }
    }
}
