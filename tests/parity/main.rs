//! The attribute and an `OriginSet` accept and refuse the same lists of origins, by the same rules. The attribute and a `PolicyConfig`
//! accept and refuse the same policies, at the same places and with the same words. `ui` compares the attribute's errors with the
//! `.stderr` files.
//!
//! A test can call only the macros of a macro crate, so the modules of the stages are built here once more.

#![allow(dead_code, reason = "some items are only for the macros")]
#![allow(unexpected_cfgs, reason = "a feature of `cors-macros`")]

extern crate proc_macro;

#[path = "../../cors-macros/src/args.rs"]
mod args;
#[path = "../../cors-macros/src/attribute.rs"]
mod attribute;
#[path = "../../cors-macros/src/check.rs"]
mod check;
#[path = "../../cors-macros/src/diagnostic.rs"]
mod diagnostic;
#[path = "../../cors-macros/src/doc_section.rs"]
mod doc_section;
#[path = "../../cors-macros/src/tests/errors.rs"]
mod errors;
#[path = "../../cors-macros/src/expand.rs"]
mod expand;
#[path = "../../cors-macros/src/item.rs"]
mod item;
#[path = "../../cors-macros/src/module.rs"]
mod module;
#[path = "../../cors-macros/src/named.rs"]
mod named;
#[path = "../../cors-macros/src/route.rs"]
mod route;
#[path = "../../cors-macros/src/table.rs"]
mod table;
mod ui;
#[path = "../../cors-macros/src/value.rs"]
mod value;

use std::collections::BTreeMap;

use cors_runtime::{OriginSet, PolicyConfig, Rule};
use proc_macro2::{Literal, TokenStream};
use proptest::prelude::*;
use proptest::sample::select;
use quote::quote;

use crate::attribute::cors;
use crate::errors::{errors_in, errors_with_spans_in};

/// Text that is an origin, or nearly one.
fn text() -> impl Strategy<Value = String> {
    // Each part is usually right, so that some texts are right as a whole.
    let mostly = |right: &'static str, wrong: &[&'static str]| prop_oneof![8 => Just(right), 1 => select(wrong.to_vec())];
    let scheme = mostly("https", &["http", "HTTP", "tauri", "file", "*", ""]);
    let separator = mostly("://", &[":/", ""]);
    let before = mostly("", &["*.", "*.", "*.", "*", "u@", "."]);
    let host = prop_oneof![
        4 => "[a-z0-9-]{1,3}(\\.[a-z0-9_-]{1,3}){0,2}",
        2 => select(vec![
            "localhost", "127.0.0.1", "[::1]", "10.0.0.1", "github.io", "co.uk", "com", "example.com", "EXAMPLE.com",
            "xn--bcher-kva.example", "bücher.example", "0x7f.1", "[::0001]", "localhost.", "a..b", "\u{202e}a.com",
        ]).prop_map(str::to_owned),
        1 => "\\[[0-9a-f:.]{1,12}\\]",
        1 => "\\PC{0,6}",
    ];
    let port = mostly("", &[":8080", ":443", ":80", ":*", ":0", ":65536", ":"]);
    let after = mostly("", &["/", "?q", " ", ",", "\n"]);
    let whole = select(vec!["*", "null", "", " ", "https://example.com"]).prop_map(str::to_owned);
    let parts = (scheme, separator, before, host, port, after).prop_map(
        |(scheme, separator, before, host, port, after)| {
            format!("{scheme}{separator}{before}{host}{port}{after}")
        },
    );
    prop_oneof![8 => parts, 1 => whole, 1 => any::<String>()]
}

