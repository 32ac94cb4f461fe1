//! Single origins: the mistakes and suggestions of the strict parser, and the origins that a pattern matches.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use cors_rules::{Help, Origin, Pattern, Port, Rule};
use serde_json::Value;

use crate::snapshot;

/// A text, the rule that it breaks, and the text to write instead.
type Refused = (&'static str, Rule, Option<&'static str>);

#[rustfmt::skip]
const REFUSED: &[Refused] = &[
    ("example.com", Rule::OriginWithoutScheme, Some("https://example.com")),
    ("//example.com", Rule::OriginWithoutScheme, Some("https://example.com")),
    ("://example.com", Rule::OriginWithoutScheme, Some("https://example.com")),
    ("https:example.com", Rule::OriginWithoutScheme, Some("https://example.com")),
    ("https:/example.com", Rule::OriginWithoutScheme, Some("https://example.com")),
    ("http:\\\\Example.com\\", Rule::OriginWithoutScheme, Some("http://example.com")),
    ("*.example.com", Rule::OriginWithoutScheme, Some("https://*.example.com")),
    ("localhost:3000", Rule::OriginWithoutScheme, Some("http://localhost:3000")),
    ("example.com:8443/?u=https://a", Rule::OriginWithoutScheme, Some("https://example.com:8443")),
    ("", Rule::OriginWithoutScheme, None),
    ("https://example.com/", Rule::OriginWithPath, Some("https://example.com")),
    ("https://example.com/app", Rule::OriginWithPath, Some("https://example.com")),
    ("https://example.com?q", Rule::OriginWithPath, Some("https://example.com")),
    ("https://example.com#f", Rule::OriginWithPath, Some("https://example.com")),
    ("https://example.com/*", Rule::OriginWithPath, Some("https://example.com")),
    ("https://example.com\\", Rule::OriginWithPath, Some("https://example.com")),
    ("https://example.com/ü(x|y)", Rule::OriginWithPath, Some("https://example.com")),
    ("HTTPS://me@Exämple.com:443/", Rule::OriginWithPath, Some("https://xn--exmple-cua.com")),
    ("https://*.Example.com:8443/", Rule::OriginWithPath, Some("https://*.example.com:8443")),
    ("https://user@example.com", Rule::OriginWithUserinfo, Some("https://example.com")),
    ("https://user:pass@example.com:8443", Rule::OriginWithUserinfo, Some("https://example.com:8443")),
    (" https://example.com", Rule::InvalidOrigin, Some("https://example.com")),
    ("https://example.com\n", Rule::InvalidOrigin, Some("https://example.com")),
    ("https://exa mple.com", Rule::InvalidOrigin, None),
    ("https://a.com https://b.com", Rule::InvalidOrigin, None),
    ("https://a.com,https://b.com", Rule::InvalidOrigin, None),
    ("https://a.com/, https://b.com/", Rule::InvalidOrigin, None),
    ("https://a.com\0", Rule::InvalidOrigin, None),
    ("https://", Rule::InvalidOrigin, None),
    ("https:///", Rule::InvalidOrigin, None),
    ("https:///example.com", Rule::InvalidOrigin, Some("https://example.com")),
    ("https://:8443", Rule::InvalidOrigin, None),
    ("https://.example.com", Rule::InvalidOrigin, None),
    ("https://a..b", Rule::InvalidOrigin, None),
    ("https://example.com..", Rule::InvalidOrigin, None),
    ("https://.", Rule::InvalidOrigin, None),
    ("https://*.", Rule::InvalidOrigin, None),
    ("https://-a.com", Rule::InvalidOrigin, None),
    ("https://a-.com", Rule::InvalidOrigin, None),
    ("https://xn--f", Rule::InvalidOrigin, None),
    ("https://xn--a-ecp.ru", Rule::InvalidOrigin, None),
    ("https://xn--abc-.com", Rule::InvalidOrigin, None),
    ("https://ex%61mple.com", Rule::InvalidOrigin, None),
    ("https://a!b.com", Rule::InvalidOrigin, None),
    ("https://a.com`.evil", Rule::InvalidOrigin, None),
    ("https://a:1:2", Rule::InvalidOrigin, None),
    ("https://xn--exmple-cua.xn--f", Rule::InvalidOrigin, None),
    ("h_t://example.com", Rule::InvalidOrigin, None),
    ("1http://example.com", Rule::InvalidOrigin, None),
    ("https://[example]", Rule::InvalidOrigin, None),
    ("https://[::1", Rule::InvalidOrigin, None),
    ("https://[::1]8080", Rule::InvalidOrigin, None),
    ("https://exämple.com", Rule::OriginNotAscii, Some("https://xn--exmple-cua.com")),
    ("https://EXÄMPLE.com:443", Rule::OriginNotAscii, Some("https://xn--exmple-cua.com")),
    ("https://*.bücher.example", Rule::OriginNotAscii, Some("https://*.xn--bcher-kva.example")),
    ("HTTPS://Example.com", Rule::OriginNotLowercase, Some("https://example.com")),
    ("HTTPS://[::1]", Rule::OriginNotLowercase, Some("https://[::1]")),
    ("https://XN--EXMPLE-CUA.com", Rule::OriginNotLowercase, Some("https://xn--exmple-cua.com")),
    ("https://example.com:443", Rule::DefaultPort, Some("https://example.com")),
    ("http://example.com:80", Rule::DefaultPort, Some("http://example.com")),
    ("wss://example.com:443", Rule::DefaultPort, Some("wss://example.com")),
    ("ws://example.com:80", Rule::DefaultPort, Some("ws://example.com")),
    ("ftp://example.com:21", Rule::DefaultPort, Some("ftp://example.com")),
    ("https://example.com:0", Rule::InvalidPort, None),
    ("https://example.com:65536", Rule::InvalidPort, None),
    ("https://example.com:080", Rule::InvalidPort, Some("https://example.com:80")),
    ("http://example.com:080", Rule::InvalidPort, Some("http://example.com")),
    ("https://example.com:", Rule::InvalidPort, Some("https://example.com")),
    ("https://example.com:x", Rule::InvalidPort, None),
    ("http://0x7f000001", Rule::NoncanonicalIp, Some("http://127.0.0.1")),
    ("http://127.1", Rule::NoncanonicalIp, Some("http://127.0.0.1")),
    ("http://0177.0.0.1", Rule::NoncanonicalIp, Some("http://127.0.0.1")),
    ("http://2130706433:8080", Rule::NoncanonicalIp, Some("http://127.0.0.1:8080")),
    ("http://127.0.0.1.", Rule::NoncanonicalIp, Some("http://127.0.0.1")),
    ("http://1.2.65535", Rule::NoncanonicalIp, Some("http://1.2.255.255")),
    ("http://1.2.65536", Rule::NoncanonicalIp, None),
    ("http://1.16777215", Rule::NoncanonicalIp, Some("http://1.255.255.255")),
    ("http://1.16777216", Rule::NoncanonicalIp, None),
    ("http://1.2.3.256", Rule::NoncanonicalIp, None),
    ("http://0xff.0.0.0x0", Rule::NoncanonicalIp, Some("http://255.0.0.0")),
    ("http://0xff.1.2.256", Rule::NoncanonicalIp, None),
    ("http://4294967295", Rule::NoncanonicalIp, Some("http://255.255.255.255")),
    ("http://4294967296", Rule::NoncanonicalIp, None),
    ("http://0", Rule::NoncanonicalIp, Some("http://0.0.0.0")),
    ("http://0x", Rule::NoncanonicalIp, Some("http://0.0.0.0")),
    ("http://1.0x", Rule::NoncanonicalIp, Some("http://1.0.0.0")),
    ("http://08", Rule::NoncanonicalIp, None),
    ("http://\u{ff0b}1", Rule::OriginNotAscii, None),
    ("http://256.0.0.1", Rule::NoncanonicalIp, None),
    ("http://127.0.0.1.1", Rule::NoncanonicalIp, None),
    ("http://127.0.0.1.0", Rule::NoncanonicalIp, None),
    ("http://1.256.1", Rule::NoncanonicalIp, None),
    ("http://example.7z", Rule::NoncanonicalIp, None),
    ("http://[0:0::1]", Rule::NoncanonicalIp, Some("http://[::1]")),
    ("http://[2001:DB8::1]", Rule::NoncanonicalIp, Some("http://[2001:db8::1]")),
    ("http://[::0.0.0.9]", Rule::NoncanonicalIp, Some("http://[::9]")),
    ("http://[fe80::1%eth0]", Rule::NoncanonicalIp, Some("http://[fe80::1]")),
    ("http://[::ffff:7f00:1]", Rule::NoncanonicalIp, Some("http://127.0.0.1")),
    ("http://[::ffff:127.0.0.1]:90", Rule::NoncanonicalIp, Some("http://127.0.0.1:90")),
    ("http://::1", Rule::NoncanonicalIp, None),
    ("http://::1:90", Rule::NoncanonicalIp, None),
    ("null", Rule::NullOrigin, None),
    ("Null", Rule::NullOrigin, None),
    ("file://", Rule::FileOrigin, None),
    ("file:///home/index.html", Rule::FileOrigin, None),
    ("FILE://localhost", Rule::FileOrigin, None),
    ("*", Rule::MisplacedWildcard, None),
    ("https://foo.*.com", Rule::MisplacedWildcard, None),
    ("https://*example.com", Rule::MisplacedWildcard, Some("https://*.example.com")),
    ("https://*", Rule::MisplacedWildcard, None),
    ("https://*:8443", Rule::MisplacedWildcard, None),
    ("*://example.com", Rule::MisplacedWildcard, Some("https://example.com")),
    ("https://example.*", Rule::MisplacedWildcard, None),
    ("https://*.*.com", Rule::MisplacedWildcard, None),
    ("https://*.127.0.0.1", Rule::MisplacedWildcard, None),
    ("https://*.[::1]", Rule::MisplacedWildcard, None),
    ("https://a.com:80*", Rule::MisplacedWildcard, None),
    ("https://a.com:**", Rule::MisplacedWildcard, None),
    ("^https://.*", Rule::MisplacedWildcard, None),
    ("https://.*", Rule::MisplacedWildcard, None),
    ("https://example.com$", Rule::MisplacedWildcard, None),
    ("https://(a|b).com", Rule::MisplacedWildcard, None),
    ("https://.*\\.example\\.com", Rule::MisplacedWildcard, None),
    ("https?://example.com", Rule::MisplacedWildcard, None),
    ("https://[a-z]+.example.com", Rule::MisplacedWildcard, None),
    ("^https://example.com", Rule::MisplacedWildcard, None),
    ("https://example\\.com", Rule::MisplacedWildcard, None),
    ("https://example.com/a$", Rule::MisplacedWildcard, None),
    ("(https|http)://example.com", Rule::MisplacedWildcard, None),
    ("(https)://example.com", Rule::MisplacedWildcard, None),
    ("https|http://example.com", Rule::MisplacedWildcard, None),
    ("https://a{1}.com", Rule::MisplacedWildcard, None),
];

