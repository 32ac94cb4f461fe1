//! Properties for any text.

use cors_rules::{
    Draft, DraftOrigin, Help, Origin, Pattern, Port, Rule, Subject, const_insecure, const_mistake,
    const_suffix,
};
use proptest::prelude::*;

/// Text that is an origin, or nearly one.
fn nearly_an_origin() -> impl Strategy<Value = String> {
    let scheme = prop_oneof![
        6 => prop::sample::select(vec!["https", "http", "HTTP", "tauri", "moz-extension", "wss", "file", "*", "h_t", ""])
            .prop_map(str::to_owned),
        1 => "[a-z*+.^]{1,5}",
    ];
    let separator = prop::sample::select(vec![
        "://", "://", "://", "://", "://", "//", ":/", ":", ":///", "",
    ]);
    let before = prop::sample::select(vec!["", "", "", "*.", "*", "u@", "u:p@", "."]);
    let host = prop_oneof![
        4 => "[a-z0-9-]{1,3}(\\.[a-z0-9_-]{1,3}){0,3}",
        1 => "[A-Za-z]{1,4}\\.com\\.{0,2}",
        1 => "(0x)?[0-9a-f]{1,9}(\\.[0-9]{1,4}){0,4}",
        1 => "\\[[0-9a-fA-F:.]{1,12}\\]",
        1 => "\\[::ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}(%1)?\\]",
        1 => "xn--[a-z0-9-]{1,6}\\.com",
        1 => "[äöüßé。Ａ-Ｚ①¼℀＊\u{ad}\u{200d}a-c.]{1,5}",
        1 => "\\PC{0,6}",
    ];
    let port = prop_oneof![3 => Just(String::new()), 1 => ":[0-9]{0,6}", 1 => Just(":*".to_owned()), 1 => ":443|:80|:\\PC{0,2}"];
    let after = prop::sample::select(vec![
        "", "", "", "", "/", "/a", "?q", "#f", "\\", " ", ",", "$", "/*",
    ]);
    (scheme, separator, before, host, port, after).prop_map(
        |(scheme, separator, before, host, port, after)| {
            format!("{scheme}{separator}{before}{host}{port}{after}")
        },
    )
}

/// Text that is an origin more often than not.
fn mostly_an_origin() -> impl Strategy<Value = String> {
    let scheme = prop::sample::select(vec!["https", "http", "tauri", "moz-extension", "wss"]);
    let subdomains = prop::sample::select(vec!["", "", "*."]);
    let host = prop_oneof![
        6 => "([a-z0-9_]{1,3}\\.){0,3}[a-z_][a-z0-9]{0,2}\\.?",
        2 => any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        2 => any::<std::net::Ipv6Addr>().prop_map(|address| format!("[{address}]")),
        2 => "\\[([0-9a-f]{1,4}:){1,6}:[0-9a-f]{1,4}\\]",
        2 => "\\[(:|[01]:){2,8}[01]?\\]",
        1 => "([a-z]\\.)?localhost\\.?|a?localhost|127\\.0\\.0\\.[12]|127\\.a|\\[::1\\]",
        2 => "xn--[a-z0-9]{2,6}\\.com",
        1 => "[0-9a-f]{1,4}-[a-z]",
    ];
    let port =
        prop_oneof![4 => Just(String::new()), 2 => ":[1-9][0-9]{0,4}", 1 => Just(":*".to_owned())];
    (scheme, subdomains, host, port)
        .prop_map(|(scheme, subdomains, host, port)| format!("{scheme}://{subdomains}{host}{port}"))
}

