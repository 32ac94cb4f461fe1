//! A pattern on the first line and an origin on the second: whether the pattern matches is compared with a simple oracle, which only
//! splits text.

#![cfg_attr(fuzzing, no_main)]

use cors_rules::{Origin, Pattern};

cors_fuzz::target!(any_pair);

fn any_pair(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let Some((written, sent)) = text.split_once('\n') else {
        return;
    };
    let Ok(pattern) = Pattern::parse(written) else {
        return;
    };
    let matches = Origin::parse(sent.as_bytes()).is_some_and(|origin| pattern.matches(&origin));
    assert_eq!(matches, should_match(written, sent), "{written} and {sent}");
    if pattern.is_exact() {
        assert_eq!(matches, written == sent, "{written} and {sent}");
    }
}

/// Whether a valid pattern should match an origin.
fn should_match(pattern: &str, origin: &str) -> bool {
    let ((scheme, host, port), Some((origin_scheme, origin_host, origin_port))) =
        (split(pattern).expect("it was parsed"), split(origin))
    else {
        return false;
    };
    let is_host = match host.strip_prefix("*.") {
        None => host == origin_host,
        Some(domain) => {
            let before = origin_host
                .strip_suffix(domain)
                .and_then(|before| before.strip_suffix('.'));
            before.is_some_and(|before| before.split('.').all(is_label)) && origin_host.len() <= 253
        }
    };
    let is_port = match (port, origin_port) {
        (Some("*"), None) => true,
        (Some("*"), Some(digits)) => is_port(scheme, digits),
        (port, origin_port) => port == origin_port,
    };
    scheme == origin_scheme && is_host && is_port
}

fn split(text: &str) -> Option<(&str, &str, Option<&str>)> {
    let (scheme, rest) = text.split_once("://")?;
    let end = rest.rfind(']').map_or(0, |end| end + 1);
    Some(match rest[end..].find(':') {
        None => (scheme, rest, None),
        Some(colon) => (scheme, &rest[..end + colon], Some(&rest[end + colon + 1..])),
    })
}

fn is_label(label: &str) -> bool {
    let is_byte = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
    };
    (1..=63).contains(&label.len()) && label.bytes().all(is_byte)
}

/// Whether browsers write this port in an origin of this scheme.
fn is_port(scheme: &str, digits: &str) -> bool {
    let default = match scheme {
        "http" | "ws" => "80",
        "https" | "wss" => "443",
        "ftp" => "21",
        _ => "",
    };
    digits != default
        && digits
            .parse::<u16>()
            .is_ok_and(|port| port > 0 && port.to_string() == digits)
}