#[test]
fn each_refused_origin_breaks_one_rule_and_gets_the_right_suggestion() {
    for &(text, rule, suggested) in REFUSED {
        let problem = Pattern::parse(text).expect_err(text);
        let written = match &problem.help {
            Some(Help::Write(written)) => Some(written.as_str()),
            _ => None,
        };
        assert_eq!(
            (problem.rule, written),
            (rule, suggested),
            "{text:?}: {problem}"
        );
        if let Some(written) = written {
            assert!(Pattern::parse(written).is_ok(), "{text:?}: {written}");
        }
    }
}

#[test]
fn the_messages_are_those_of_the_snapshot() {
    let mut messages = String::new();
    for (text, ..) in REFUSED {
        let problem = Pattern::parse(text).expect_err(text);
        writeln!(messages, "{text:?}\n{problem}\n").expect("a string takes it");
    }
    for rule in Rule::ALL {
        writeln!(messages, "{}: {:?}", rule.name(), rule.why()).expect("a string takes it");
    }
    snapshot::is_kept("origins.txt", &messages);
}

#[test]
fn lengths_are_refused_one_byte_past_their_limit() {
    let labels =
        |count: usize, last: usize| format!("{}{}", "a23456789.".repeat(count), "b".repeat(last));
    let accepted = [
        format!("https://{}", "a".repeat(63)),
        format!("https://{}", labels(25, 3)),
        format!("https://*.{}", labels(25, 1)),
        format!("{}://a", "s".repeat(64)),
        // The longest of all.
        format!("{}://{}:65535", "s".repeat(64), labels(25, 3)),
    ];
    for text in &accepted {
        let pattern = Pattern::parse(text).expect(text);
        let origin = Origin::parse(text.as_bytes());
        assert_eq!(
            origin.is_some_and(|origin| pattern.matches(&origin)),
            pattern.is_exact(),
            "{text}"
        );
    }
    let path = |length: usize| format!("https://example.com/{}", "a".repeat(length - 20));
    let text = path(1024);
    let problem = Pattern::parse(&text).expect_err("it has a path");
    assert_eq!(problem.rule, Rule::OriginWithPath);
    assert_eq!(
        problem.help,
        Some(Help::Write("https://example.com".to_owned()))
    );
    let refused = [
        format!("https://{}", "a".repeat(64)),
        format!("https://{}", labels(25, 4)),
        format!("https://*.{}", labels(25, 2)),
        format!("{}://a", "s".repeat(65)),
        path(1025),
        "a".repeat(1 << 20),
        format!("https://{}", "ü".repeat(1 << 20)),
    ];
    for text in &refused {
        let problem = Pattern::parse(text).unwrap_err();
        assert_eq!(
            (problem.rule, &problem.help),
            (Rule::InvalidOrigin, &None),
            "{problem}"
        );
        assert_eq!(Origin::parse(text.as_bytes()), None);
    }
}