#[test]
fn const_evaluation_and_the_parser_have_the_same_limits() {
    let host = |length: usize| {
        let labels = format!("{0}.{0}.{0}.", "a".repeat(63));
        format!("{labels}{}", "b".repeat(length - labels.len()))
    };
    let right = [
        format!("https://{}", host(253)),
        format!("https://*.{}", host(251)),
        format!("https://{}.example", "a".repeat(63)),
        format!("moz-extension://{}.1", host(251)),
        "http://0.0.0.0".to_owned(),
        "http://255.255.255.255".to_owned(),
        "http://[::]".to_owned(),
        "http://[::1]".to_owned(),
        "http://[1::]".to_owned(),
        "http://[1:2:3:4:5:6:7:8]".to_owned(),
        "http://[1:2:3:0:5:6:7:8]:8080".to_owned(),
        "http://[0:2:3:4:5:6:7:0]".to_owned(),
        "http://[1::4:0:0:7]".to_owned(),
        "http://[1:0:0:4::8]".to_owned(),
        "http://[::ffff:0:1:2]".to_owned(),
        "http://[::1:ffff:1:2]".to_owned(),
        "http://[::fffe:1:2]".to_owned(),
        "https://a.example:1".to_owned(),
        "https://a.example:65535".to_owned(),
        "moz-extension://1a".to_owned(),
        "safari-web-extension://1.2".to_owned(),
    ];
    let wrong = [
        format!("https://{}", host(254)),
        format!("https://*.{}", host(252)),
        format!("https://{}.example", "a".repeat(64)),
        format!("moz-extension://{}.1", host(252)),
        "http://256.0.0.0".to_owned(),
        "http://0.0.0.256".to_owned(),
        "http://0.0.0".to_owned(),
        "http://0.0.0.0.0".to_owned(),
        "http://*.0.0.0.0".to_owned(),
        "http://[:]".to_owned(),
        "http://[g::1]".to_owned(),
        "http://[]".to_owned(),
        "http://[::1".to_owned(),
        "http://[::1]x".to_owned(),
        "http://[:::]".to_owned(),
        "http://[1:]".to_owned(),
        "http://[:1]".to_owned(),
        "http://[::1::]".to_owned(),
        "http://[0::]".to_owned(),
        "http://[0:0::1]".to_owned(),
        "http://[::0]".to_owned(),
        "http://[1::0:3]".to_owned(),
        "http://[1:0::3]".to_owned(),
        "http://[::01]".to_owned(),
        "http://[::00001]".to_owned(),
        "http://[::A]".to_owned(),
        "http://[1:2:3:4:5:6:7]".to_owned(),
        "http://[1:2:3:4:5:6:7:8:9]".to_owned(),
        "http://[1:2:3:4::5:6:7:8]".to_owned(),
        "http://[1:2:3::5:6:7:8]".to_owned(),
        "http://[1:0:0:4:5:6:7:8]".to_owned(),
        "http://[1:0:0:4::7:8]".to_owned(),
        "http://[1::4:0:0:0:8]".to_owned(),
        "http://[::ffff:1:2]".to_owned(),
        "http://[::1%1]".to_owned(),
        "https://a.example:".to_owned(),
        "https://a.example:x".to_owned(),
        "http://*.[::]".to_owned(),
        "https://a.example:0".to_owned(),
        "https://a.example:65536".to_owned(),
        "https://a.example:99999999999".to_owned(),
        "https://a.example:01".to_owned(),
        "HTTPS://a.example:8443".to_owned(),
        "file://a.example".to_owned(),
        "moz-extension://*.0.0.0.0".to_owned(),
    ];
    for (texts, is_right) in [(&right[..], true), (&wrong[..], false)] {
        for text in texts {
            assert_eq!(const_mistake(text).is_none(), is_right, "{text}");
            assert_eq!(Pattern::parse(text).is_ok(), is_right, "{text}");
        }
    }
}

