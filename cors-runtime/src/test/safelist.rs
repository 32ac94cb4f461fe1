//! The requests that a page may send without a preflight.

use std::collections::BTreeSet;

use actix_web::http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderName, HeaderValue, RANGE,
};
use cors_rules::header::is_forbidden_request_header;
use cors_rules::method::is_forbidden_method;

/// A header list as script makes it: in order, with repeated names.
pub(super) type Headers = [(HeaderName, HeaderValue)];

/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>: sorted, in lower case, each once.
pub(super) fn unsafe_names(headers: &Headers) -> BTreeSet<&str> {
    let is_safelisted = |(name, value): &&(HeaderName, HeaderValue)| {
        is_safelisted_request_header(name, value.as_bytes())
    };
    // Steps 4 and 5: if the safelisted headers together are too long, all of them count as unsafe.
    let size: usize = headers
        .iter()
        .filter(is_safelisted)
        .map(|(_, value)| value.len())
        .sum();
    headers
        .iter()
        .filter(|header| size > 1024 || !is_safelisted(header))
        .map(|(name, _)| name.as_str())
        .collect()
}

/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>
fn is_safelisted_request_header(name: &HeaderName, value: &[u8]) -> bool {
    // Step 1.
    if value.len() > 128 {
        return false;
    }
    // Step 2.
    if *name == ACCEPT {
        !value.iter().copied().any(is_unsafe_byte)
    } else if *name == ACCEPT_LANGUAGE || *name == CONTENT_LANGUAGE {
        value
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b" *,-.;=".contains(byte))
    } else if *name == CONTENT_TYPE {
        const TYPES: [&str; 3] = [
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "text/plain",
        ];
        let essence = mime_essence(value);
        let is_essence = |name: &&str| essence.eq_ignore_ascii_case(name.as_bytes());
        !value.iter().copied().any(is_unsafe_byte) && TYPES.iter().any(is_essence)
    } else if *name == RANGE {
        is_simple_range(value)
    } else {
        false
    }
}

/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte>
fn is_unsafe_byte(byte: u8) -> bool {
    (byte < 0x20 && byte != b'\t') || byte == 0x7f || b"\"():<>?@[\\]{}".contains(&byte)
}

/// The essence of <https://mimesniff.spec.whatwg.org/#parse-a-mime-type>, for a comparison with one that the parser accepts. Parameters
/// are not read, because none makes the parser fail.
fn mime_essence(value: &[u8]) -> &[u8] {
    let essence = value.split(|byte| *byte == b';').next();
    essence.unwrap_or_default().trim_ascii()
}

/// Whether <https://fetch.spec.whatwg.org/#simple-range-header-value> parses, without white space, and has a start.
fn is_simple_range(value: &[u8]) -> bool {
    let Some(range) = value.strip_prefix(b"bytes=") else {
        return false;
    };
    let Some(dash) = range.iter().position(|byte| *byte == b'-') else {
        return false;
    };
    let (start, end) = (&range[..dash], &range[dash + 1..]);
    let digits = |number: &[u8]| number.iter().all(u8::is_ascii_digit);
    let is_number = |number: &[u8]| !number.is_empty() && digits(number);
    is_number(start) && digits(end) && (end.is_empty() || significant(start) <= significant(end))
}

/// The length and the digits of a number. They are compared in place of the number, which may be too long to parse.
fn significant(digits: &[u8]) -> (usize, &[u8]) {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    let digits = &digits[zeros..];
    (digits.len(), digits)
}

/// <https://fetch.spec.whatwg.org/#forbidden-request-header>
pub(super) fn is_forbidden(name: &HeaderName, value: &HeaderValue) -> bool {
    // Steps 1 and 2.
    if is_forbidden_request_header(name.as_str()) {
        return true;
    }
    // Step 3. A quoted string is never a method, so it is enough to split at commas.
    let overrides = [
        "x-http-method",
        "x-http-method-override",
        "x-method-override",
    ];
    overrides.contains(&name.as_str())
        && String::from_utf8_lossy(value.as_bytes())
            .split(',')
            .any(|method| is_forbidden_method(method.trim_matches([' ', '\t'])))
}