/// The rules by which the attribute refuses a list, for a policy with credentials.
fn by_attribute(origins: &[String]) -> Vec<String> {
    let origins = origins.iter().map(|origin| Literal::string(origin));
    let expansion = cors(
        quote!(origins = [#(#origins),*], credentials),
        quote!(
            struct Policy;
        ),
    );
    let mut rules: Vec<_> = errors_in(expansion)
        .into_iter()
        .map(|error| error.split(':').next().unwrap_or_default().to_owned())
        .collect();
    rules.sort();
    rules
}

fn by_set(origins: &[String]) -> Vec<String> {
    let set = OriginSet::new();
    let mut rules: Vec<_> = match set.replace(origins) {
        Ok(()) => Vec::new(),
        Err(error) => error
            .refused()
            .map(|(_, rule)| rule.name().to_owned())
            .collect(),
    };
    rules.sort();
    rules
}

fn list(element: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(element, 0..4)
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(texts).prop_map(str::to_owned)
}

fn policy() -> impl Strategy<Value = PolicyConfig> {
    let mostly = |right: &'static [&'static str], wrong: &'static [&'static str]| {
        prop_oneof![16 => one_of(right), 2 => one_of(wrong), 1 => any::<String>()].boxed()
    };
    let origin = prop_oneof![
        4 => mostly(
            &[
                "https://app.example.com",
                "https://*.example.com",
                "http://localhost:*",
                "tauri://localhost",
                "https://b.example",
            ],
            &["https://*.github.io", "http://a.example", "*"],
        ),
        1 => text(),
    ];
    let method = mostly(
        &["GET", "PUT", "DELETE", "PATCH", "PURGE"],
        &["*", "put", "TRACE", "PU T", ""],
    );
    let header = mostly(
        &["content-type", "X-Id", "authorization", "etag", "x-other"],
        &[
            "*",
            "cookie",
            "set-cookie",
            "origin",
            "access-control-max-age",
            "x-id:",
            "x y",
            "",
        ],
    );
    // Only names: in `allow(…)`, the attribute also refuses other tokens, which a `PolicyConfig` cannot have.
    let allow = one_of(&[
        "insecure_origin_with_credentials",
        "public_suffix_with_credentials",
        "public_sufix_with_credentials",
        "null_origin",
        "nonsense",
    ]);
    (
        list(origin),
        prop::option::of(list(method)),
        list(header.clone()),
        list(header),
        any::<bool>(),
        prop::option::of(prop_oneof![8 => 0..90_000_i64, 1 => any::<i64>()]),
        any::<bool>(),
        prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(allow, 1..3)],
    )
        .prop_map(
            |(origins, methods, headers, expose_headers, credentials, max_age, enforce, allow)| {
                PolicyConfig {
                    origins,
                    methods,
                    headers,
                    expose_headers,
                    credentials,
                    max_age,
                    enforce,
                    allow,
                }
            },
        )
}

/// A place, a rule and what is wrong, and what to write instead.
type Mistake = (String, String, Option<String>);