#[test]
fn const_evaluation_sees_the_common_mistakes() {
    let mistakes = [
        ("https://app.example.com/", "origin_with_path"),
        ("https://app.example.com:8443/app", "origin_with_path"),
        ("app.example.com", "origin_without_scheme"),
        ("localhost:3000", "origin_without_scheme"),
        ("", "origin_without_scheme"),
        ("///app.example.com", "origin_without_scheme"),
        ("null", "null_origin"),
        ("https://App.example.com", "origin_not_lowercase"),
        ("HTTPS://app.example.com:8443", "origin_not_lowercase"),
        ("https://app.example.com:443", "default_port"),
        ("http://my-app.example:80", "default_port"),
        ("ws://a-b.c:80", "default_port"),
        ("https://a.com.:443", "default_port"),
        ("http://*.a--b.com:80", "default_port"),
        ("ftp://[::1]:21", "default_port"),
        ("nullx", "origin_without_scheme"),
        ("nul", "origin_without_scheme"),
        ("files", "origin_without_scheme"),
        ("ws", "origin_without_scheme"),
        ("https:/", "origin_without_scheme"),
        ("NULL", "null_origin"),
    ];
    let longest = ["a".repeat(1024), format!("{}://a/", "s".repeat(64))];
    let longest_host = format!("https://{}:443", "a".repeat(63));
    let long = [
        (&*longest[0], "origin_without_scheme"),
        (&*longest[1], "origin_with_path"),
        (&*longest_host, "default_port"),
    ];
    let mistakes = mistakes.into_iter().chain(long);
    for (text, rule) in mistakes {
        let mistake = const_mistake(text)
            .map(|mistake| mistake.message(Some(text), "").as_str().to_owned())
            .unwrap_or_default();
        assert!(
            mistake.starts_with(&format!("{rule}: ")),
            "{text}: {mistake}"
        );
        assert!(mistake.contains("\nhelp: "), "{mistake}");
    }
    for right in [
        "https://app.example.com",
        "http://localhost:3000",
        "*",
        "https://*.example.com",
        "http://localhost:*",
        "https://app.example.com:80",
        "http://app.example.com:443",
    ] {
        assert_eq!(const_mistake(right), None, "{right}");
    }
    let too_long = [
        "a".repeat(1025),
        format!("{}://a/", "s".repeat(65)),
        format!("https://{}:443", "a".repeat(64)),
    ];
    // The parser has a special rule for these, or a more exact one.
    let others = [
        "file:",
        "file:///a",
        "FILE://a/",
        "h_t://a.com/",
        "://a.com/",
        "1s://a.com/",
        "https:///a",
        "https://",
        "https://:443",
        "https://A:1:2",
        "https://A::",
        "https://exämple.com/",
        "https://a com/",
        "http://127.1:80",
        "https://-a.com:443",
        "https://a-.com:443",
        "https://.com:443",
        "https://a..b:443",
    ];
    for other in others
        .into_iter()
        .chain(too_long.iter().map(String::as_str))
    {
        let mistake = const_mistake(other).expect(other).message(None, "");
        assert!(
            mistake
                .as_str()
                .starts_with("invalid_origin: the text of this constant is not an origin\n"),
            "{other}: {}",
            mistake.as_str()
        );
    }
    // Const evaluation cannot check Punycode.
    for encoded in ["https://xn--bcher-kva.example", "https://xn--a.example"] {
        let mistake = const_mistake(encoded).expect(encoded);
        assert_eq!(mistake.rule, Rule::InvalidOrigin);
        assert!(mistake.problem.contains("Punycode"), "{encoded}");
    }
}

#[test]
fn a_message_of_const_evaluation_names_the_origin() {
    let first_line = |text: &str| {
        let message = const_mistake(text)
            .expect(text)
            .message(Some(text), " (note)");
        message.as_str().lines().next().map(str::to_owned)
    };
    let problem = "invalid_origin: the text of this constant is not an origin";
    let named = format!("{problem}: \"https://bücher.example\" (note)");
    assert_eq!(first_line("https://bücher.example"), Some(named));
    // A control character could break the line.
    assert_eq!(
        first_line("https://a\n.example"),
        Some(format!("{problem} (note)"))
    );
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![3 => nearly_an_origin(), 1 => mostly_an_origin(), 1 => any::<String>(), 1 => "\\PC{0,40}"]
}

/// An origin of few parts, so that patterns and origins often meet.
fn near_miss() -> impl Strategy<Value = String> {
    let scheme = prop::sample::select(vec!["https", "http"]);
    let host = "(\\*\\.)?([ab_](\\.[ab_]){0,3}|ab|aab)\\.?";
    let port = prop::sample::select(vec!["", "", ":*", ":1", ":80", ":443", ":01"]);
    (scheme, host, port).prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}"))
}