/// <https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name>
pub(super) fn is_non_wildcard(name: &str) -> bool {
    name.eq_ignore_ascii_case("authorization")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_safelisted(expected: bool, rows: &[(&'static str, &[&str])]) {
        for (name, values) in rows {
            for value in *values {
                let is_safelisted =
                    is_safelisted_request_header(&HeaderName::from_static(name), value.as_bytes());
                assert_eq!(is_safelisted, expected, "{name}: {value}");
            }
        }
    }

    #[test]
    fn a_safelisted_header_is_one_that_forms_could_always_send() {
        let types = [
            "text/plain",
            " TEXT/Plain ; charset=UTF-8",
            "text/plain;",
            "text/plain; charset",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
        ];
        let long_range = "bytes=9-99999999999999999999999999999999";
        let rows: [(_, &[_]); 5] = [
            ("accept", &["text/html;q=0.9, */*", "", "a\tb"]),
            ("accept-language", &["de-CH, *;q=0.5"]),
            ("content-language", &["en"]),
            ("content-type", &types),
            (
                "range",
                &["bytes=0-", "bytes=5-5", "bytes=009-10", long_range],
            ),
        ];
        assert_safelisted(true, &rows);
    }

    #[test]
    fn any_other_header_or_value_is_not_safelisted() {
        let long = "a".repeat(129);
        let types = [
            "application/json",
            "text/plain; charset=\"utf-8\"",
            "text/plain, text/plain",
        ];
        let no_types = ["text", "text/", "/plain", "text/pl ain", "text /plain", ""];
        let ranges = ["bytes=-500", "bytes=-", "bytes=2-1", "bytes=10-9"];
        let no_ranges = [
            "bytes= 0-1",
            "bytes =0-1",
            "bytes=0-1,3-4",
            "Bytes=0-1",
            "items=0-1",
            "bytes=0",
        ];
        let rows: [(_, &[_]); 10] = [
            (
                "accept",
                &["a\"b", "a:b", "(x)", "{x}", "\u{1}", "\u{7f}", &long],
            ),
            ("accept-language", &["en_GB", "en\t"]),
            ("content-language", &["en/de"]),
            ("content-type", &types),
            ("content-type", &no_types),
            ("range", &ranges),
            ("range", &no_ranges),
            ("x-a", &["1"]),
            ("authorization", &["x"]),
            ("dpr", &["1"]),
        ];
        assert_safelisted(false, &rows);
    }

    #[test]
    fn unsafe_names_are_sorted_and_unique_and_too_many_safe_bytes_are_unsafe() {
        let header =
            |name, value: &str| (HeaderName::from_static(name), value.parse().expect("valid"));
        let names = |headers: &Headers| {
            unsafe_names(headers)
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            names(&[
                header("x-b", "1"),
                header("accept", "x"),
                header("x-a", "1"),
                header("x-b", "2"),
            ]),
            ["x-a", "x-b"]
        );
        let filler = "a".repeat(128);
        let eight = vec![header("accept", &filler); 8];
        assert_eq!(names(&eight), [""; 0]);
        let more = [&eight[..], &[header("accept-language", "a")]].concat();
        assert_eq!(names(&more), ["accept", "accept-language"]);
    }

    #[test]
    fn an_override_of_the_method_is_forbidden_only_for_forbidden_methods() {
        let forbidden = |name, value: &'static str| {
            is_forbidden(
                &HeaderName::from_static(name),
                &HeaderValue::from_static(value),
            )
        };
        assert!(forbidden("x-http-method-override", "trace"));
        assert!(forbidden("x-method-override", "GET,\tTRACK"));
        assert!(forbidden("cookie", "a=b"));
        assert!(!forbidden("x-http-method", "PUT"));
        assert!(!forbidden("x-http-method", "TRACED"));
        assert!(!forbidden("x-a", "TRACE"));
    }
}