#[test]
fn a_pattern_displays_as_it_is_written_and_has_its_parts() {
    let pattern = |text| Pattern::parse(text).expect(text);
    let rows = [
        (
            "https://example.com",
            Pattern::from_parts("https", "example.com", false, Port::Default),
        ),
        (
            "http://example.com:443",
            Pattern::from_parts("http", "example.com", false, Port::Exact(443)),
        ),
        (
            "https://*.example.com",
            Pattern::from_parts("https", "example.com", true, Port::Default),
        ),
        (
            "http://localhost:*",
            Pattern::from_parts("http", "localhost", false, Port::Any),
        ),
        (
            "https://*.ex_a-mple.com:*",
            Pattern::from_parts("https", "ex_a-mple.com", true, Port::Any),
        ),
        (
            "https://example.com.",
            Pattern::from_parts("https", "example.com.", false, Port::Default),
        ),
        (
            "https://93.184.216.34",
            Pattern::from_parts("https", "93.184.216.34", false, Port::Default),
        ),
        (
            "http://[2001:db8::1]:90",
            Pattern::from_parts("http", "[2001:db8::1]", false, Port::Exact(90)),
        ),
        (
            "https://xn--exmple-cua.com",
            Pattern::from_parts("https", "xn--exmple-cua.com", false, Port::Default),
        ),
        (
            "tauri://localhost",
            Pattern::from_parts("tauri", "localhost", false, Port::Default),
        ),
        (
            "capacitor://localhost",
            Pattern::from_parts("capacitor", "localhost", false, Port::Default),
        ),
        (
            "moz-extension://0f3d1a52-6f0e-4c1b-9a55-2f9a4f7f3b11",
            Pattern::from_parts(
                "moz-extension",
                "0f3d1a52-6f0e-4c1b-9a55-2f9a4f7f3b11",
                false,
                Port::Default,
            ),
        ),
    ];
    for (text, parts) in rows {
        assert_eq!(pattern(text), parts);
        assert_eq!(parts.to_string(), text);
        assert_eq!(parts.into_owned().to_string(), text);
        assert_eq!(parts.is_exact(), !text.contains('*'), "{text}");
    }
}