/// The meaning of a pattern in a second implementation, which compares the parts of the two texts.
fn is_meant_by(pattern: &str, origin: &str) -> bool {
    fn parts(text: &str) -> (&str, Vec<&str>, Option<&str>) {
        let (scheme, rest) = text.split_once("://").expect("both texts have a scheme");
        let (host, port) = rest
            .split_once(':')
            .map_or((rest, None), |(host, port)| (host, Some(port)));
        (scheme, host.split('.').collect(), port)
    }
    let ((scheme, labels, port), (origin_scheme, origin_labels, origin_port)) =
        (parts(pattern), parts(origin));
    let hosts = match labels.split_first() {
        Some((&"*", domain)) => {
            origin_labels.len() > domain.len() && origin_labels.ends_with(domain)
        }
        _ => labels == origin_labels,
    };
    scheme == origin_scheme && hosts && (port == Some("*") || port == origin_port)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_a_parser_panic_or_a_message_long(text in any_text()) {
        let _ = Origin::parse(text.as_bytes());
        if let Err(problem) = Pattern::parse(&text) {
            let message = problem.to_string();
            prop_assert!(message.chars().count() < 600, "{}", message);
            prop_assert!(message.lines().count() <= 3, "{}", message);
            prop_assert!(!message.chars().any(|character| character.is_control() && character != '\n'));
        }
    }

    #[test]
    fn const_evaluation_refuses_what_the_parser_refuses(text in any_text(), right in mostly_an_origin(), plain in "(https?|ws|ftp|file|null|[a-zA-Z+]{1,3})?(:|://|/)?(\\*\\.)?[a-zA-Z0-9.-]{0,9}(:80|:443|:21|:|/)?[a-z./:]{0,2}") {
        for text in [text, right, plain] {
            let parsed = Pattern::parse(&text);
            let mistake = const_mistake(&text);
            if text == "*" {
                prop_assert_eq!(mistake, None);
            } else if text.contains("/xn--") || text.contains(".xn--") {
                prop_assert!(mistake.is_some(), "{}", text);
            } else {
                prop_assert_eq!(mistake.is_some(), parsed.is_err(), "{}: {:?}", text, mistake);
            }
            if let Ok(pattern) = &parsed {
                prop_assert_eq!(const_insecure(&text).is_some(), pattern.is_insecure(), "{}", text);
                prop_assert!(const_suffix(&text).is_some() || !pattern.is_public_suffix(), "{}", text);
            }
            if let (Some(mistake), Err(problem)) = (mistake, parsed) {
                prop_assert!(mistake.rule == problem.rule || mistake.rule == Rule::InvalidOrigin, "{}: {:?}", text, mistake);
            }
        }
    }

    #[test]
    fn no_bytes_make_the_lenient_parser_panic(bytes in any::<Vec<u8>>()) {
        let _ = Origin::parse(&bytes);
    }

    #[test]
    fn no_draft_makes_a_check_panic(texts in prop::collection::vec(any_text(), 0..4), flag: bool, inherits: bool, subject in 0..4_usize) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).chain(["*"]).collect();
        let subject = [Subject::Named, Subject::Config, Subject::Defaults, Subject::Handler { routed: &["GET"] }][subject];
        let draft = Draft {
            subject,
            inherits,
            origins: Some(texts.iter().map(|text| DraftOrigin::Literal(text)).collect()),
            methods: Some(texts.clone()),
            headers: Some(texts.clone()),
            expose_headers: Some(texts.clone()),
            credentials: flag,
            max_age: texts.first().copied(),
            enforce: flag,
            allow: texts.clone(),
        };
        let violations = draft.check().expect_err("`max_age` is no number");
        prop_assert!(violations.is_sorted_by_key(|violation| violation.place));
        for violation in violations {
            prop_assert!(violation.to_string().chars().count() < 600, "{}", violation);
        }
    }

    #[test]
    fn both_parsers_read_the_same_origin(text in mostly_an_origin()) {
        if let Ok(pattern) = Pattern::parse(&text) {
            prop_assert_eq!(pattern.to_string(), &*text);
            if pattern.is_exact() {
                let origin = Origin::parse(text.as_bytes());
                prop_assert!(origin.is_some_and(|origin| pattern.matches(&origin)), "{}", text);
            }
            let port = match pattern.port() {
                Port::Exact(port) => Some(port),
                Port::Default | Port::Any => None,
            };
            let host = format!("{}{}", if pattern.covers_subdomains() { "a." } else { "" }, pattern.host());
            let instance = format!("{}://{host}{}", pattern.scheme(), port.map_or(String::new(), |port| format!(":{port}")));
            let origin = Origin::parse(instance.as_bytes());
            prop_assert!(origin.is_some_and(|origin| pattern.matches(&origin)), "{} should take {}", text, instance);
        }
    }

    #[test]
    fn a_suggestion_is_never_refused(text in any_text()) {
        if let Err(problem) = Pattern::parse(&text)
            && let Some(Help::Write(suggested)) = problem.help
        {
            prop_assert!(Pattern::parse(&suggested).is_ok(), "{:?}: {}", text, suggested);
        }
    }

    #[test]
    fn a_pattern_matches_exactly_what_it_means(pattern in near_miss(), origin in near_miss()) {
        if let Ok(parsed) = Pattern::parse(&pattern)
            && let Some(request) = Origin::parse(origin.as_bytes())
        {
            prop_assert_eq!(parsed.matches(&request), is_meant_by(&pattern, &origin), "{} and {}", pattern, origin);
        }
    }
}
