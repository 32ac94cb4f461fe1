//! The policies that any correct implementation refuses or accepts, run through [`Draft::check`].

use std::collections::HashMap;

use cors_rules::{Draft, DraftOrigin, Rule};
use serde_json::Value;

const CASES: &str = include_str!("policies.json");

/// The one rule that each refused policy breaks.
#[rustfmt::skip]
const BROKEN: &[(&str, Rule)] = &[
    ("null-among-good", Rule::NullOrigin),
    ("origin-triple-slash", Rule::InvalidOrigin),
    ("origin-query", Rule::OriginWithPath),
    ("origin-fragment", Rule::OriginWithPath),
    ("origin-whitespace", Rule::InvalidOrigin),
    ("origin-scheme-star", Rule::MisplacedWildcard),
    ("origin-host-caret", Rule::InvalidOrigin),
    ("origin-host-percent", Rule::InvalidOrigin),
    ("origin-bad-punycode", Rule::InvalidOrigin),
    ("origin-host-254", Rule::InvalidOrigin),
    ("port-https-443", Rule::DefaultPort),
    ("port-alpha", Rule::InvalidPort),
    ("port-junk", Rule::InvalidPort),
    ("port-six-digits", Rule::InvalidPort),
    ("port-partial-wild", Rule::MisplacedWildcard),
    ("port-range", Rule::InvalidPort),
    ("port-spring-list", Rule::InvalidOrigin),
    ("ip-v4-five", Rule::NoncanonicalIp),
    ("ip-v4-octal", Rule::NoncanonicalIp),
    ("ip-v4-256", Rule::NoncanonicalIp),
    ("ip-digit-host", Rule::NoncanonicalIp),
    ("ip-v6-junk", Rule::InvalidOrigin),
    ("ip-v6-nobrackets", Rule::NoncanonicalIp),
    ("ip-v6-noclose", Rule::InvalidOrigin),
    ("ip-v6-prefix-junk", Rule::InvalidOrigin),
    ("ip-v6-colons", Rule::InvalidOrigin),
    ("ip-v6-upper", Rule::NoncanonicalIp),
    ("ip-v6-mapped", Rule::NoncanonicalIp),
    ("ip-v4-wild", Rule::MisplacedWildcard),
    ("wild-middle", Rule::MisplacedWildcard),
    ("wild-suffix", Rule::MisplacedWildcard),
    ("wild-scheme-any-host", Rule::MisplacedWildcard),
    ("wild-star-space", Rule::InvalidOrigin),
    ("cred-any", Rule::WildcardWithCredentials),
    ("cred-any-among", Rule::WildcardWithCredentials),
    ("cred-insecure-scheme", Rule::InsecureOriginWithCredentials),
    ("cred-insecure-ip", Rule::InsecureOriginWithCredentials),
    ("cred-psl-couk", Rule::PublicSuffixWithCredentials),
    ("cred-psl-unknown-tld", Rule::PublicSuffixWithCredentials),
    ("method-leading-space", Rule::InvalidMethod),
    ("method-colon", Rule::InvalidMethod),
    ("method-forbidden-TRACE", Rule::ForbiddenMethod),
    ("method-forbidden-trace", Rule::ForbiddenMethod),
    ("method-forbidden-with-star", Rule::ForbiddenMethod),
    ("reqhdr-empty", Rule::InvalidHeader),
    ("reqhdr-unicode", Rule::InvalidHeader),
    ("reqhdr-forbidden-accept-encoding", Rule::ForbiddenHeader),
    ("reqhdr-forbidden-content-length", Rule::ForbiddenHeader),
    ("reqhdr-forbidden-date", Rule::ForbiddenHeader),
    ("reqhdr-forbidden-expect", Rule::ForbiddenHeader),
    ("reqhdr-forbidden-host", Rule::ForbiddenHeader),
    ("reqhdr-forbidden-origin", Rule::ForbiddenHeader),
    ("reqhdr-forbidden-set-cookie", Rule::ForbiddenHeader),
    ("reqhdr-forbidden-te", Rule::ForbiddenHeader),
    ("reqhdr-forbidden-transfer-encoding", Rule::ForbiddenHeader),
    ("reqhdr-prohibited-access-control-allow-methods", Rule::MisplacedHeader),
    ("reqhdr-prohibited-access-control-allow-headers", Rule::MisplacedHeader),
    ("reqhdr-prohibited-with-star", Rule::MisplacedHeader),
    ("exphdr-empty", Rule::InvalidHeader),
    ("exphdr-unicode", Rule::InvalidHeader),
    ("exphdr-space", Rule::InvalidHeader),
    ("exphdr-prohibited-origin", Rule::MisplacedHeader),
    ("exphdr-prohibited-access-control-request-headers", Rule::MisplacedHeader),
    ("maxage-year", Rule::InvalidMaxAge),
];

/// The id of each case in `group`, and the rules that its policy breaks.
fn run(group: &str) -> Vec<(String, Vec<Rule>)> {
    let cases: Value = serde_json::from_str(CASES).expect("the file is JSON");
    cases[group]
        .as_array()
        .expect("a group is a list")
        .iter()
        .map(|case| (text(&case["id"]).to_owned(), broken(&case["policy"])))
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// An empty list of methods or headers stands for an absent key.
fn list(value: &Value) -> Option<Vec<&str>> {
    let elements: Vec<_> = value.as_array().expect("a list").iter().map(text).collect();
    (!elements.is_empty()).then_some(elements)
}

fn broken(policy: &Value) -> Vec<Rule> {
    let max_age = policy["max_age"]
        .as_i64()
        .map(|seconds| seconds.to_string());
    let draft = Draft {
        origins: list(&policy["origins"])
            .map(|origins| origins.into_iter().map(DraftOrigin::Literal).collect()),
        methods: list(&policy["methods"]),
        headers: list(&policy["headers"]),
        expose_headers: list(&policy["expose"]),
        credentials: policy["credentials"] == true,
        max_age: max_age.as_deref(),
        ..Draft::default()
    };
    draft
        .check()
        .err()
        .unwrap_or_default()
        .iter()
        .map(|violation| violation.rule)
        .collect()
}

#[test]
fn every_policy_that_must_be_refused_breaks_one_rule() {
    let cases = run("refused");
    let expected: HashMap<_, _> = BROKEN.iter().copied().collect();
    assert_eq!(cases.len(), expected.len());
    for (id, broken) in cases {
        assert_eq!(broken, [expected[id.as_str()]], "{id}");
    }
}

#[test]
fn every_policy_that_must_be_accepted_breaks_no_rule() {
    let cases = run("accepted");
    assert!(!cases.is_empty());
    for (id, broken) in cases {
        assert_eq!(broken, [], "{id}");
    }
}
