//! Whole policies: the violations of wrong ones, and the checked form of right ones.

use std::collections::HashSet;
use std::fmt::Write as _;

use cors_rules::{
    Draft, DraftOrigin, ExposedHeaders, Methods, OriginElement, Origins, Pattern, Place,
    RequestHeaders, Rule, Subject, Violation,
};

use crate::snapshot;

/// `"PATH"` stands for a path.
fn origins<'a>(texts: &[&'a str]) -> Vec<DraftOrigin<'a>> {
    let origin = |text: &&'a str| {
        if *text == "PATH" {
            DraftOrigin::Path
        } else {
            DraftOrigin::Literal(text)
        }
    };
    texts.iter().map(origin).collect()
}

fn draft<'a>(texts: &[&'a str]) -> Draft<'a> {
    Draft {
        origins: Some(origins(texts)),
        ..Draft::default()
    }
}

fn good() -> Draft<'static> {
    draft(&["https://example.com"])
}

fn with_credentials<'a>(texts: &[&'a str]) -> Draft<'a> {
    Draft {
        credentials: true,
        ..draft(texts)
    }
}

fn methods<'a>(subject: Subject<'a>, methods: &[&'a str]) -> Draft<'a> {
    Draft {
        subject,
        methods: Some(methods.to_vec()),
        ..good()
    }
}

fn headers<'a>(names: &[&'a str]) -> Draft<'a> {
    Draft {
        headers: Some(names.to_vec()),
        ..good()
    }
}

fn exposed<'a>(names: &[&'a str]) -> Draft<'a> {
    Draft {
        expose_headers: Some(names.to_vec()),
        ..good()
    }
}

fn max_age(written: &str) -> Draft<'_> {
    Draft {
        max_age: Some(written),
        ..good()
    }
}

fn allowing<'a>(draft: Draft<'a>, names: &[&'a str]) -> Draft<'a> {
    Draft {
        allow: names.to_vec(),
        ..draft
    }
}

fn broken(draft: Draft<'_>) -> Vec<(Rule, Place)> {
    let violations = draft.check().err().unwrap_or_default();
    violations
        .iter()
        .map(|violation| (violation.rule, violation.place))
        .collect()
}

const ROUTED: Subject<'_> = Subject::Handler {
    routed: &["GET", "PUT"],
};
const INSECURE: &str = "insecure_origin_with_credentials";
const PUBLIC: &str = "public_suffix_with_credentials";