#[rustfmt::skip]
const NO_ORIGINS: &[&str] = &[
    "", "null", "*", "https://", "https:// ", "://a", "a", "a.com", "//a.com", "https:a.com", "https:/a.com", "HTTPS://a.com",
    "https://A.com", "https://a.com/", "https://a.com?", "https://a.com#", "https://a.com\\", "https://u@a.com",
    "https://a.com@evil", " https://a.com", "https://a.com ", "https://a.com,https://b.com", "https://a.com https://b.com",
    "https://a%2ecom", "https://a.com`.evil", "https://.a.com", "https://a..com", "https://a.com..", "https://.",
    "https://evil.com/.a.com", "https://a.com:443", "http://a.com:80", "https://a.com:080", "https://a.com:", "https://a.com:0",
    "https://a.com:65536", "https://a.com:+1", "https://a.com:*", "https://*.a.com", "https://a.com:1:2", "https://::1",
    "https://[::1", "https://[::1]x", "https://[]", "https://[::FF]", "https://[::127.0.0.1]", "https://[fe80::1%1]", "https://ä.com",
    "https://a.com\0", "https://a.com\n", "h_t://a.com", "1s://a.com", "https://[:]", "https://[1:2]", "ws://a.com:80", "ftp://a.com:21",
];

#[test]
fn a_value_that_no_browser_sends_is_not_an_origin() {
    for text in NO_ORIGINS {
        assert_eq!(Origin::parse(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(Origin::parse(b"https://a\xff.com"), None);
}

#[test]
fn a_value_that_browsers_send_is_an_origin() {
    let rows = [
        ("https://a.com", "https", "a.com", None),
        ("http://a.com:443", "http", "a.com", Some(443)),
        ("https://a.com:65535", "https", "a.com", Some(65535)),
        ("https://a.com.", "https", "a.com.", None),
        ("https://a.com_.evil", "https", "a.com_.evil", None),
        ("https://-a-.com", "https", "-a-.com", None),
        ("http://[::1]:90", "http", "[::1]", Some(90)),
        ("http://127.0.0.1", "http", "127.0.0.1", None),
        (
            "chrome-extension://abcdefgh",
            "chrome-extension",
            "abcdefgh",
            None,
        ),
    ];
    for (text, scheme, host, port) in rows {
        assert_eq!(
            Origin::parse(text.as_bytes()),
            Some(Origin { scheme, host, port }),
            "{text}"
        );
    }
}

/// A pattern, origins that it matches, and origins that it does not match.
type Matching = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

#[rustfmt::skip]
const MATCHING: &[Matching] = &[
    ("https://a.com", &["https://a.com"], &[
        "https://a.com.evil", "https://evila.com", "https://a.com_.evil", "https://a.com`.evil", "http://a.com", "https://a.com:8443",
        "https://a.com@evil", "https://A.com", "https://a.com.", "https://b.a.com", "https://a.co", "null", "*", "",
    ]),
    ("https://*.a.com", &["https://b.a.com", "https://c.b.a.com", "https://_.a.com"], &[
        "https://a.com", "https://evil.com/.a.com", "https://.a.com", "https://evila.com", "https://b.a.com.evil", "https://b.a.com.",
        "http://b.a.com", "https://b.a.com:8443", "https://b..a.com", "https://*.a.com",
    ]),
    ("https://*.a.com:8443", &["https://b.a.com:8443"], &["https://b.a.com", "https://b.a.com:84430", "https://b.a.com:08443"]),
    ("http://localhost:*", &["http://localhost", "http://localhost:3000", "http://localhost:443"], &[
        "https://localhost", "http://localhost:80", "http://localhost.evil:3000", "http://a.localhost:3000", "http://localhost:",
    ]),
    ("https://*.a.com:*", &["https://b.a.com", "https://b.a.com:1"], &["https://a.com:1", "https://a.com"]),
    ("http://[::1]:*", &["http://[::1]", "http://[::1]:90"], &["http://[::2]", "http://[0::1]"]),
    ("https://foo.com", &["https://foo.com"], &["https://barfoo.com", "https://foo.combar.com"]),
    ("https://bar.com", &["https://bar.com"], &["https://barfoo.com"]),
    ("https://a.com.", &["https://a.com."], &["https://a.com", "https://a.com.."]),
];

#[test]
fn a_pattern_matches_its_own_origins_and_no_others() {
    for (text, takes, leaves) in MATCHING {
        let pattern = Pattern::parse(text).expect(text);
        let matches = |origin: &&str| {
            Origin::parse(origin.as_bytes()).is_some_and(|origin| pattern.matches(&origin))
        };
        for origin in *takes {
            assert!(matches(origin), "{text} should take {origin}");
        }
        for origin in *leaves {
            assert!(!matches(origin), "{text} should not take {origin}");
        }
    }
}

#[test]
fn an_origin_is_insecure_if_the_network_can_impersonate_it() {
    let insecure = [
        "http://example.com",
        "connector://example.com",
        "ws://example.com",
        "http://169.254.169.254",
        "http://[::2]",
        "http://localhost.evil.com",
        "http://127.evil.com",
        "http://notlocalhost",
        "http://*.example.com",
    ];
    let secure = [
        "https://example.com",
        "chrome-extension://abc",
        "moz-extension://abc",
        "safari-web-extension://abc",
        "http://localhost",
        "http://localhost.",
        "http://a.localhost:*",
        "http://*.localhost",
        "http://127.0.0.1",
        "http://127.255.255.255:90",
        "http://[::1]",
        "tauri://localhost",
    ];
    for text in insecure {
        assert!(Pattern::parse(text).expect(text).is_insecure(), "{text}");
    }
    for text in secure {
        assert!(!Pattern::parse(text).expect(text).is_insecure(), "{text}");
    }
}

#[test]
fn strangers_can_register_under_a_public_suffix() {
    let public = [
        "https://*.com",
        "https://*.co.uk",
        "https://*.github.io",
        "https://*.corp",
        "https://*.com.",
        "https://*.xn--55qx5d.cn",
        "https://*.ck",
        "https://*.kawasaki.jp",
        "https://*.compute.amazonaws.com",
        "https://*.amazonaws.com",
        "https://*.eu-west-1.amazonaws.com",
        "https://*.windows.net",
        "https://*.azure.com.",
        "https://*.oraclecloud.com",
    ];
    let private = [
        "https://*.example.com",
        "https://com",
        "https://github.io",
        "https://*.localhost",
        "https://*.a.localhost.",
        "https://*.me.github.io",
        "https://*.city.kawasaki.jp",
        "https://*.a.corp",
    ];
    for text in public {
        assert!(
            Pattern::parse(text).expect(text).is_public_suffix(),
            "{text}"
        );
    }
    for text in private {
        assert!(
            !Pattern::parse(text).expect(text).is_public_suffix(),
            "{text}"
        );
    }
}

/// The rules of the public suffix list, from the source of the crate `psl`.
fn public_suffix_rules() -> Vec<String> {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&metadata.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("a list");
    let psl = packages.iter().find(|package| package["name"] == "psl");
    let manifest = psl.and_then(|psl| psl["manifest_path"].as_str());
    let folder = Path::new(manifest.expect("cors-rules depends on psl")).parent();
    let rules = folder.expect("a folder").join("data/rules.txt");
    let rules = fs::read_to_string(rules).expect("psl ships its rules");
    rules.lines().map(str::to_owned).collect()
}

#[test]
fn strangers_can_register_under_a_domain_with_public_suffixes_below_it() {
    let rules = public_suffix_rules();
    let mut above = 0;
    for rule in &rules {
        // `!city.kawasaki.jp` is an exception to `*.kawasaki.jp`.
        let Some(name) = rule
            .strip_prefix("*.")
            .or_else(|| Some(rule.as_str()).filter(|rule| !rule.starts_with('!')))
        else {
            continue;
        };
        let name = idna::domain_to_ascii(name).expect("the list has domains");
        for (index, _) in name.match_indices('.') {
            let parent = &name[index + 1..];
            let text = format!("https://*.{parent}");
            assert!(
                Pattern::parse(&text).expect(&text).is_public_suffix(),
                "{text} because of {rule}"
            );
            above += 1;
        }
        let nobodys = format!("https://*.no-suffix-at-all.example.{name}");
        assert!(
            !Pattern::parse(&nobodys).expect(&nobodys).is_public_suffix(),
            "{nobodys}"
        );
    }
    assert!(rules.len() > 9000 && above > rules.len() / 2, "{above}");
}