/// The mistakes that the attribute finds in the same policy.
fn said_by_attribute(config: &PolicyConfig) -> Vec<Mistake> {
    /// The arguments of the attribute, and the place in the policy for the byte at which its text begins.
    #[derive(Default)]
    struct Source {
        text: String,
        places: BTreeMap<usize, String>,
    }

    impl Source {
        fn put(&mut self, text: &str, place: String) {
            self.places.insert(self.text.len(), place);
            self.text += text;
        }

        fn list(&mut self, key: &str, [open, close]: [&str; 2], elements: &[String]) {
            self.text.extend([" ", key, " ", open]);
            for (index, element) in elements.iter().enumerate() {
                self.put(element, format!("{key}[{index}]"));
                self.text += ", ";
            }
            self.text.extend([close, ","]);
        }

        fn literals(&mut self, key: &str, elements: &[String]) {
            let literals = elements
                .iter()
                .map(|text| Literal::string(text).to_string());
            self.list(key, ["= [", "]"], &literals.collect::<Vec<_>>());
        }
    }

    let mut source = Source::default();
    if !config.origins.is_empty() {
        source.literals("origins", &config.origins);
    }
    if let Some(methods) = &config.methods {
        source.literals("methods", methods);
    }
    source.literals("headers", &config.headers);
    source.literals("expose_headers", &config.expose_headers);
    if config.credentials {
        source.text += " credentials,";
    }
    if let Some(seconds) = config.max_age {
        source.text += " max_age = ";
        source.put(&seconds.to_string(), "max_age".to_owned());
        source.text += ", ";
    }
    if config.enforce {
        source.put("enforce", "enforce".to_owned());
        source.text += ",";
    }
    if !config.allow.is_empty() {
        source.list("allow", ["(", ")"], &config.allow);
    }
    let args: TokenStream = source.text.parse().expect("tokens");
    let expansion = cors(
        args,
        quote!(
            struct Policy;
        ),
    );
    let mistake = |(span, message): (proc_macro2::Span, String)| {
        // A span outside of the arguments is that of the whole attribute.
        let place = source.places.get(&span.byte_range().start);
        let mut lines = message.lines();
        let problem = lines.next().unwrap_or_default().to_owned();
        let help = lines.find_map(|line| line.strip_prefix("help: "));
        (
            place.map_or("origins", String::as_str).to_owned(),
            problem,
            help.map(as_a_list),
        )
    };
    errors_with_spans_in(expansion)
        .into_iter()
        .map(mistake)
        .collect()
}

/// `allow(…)` as a settings file has it.
fn as_a_list(help: &str) -> String {
    Rule::ALL.iter().fold(help.to_owned(), |help, rule| {
        let name = rule.name();
        help.replace(
            &format!("`allow({name})`"),
            &format!("`allow = [\"{name}\"]`"),
        )
    })
}

fn said_by_config(config: &PolicyConfig) -> Vec<Mistake> {
    let Err(error) = config.check() else {
        return Vec::new();
    };
    let mistakes = error.mistakes().iter().map(|mistake| {
        (
            mistake.place().to_owned(),
            format!("{}: {}", mistake.rule().name(), mistake.message()),
            mistake.help().map(str::to_owned),
        )
    });
    mistakes.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_text_is_refused_by_the_same_rule(origin in text()) {
        let origins = [origin];
        prop_assert_eq!(by_attribute(&origins), by_set(&origins));
    }

    #[test]
    fn a_list_is_refused_for_each_of_its_mistakes(origins in prop::collection::vec(text(), 1..5)) {
        prop_assert_eq!(by_attribute(&origins), by_set(&origins));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_policy_is_refused_for_the_same_mistakes_where_it_is_read_at_start(config in policy()) {
        prop_assert_eq!(said_by_attribute(&config), said_by_config(&config));
    }
}

#[test]
fn many_policies_are_accepted_and_many_are_refused() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut accepted = 0;
    let mut rules = BTreeMap::new();
    let mut places = BTreeMap::new();
    for _ in 0..1024 {
        let config = policy().new_tree(&mut runner).expect("a policy").current();
        let mistakes = said_by_attribute(&config);
        accepted += i32::from(mistakes.is_empty());
        for (place, problem, _) in mistakes {
            let rule = problem.split(':').next().unwrap_or_default().to_owned();
            *rules.entry(rule).or_insert(0) += 1;
            *places.entry(place).or_insert(0) += 1;
        }
    }
    assert!(
        accepted > 50 && rules.len() >= 25 && places.len() >= 17,
        "{accepted} {rules:?} {places:?}"
    );
}

#[test]
fn many_texts_are_accepted_and_many_are_refused() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut rules = BTreeMap::new();
    for _ in 0..4096 {
        let text = text().new_tree(&mut runner).expect("a text").current();
        for rule in by_set(&[text]) {
            *rules.entry(rule).or_insert(0) += 1;
        }
    }
    let refused: i32 = rules.values().sum();
    assert!(
        rules.len() >= 12 && refused > 1000 && refused < 3600,
        "{rules:?}"
    );
}
