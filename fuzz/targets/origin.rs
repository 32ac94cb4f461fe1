//! The text of one origin, compared with the `url` crate, which reads URLs as browsers do.

#![cfg_attr(fuzzing, no_main)]

use cors_rules::{Help, Origin, Pattern, const_mistake};
use url::{Origin as Tuple, Url};

cors_fuzz::target!(any_text);

fn any_text(input: &[u8]) {
    // Bytes that are no text are no origin.
    let parsed = Origin::parse(input);
    let Ok(text) = std::str::from_utf8(input) else {
        assert_eq!(parsed, None);
        return;
    };
    if let Some(origin) = parsed {
        let port = origin.port.map_or(String::new(), |port| format!(":{port}"));
        assert_eq!(format!("{}://{}{port}", origin.scheme, origin.host), text);
    }

    if let Some(sent) = sent_by_a_browser(text) {
        let origin = Origin::parse(sent.as_bytes());
        assert!(origin.is_some(), "a browser sends {sent}");
        if let Ok(pattern) = Pattern::parse(&sent) {
            assert!(pattern.matches(&origin.expect("it was read")), "{sent}");
        }
    }

    match Pattern::parse(text) {
        Ok(pattern) => {
            assert_eq!(pattern.to_string(), text);
            // Const evaluation cannot check Punycode.
            let is_encoded = pattern
                .host()
                .split('.')
                .any(|label| label.starts_with("xn--"));
            assert_eq!(const_mistake(text).is_some(), is_encoded, "{text}");
            if pattern.is_exact() {
                let origin = parsed.expect("a browser can send every listed origin");
                assert!(pattern.matches(&origin), "{text}");
                // The `url` crate has origins only for these schemes.
                if ["http", "https", "ws", "wss"].contains(&pattern.scheme()) {
                    assert_eq!(sent_by_a_browser(text).as_deref(), Some(text));
                }
            }
        }
        Err(problem) => {
            let message = problem.to_string();
            assert!(message.lines().count() <= 3, "{message}");
            assert!(message.chars().count() < 600, "{message}");
            assert!(text == "*" || const_mistake(text).is_some(), "{text}");
            if let Some(Help::Write(meant)) = &problem.help {
                assert!(Pattern::parse(meant).is_ok(), "{text:?}: {meant}");
            }
        }
    }
}

/// The origin of a page with this URL, if its host could be a name in DNS.
fn sent_by_a_browser(text: &str) -> Option<String> {
    let origin = Url::parse(text).ok()?.origin();
    let Tuple::Tuple(_, host, _) = &origin else {
        return None;
    };
    let host = host.to_string();
    let is_in_bounds = host.len() <= 253 && host.split('.').all(|label| label.len() <= 63);
    let labels: Vec<_> = host.strip_suffix('.').unwrap_or(&host).split('.').collect();
    // Browsers also send hosts that DNS cannot have. No policy can name them.
    let is_a_name = host.starts_with('[')
        || labels.iter().all(|label| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        });
    // No server listens on port 0.
    let is_port = !matches!(origin, Tuple::Tuple(_, _, 0));
    (is_in_bounds && is_a_name && is_port).then(|| origin.ascii_serialization())
}