/// A policy and its violations, in order.
type Row = (Draft<'static>, Vec<(Rule, Place)>);

fn rows() -> impl Iterator<Item = Row> {
    origin_rows()
        .into_iter()
        .chain(method_rows())
        .chain(header_rows())
        .chain(other_rows())
}

#[rustfmt::skip]
fn origin_rows() -> Vec<Row> {
    use Place::{Allow, Attribute, Origin};
    vec![
        (good(), vec![]),
        (Draft { origins: None, ..good() }, vec![(Rule::MissingOrigins, Attribute)]),
        (draft(&[]), vec![(Rule::MissingOrigins, Attribute)]),
        (Draft { origins: None, inherits: true, ..good() }, vec![]),
        (Draft { inherits: true, ..draft(&[]) }, vec![(Rule::MissingOrigins, Attribute)]),
        (draft(&["https://a.com", "null"]), vec![(Rule::NullOrigin, Origin(1))]),

        (draft(&["*"]), vec![]),
        (draft(&["https://a.com", "*"]), vec![(Rule::WildcardAmongOrigins, Origin(1))]),
        (draft(&["*", "PATH"]), vec![(Rule::WildcardAmongOrigins, Origin(0))]),
        (draft(&["*", "*"]), vec![(Rule::DuplicateOrigin, Origin(1))]),
        (draft(&["https://a.com", "https://*.a.com", "https://a.com"]), vec![(Rule::DuplicateOrigin, Origin(2))]),
        (draft(&["PATH", "PATH"]), vec![]),
        (with_credentials(&["*"]), vec![(Rule::WildcardWithCredentials, Origin(0))]),
        (with_credentials(&["https://a.com", "*"]), vec![(Rule::WildcardWithCredentials, Origin(1))]),
        (Draft { inherits: true, ..with_credentials(&["*"]) }, vec![(Rule::WildcardWithCredentials, Origin(0))]),
        (allowing(with_credentials(&["*"]), &["wildcard_with_credentials"]),
            vec![(Rule::WildcardWithCredentials, Origin(0)), (Rule::UnneededAllow, Allow(0))]),
        (with_credentials(&["http://a.com"]), vec![(Rule::InsecureOriginWithCredentials, Origin(0))]),
        (with_credentials(&["http://localhost:*", "http://127.0.0.1", "tauri://localhost", "https://a.com"]), vec![]),
        (with_credentials(&["https://*.com"]), vec![(Rule::PublicSuffixWithCredentials, Origin(0))]),
        (with_credentials(&["https://*.co.uk"]), vec![(Rule::PublicSuffixWithCredentials, Origin(0))]),
        (with_credentials(&["https://*.github.io"]), vec![(Rule::PublicSuffixWithCredentials, Origin(0))]),
        (with_credentials(&["https://*.corp"]), vec![(Rule::PublicSuffixWithCredentials, Origin(0))]),
        (with_credentials(&["https://*.localhost"]), vec![]),
        (with_credentials(&["http://*.com"]),
            vec![(Rule::InsecureOriginWithCredentials, Origin(0)), (Rule::PublicSuffixWithCredentials, Origin(0))]),
        (with_credentials(&["http://a.com/"]), vec![(Rule::OriginWithPath, Origin(0))]),
        (draft(&["http://*.com"]), vec![]),
    ]
}

#[rustfmt::skip]
fn method_rows() -> Vec<Row> {
    use Place::Method;
    vec![
        (methods(Subject::Named, &["GET", "HEAD", "POST", "PURGE"]), vec![]),
        (methods(Subject::Named, &["PU T", "", "PUT:"]),
            vec![(Rule::InvalidMethod, Method(0)), (Rule::InvalidMethod, Method(1)), (Rule::InvalidMethod, Method(2))]),
        (methods(Subject::Named, &["CONNECT", "trace", "Track"]),
            vec![(Rule::ForbiddenMethod, Method(0)), (Rule::ForbiddenMethod, Method(1)), (Rule::ForbiddenMethod, Method(2))]),
        (methods(Subject::Named, &["patch", "Get"]),
            vec![(Rule::MethodNotUppercase, Method(0)), (Rule::MethodNotUppercase, Method(1))]),
        (methods(Subject::Named, &["PUT", "GET", "PUT"]), vec![(Rule::DuplicateMethod, Method(2))]),
        (methods(Subject::Named, &["*"]), vec![]),
        (methods(Subject::Named, &["*", "PUT"]), vec![(Rule::WildcardMethod, Method(0))]),
        (methods(Subject::Named, &["*", "*"]), vec![(Rule::DuplicateMethod, Method(1))]),
        (methods(Subject::Named, &["*", "TRACE"]), vec![(Rule::ForbiddenMethod, Method(1))]),
        (methods(Subject::Config, &["*"]), vec![]),
        (methods(Subject::Config, &["*", "PUT"]), vec![(Rule::WildcardMethod, Method(0))]),
        (methods(Subject::Defaults, &["*"]), vec![(Rule::WildcardMethod, Method(0))]),
        (methods(Subject::Defaults, &["DELETE"]), vec![]),
        (methods(ROUTED, &["PUT"]), vec![]),
        (methods(ROUTED, &["*"]), vec![(Rule::WildcardMethod, Method(0))]),
        (methods(ROUTED, &["GET", "DELETE"]), vec![(Rule::MethodNotRouted, Method(1))]),
        (methods(ROUTED, &["put", "delete"]), vec![(Rule::MethodNotUppercase, Method(0)), (Rule::MethodNotRouted, Method(1))]),
    ]
}

#[rustfmt::skip]
fn header_rows() -> Vec<Row> {
    use Place::{ExposedHeader, Header};
    vec![
        (headers(&["content-type", "Access-Control-Foo", "X-HTTP-Method-Override"]), vec![]),
        (headers(&["", "résumé", "x:"]),
            vec![(Rule::InvalidHeader, Header(0)), (Rule::InvalidHeader, Header(1)), (Rule::InvalidHeader, Header(2))]),
        (headers(&["Host", "cookie", "ORIGIN", "content-length", "sec-fetch-site", "proxy-x"]),
            (0..6).map(|index| (Rule::ForbiddenHeader, Header(index))).collect()),
        (headers(&["Access-Control-Allow-Origin", "access-control-expose-headers", "access-control-max-age"]),
            (0..3).map(|index| (Rule::MisplacedHeader, Header(index))).collect()),
        (headers(&["access-control-request-method"]), vec![(Rule::ForbiddenHeader, Header(0))]),
        (headers(&["x-a", "X-A"]), vec![(Rule::DuplicateHeader, Header(1))]),
        (headers(&["*"]), vec![]),
        (headers(&["Authorization", "*"]), vec![]),
        (headers(&["x-a", "*"]), vec![(Rule::WildcardAmongHeaders, Header(1))]),
        (headers(&["*", "authorization", "x-a"]), vec![(Rule::WildcardAmongHeaders, Header(0))]),
        (headers(&["*", "access-control-allow-origin"]), vec![(Rule::MisplacedHeader, Header(1))]),
        (Draft { credentials: true, ..headers(&["*"]) }, vec![]),

        (exposed(&["ETag", "cache-control", "access-control-allow-origin"]), vec![]),
        (exposed(&["X Foo"]), vec![(Rule::InvalidHeader, ExposedHeader(0))]),
        (exposed(&["etag", "ETag"]), vec![(Rule::DuplicateHeader, ExposedHeader(1))]),
        (exposed(&["Set-Cookie", "set-cookie2"]),
            (0..2).map(|index| (Rule::ForbiddenExposedHeader, ExposedHeader(index))).collect()),
        (exposed(&["Origin", "access-control-request-method", "Access-Control-Allow-Methods", "access-control-allow-headers",
            "access-control-max-age"]), (0..5).map(|index| (Rule::MisplacedHeader, ExposedHeader(index))).collect()),
        (exposed(&["*"]), vec![]),
        (exposed(&["etag", "*"]), vec![(Rule::WildcardAmongExposedHeaders, ExposedHeader(1))]),
        (Draft { credentials: true, ..exposed(&["*"]) }, vec![(Rule::WildcardExposedWithCredentials, ExposedHeader(0))]),
        (Draft { credentials: true, ..exposed(&["etag", "*"]) },
            vec![(Rule::WildcardExposedWithCredentials, ExposedHeader(1))]),
    ]
}

#[rustfmt::skip]
fn other_rows() -> Vec<Row> {
    use Place::{Allow, Enforce, MaxAge, Origin};
    vec![
        (max_age("0"), vec![]),
        (max_age("86400"), vec![]),
        (max_age("86401"), vec![(Rule::InvalidMaxAge, MaxAge)]),
        (max_age("99999999999999999999"), vec![(Rule::InvalidMaxAge, MaxAge)]),
        (max_age("-1"), vec![(Rule::InvalidMaxAge, MaxAge)]),
        (max_age("1.5"), vec![(Rule::InvalidMaxAge, MaxAge)]),
        (max_age("+1"), vec![(Rule::InvalidMaxAge, MaxAge)]),
        (max_age(""), vec![(Rule::InvalidMaxAge, MaxAge)]),

        (Draft { enforce: true, ..good() }, vec![]),
        (Draft { enforce: true, ..draft(&["*"]) }, vec![(Rule::PointlessEnforce, Enforce)]),
        (Draft { enforce: true, ..with_credentials(&["*"]) }, vec![(Rule::WildcardWithCredentials, Origin(0))]),

        (allowing(with_credentials(&["http://a.com"]), &[INSECURE]), vec![]),
        (allowing(with_credentials(&["http://*.com"]), &[INSECURE, PUBLIC]), vec![]),
        (allowing(with_credentials(&["http://*.com"]), &[INSECURE]), vec![(Rule::PublicSuffixWithCredentials, Origin(0))]),
        (allowing(with_credentials(&["http://a.com"]), &[INSECURE, PUBLIC]), vec![(Rule::UnneededAllow, Allow(1))]),
        (allowing(with_credentials(&["http://a.com"]), &[INSECURE, INSECURE]), vec![(Rule::UnneededAllow, Allow(1))]),
        (allowing(draft(&["http://a.com"]), &[INSECURE]), vec![(Rule::UnneededAllow, Allow(0))]),
        (allowing(with_credentials(&["http://a.com"]), &["insecure_origins_with_credentials"]),
            vec![(Rule::UnneededAllow, Allow(0))]),
        (allowing(with_credentials(&["https://a.com"]), &["insecure_origin", "null_origin"]),
            vec![(Rule::UnneededAllow, Allow(0)), (Rule::UnneededAllow, Allow(1))]),
        // An unknown or refused origin may need the rule.
        (allowing(with_credentials(&["https://a.com", "PATH"]), &[INSECURE]), vec![]),
        (allowing(Draft { inherits: true, origins: None, ..good() }, &[INSECURE]), vec![]),
        (allowing(Draft { inherits: true, ..draft(&["http://a.com"]) }, &[INSECURE]), vec![]),
        (allowing(Draft { subject: Subject::Defaults, ..draft(&["http://a.com"]) }, &[INSECURE]), vec![]),
        (allowing(with_credentials(&["HTTP://a.com"]), &[INSECURE]), vec![(Rule::OriginNotLowercase, Origin(0))]),
        (allowing(Draft { inherits: true, ..with_credentials(&["https://a.com"]) }, &[INSECURE]),
            vec![(Rule::UnneededAllow, Allow(0))]),
        // Only a module may need it, whatever its origins are.
        (allowing(Draft { subject: Subject::Defaults, ..good() }, &["unseen_items"]), vec![]),
        (allowing(draft(&["PATH"]), &["unseen_items"]), vec![(Rule::UnneededAllow, Allow(0))]),
    ]
}

#[test]
fn each_policy_breaks_the_rules_that_it_should_and_no_others() {
    for (draft, expected) in rows() {
        let shown = format!("{draft:?}");
        assert_eq!(broken(draft), expected, "{shown}");
    }
}

#[test]
fn the_help_writes_allow_in_the_form_of_the_policy() {
    for (subject, written) in [
        (Subject::Named, "`allow(insecure_origin_with_credentials)`"),
        (
            Subject::Config,
            "`allow = [\"insecure_origin_with_credentials\"]`",
        ),
    ] {
        let draft = Draft {
            subject,
            ..with_credentials(&["http://a.com"])
        };
        let misspelt = allowing(draft.clone(), &["insecure_origins_with_credentials"]);
        for draft in [draft, misspelt] {
            let violations = draft.check().expect_err("one mistake");
            let help = violations[0].help.as_deref().expect("a help");
            assert!(help.ends_with(written), "{help}");
        }
    }
}

#[test]
fn every_rule_has_an_example() {
    /// The rules about the attribute's grammar, which have tests in the macro's crate.
    const GRAMMAR: [Rule; 7] = [
        Rule::UnreadableRoute,
        Rule::UnseenItems,
        Rule::NoMethodsLeft,
        Rule::UnknownKey,
        Rule::DuplicateKey,
        Rule::WrongValue,
        Rule::MisplacedAttribute,
    ];
    /// The rules about one origin, which have tests in `origins.rs`.
    const ORIGINS: [(&str, Rule); 12] = [
        ("example.com", Rule::OriginWithoutScheme),
        ("https://example.com/", Rule::OriginWithPath),
        ("https://user@example.com", Rule::OriginWithUserinfo),
        ("https://a..com", Rule::InvalidOrigin),
        ("https://exämple.com", Rule::OriginNotAscii),
        ("HTTPS://Example.com", Rule::OriginNotLowercase),
        ("https://example.com:443", Rule::DefaultPort),
        ("https://example.com:0", Rule::InvalidPort),
        ("http://127.1", Rule::NoncanonicalIp),
        ("null", Rule::NullOrigin),
        ("file://", Rule::FileOrigin),
        ("https://*", Rule::MisplacedWildcard),
    ];
    for (text, rule) in ORIGINS {
        assert_eq!(broken(draft(&[text])), [(rule, Place::Origin(0))]);
    }
    let mut seen: HashSet<Rule> = rows()
        .flat_map(|(_, broken)| broken)
        .map(|(rule, _)| rule)
        .collect();
    seen.extend(GRAMMAR);
    seen.extend(ORIGINS.map(|(_, rule)| rule));
    for rule in Rule::ALL {
        assert!(seen.contains(rule), "{rule:?}");
    }
}

#[test]
fn all_violations_are_reported_at_once_and_in_order() {
    let draft = Draft {
        methods: Some(vec!["get"]),
        headers: Some(vec!["x-a", "host"]),
        expose_headers: Some(vec!["set-cookie"]),
        max_age: Some("-1"),
        allow: vec!["nonsense"],
        ..with_credentials(&[
            "https://a.com/",
            "http://b.com",
            "https://a.com",
            "https://a.com",
        ])
    };
    let expected = [
        (Rule::OriginWithPath, Place::Origin(0)),
        (Rule::InsecureOriginWithCredentials, Place::Origin(1)),
        (Rule::DuplicateOrigin, Place::Origin(3)),
        (Rule::MethodNotUppercase, Place::Method(0)),
        (Rule::ForbiddenHeader, Place::Header(1)),
        (Rule::ForbiddenExposedHeader, Place::ExposedHeader(0)),
        (Rule::InvalidMaxAge, Place::MaxAge),
        (Rule::UnneededAllow, Place::Allow(0)),
    ];
    assert_eq!(broken(draft), expected);
}

#[test]
fn the_checked_form_has_the_content_of_the_draft() {
    let policy = Draft {
        subject: ROUTED,
        methods: Some(vec!["PUT"]),
        headers: Some(vec!["*", "Authorization"]),
        expose_headers: Some(vec!["ETag"]),
        max_age: Some("600"),
        enforce: true,
        allow: vec![INSECURE],
        ..with_credentials(&["https://*.a.com", "PATH", "http://b.com"])
    }
    .check()
    .expect("no rule is broken");
    let pattern = |text| Pattern::parse(text).expect("it was accepted");
    let elements = vec![
        OriginElement::Pattern {
            index: 0,
            pattern: pattern("https://*.a.com"),
        },
        OriginElement::Path { index: 1 },
        OriginElement::Pattern {
            index: 2,
            pattern: pattern("http://b.com"),
        },
    ];
    assert_eq!(
        policy.origins,
        Origins::Listed {
            elements,
            credentials: true
        }
    );
    assert!(policy.credentials() && policy.enforce);
    assert_eq!(policy.methods, Some(Methods::Listed(vec!["PUT"])));
    assert_eq!(policy.headers, Some(RequestHeaders::AnyAndAuthorization));
    assert_eq!(
        policy.expose_headers,
        Some(ExposedHeaders::Listed(vec!["ETag"]))
    );
    assert_eq!(policy.max_age, Some(600));
    assert_eq!(policy.allowed, [Rule::InsecureOriginWithCredentials]);

    let anyone = Draft {
        methods: Some(vec!["*"]),
        headers: Some(vec!["*"]),
        ..draft(&["*"])
    }
    .check()
    .expect("it may");
    assert_eq!(
        (anyone.origins.clone(), anyone.credentials()),
        (Origins::Anyone, false)
    );
    assert_eq!(
        (anyone.methods, anyone.headers),
        (Some(Methods::Any), Some(RequestHeaders::Any))
    );

    let inherited = Draft {
        origins: None,
        inherits: true,
        credentials: true,
        ..good()
    }
    .check()
    .expect("it may");
    assert_eq!(inherited.origins, Origins::Inherited { credentials: true });
}

/// The texts of the compile errors.
fn messages(draft: Draft<'_>) -> Vec<String> {
    draft
        .check()
        .expect_err("it breaks a rule")
        .iter()
        .map(Violation::to_string)
        .collect()
}

#[test]
fn a_message_has_the_rule_the_problem_the_help_and_the_reason() {
    let rows = [
        (
            draft(&["https://app.example.com/"]),
            "origin_with_path: an origin has no path, not even a trailing `/`\n\
             help: write \"https://app.example.com\"\n\
             why: browsers send the origin alone, so this text would never match",
        ),
        (
            with_credentials(&["*"]),
            "wildcard_with_credentials: `\"*\"` cannot be combined with `credentials`\n\
             help: list the origins that may act as the user, or leave out `credentials`\n\
             why: browsers refuse the combination, and echoing every origin instead would let any site act as the user",
        ),
        (
            with_credentials(&["http://app.example.com"]),
            "insecure_origin_with_credentials: an insecure origin cannot be combined with `credentials`\n\
             help: write \"https://app.example.com\", or add `allow(insecure_origin_with_credentials)`\n\
             why: anyone on the user's network can serve a page from such an origin, and act as the user",
        ),
        (
            methods(ROUTED, &["DELETE"]),
            "method_not_routed: the route does not serve `DELETE`\nhelp: list only what the route serves: `GET`, `PUT`",
        ),
        (
            headers(&["x-api-key: "]),
            "invalid_header: `x-api-key: ` is not a header name: it contains `:`\nhelp: write \"x-api-key\"",
        ),
        (
            max_age("600u32"),
            "invalid_max_age: `max_age` is a whole number of seconds\nhelp: write `max_age = 600`",
        ),
        (
            allowing(good(), &["insecure_origin"]),
            "unneeded_allow: there is no rule `insecure_origin`\nhelp: write `allow(insecure_origin_with_credentials)`",
        ),
        (
            allowing(good(), &["null_origin"]),
            "unneeded_allow: `null_origin` cannot be allowed\n\
             help: the rules that can be allowed are \
             `insecure_origin_with_credentials` and `public_suffix_with_credentials`",
        ),
    ];
    for (draft, message) in rows {
        assert_eq!(messages(draft), [message]);
    }
}

/// Policies with messages that the other rows do not have.
fn odd_rows() -> Vec<Draft<'static>> {
    let long = |length: usize| "x".repeat(length).leak() as &str;
    let of = |subject| Draft { subject, ..good() };
    vec![
        with_credentials(&["http://a.com:8080"]),
        with_credentials(&["ws://a.com"]),
        methods(Subject::Named, &[long(64), long(65)]),
        methods(
            Subject::Named,
            &["a,b", "a;b", "a b", "PUT: ", "trace:", "(PUT)"],
        ),
        headers(&[
            "x-a:",
            "host:",
            format!("{}:", long(64)).leak(),
            format!("{}:", long(65)).leak(),
        ]),
        exposed(&["etag:", "set-cookie:"]),
        max_age("600i64"),
        max_age("86400u32"),
        max_age("86401u32"),
        max_age("minute"),
        max_age("u32"),
        max_age(" 600"),
        // As long as the longest name that is compared, and longer.
        allowing(good(), &[format!("{INSECURE}{}", long(32)).leak()]),
        allowing(good(), &[format!("{INSECURE}{}", long(33)).leak()]),
        allowing(good(), &["unseen_items", "nonsense"]),
        allowing(
            of(Subject::Defaults),
            &["unseen_item", "nonsense", "unseen_items", "unseen_items"],
        ),
        allowing(of(Subject::Config), &["unseen_item", "insecure_origin"]),
    ]
}

#[test]
fn the_messages_are_those_of_the_snapshot() {
    let drafts = rows().map(|(draft, _)| draft).chain(odd_rows());
    let mut messages = String::new();
    for draft in drafts {
        for violation in draft.check().err().into_iter().flatten() {
            writeln!(messages, "{:?}: {violation}\n", violation.place).expect("a string takes it");
        }
    }
    snapshot::is_kept("policies.txt", &messages);
}

#[test]
fn quotations_in_messages_are_escaped_and_shortened() {
    let long = "x y\u{1b}[31m\n".repeat(10_000);
    for draft in [
        methods(Subject::Named, &[&long]),
        headers(&[&long]),
        exposed(&[&long]),
        draft(&[&long]),
        max_age(&long),
        allowing(good(), &[&long]),
    ] {
        for message in messages(draft) {
            assert!(message.chars().count() < 400, "{message}");
            assert!(
                message.lines().count() <= 3 && !message.contains('\u{1b}'),
                "{message}"
            );
        }
    }
}
