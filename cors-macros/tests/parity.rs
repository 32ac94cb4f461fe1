//! Any list of origins is accepted or refused alike by the attribute and by an `OriginSet`, for the same rules.
//!
//! It is no part of the package, because `cors-runtime` depends on this crate. A test can call nothing of a macro's crate but
//! the macros, so the stages are built anew here.

#![allow(dead_code, reason = "some is for the macros alone")]

extern crate proc_macro;

#[path = "../src/args.rs"]
mod args;
#[path = "../src/attribute.rs"]
mod attribute;
#[path = "../src/check.rs"]
mod check;
#[path = "../src/diagnostic.rs"]
mod diagnostic;
#[path = "../src/docs.rs"]
mod docs;
#[path = "../src/documented.rs"]
mod documented;
#[path = "../src/expand.rs"]
mod expand;
#[path = "../src/item.rs"]
mod item;
#[path = "../src/module.rs"]
mod module;
#[path = "../src/named.rs"]
mod named;
#[path = "../src/route.rs"]
mod route;
#[path = "../src/table.rs"]
mod table;
#[path = "../src/value.rs"]
mod value;

use cors_runtime::OriginSet;
use proc_macro2::Literal;
use proptest::prelude::*;
use proptest::sample::select;
use quote::quote;

use crate::attribute::cors;
use crate::documented::errors_in;

/// Text that is an origin, or nearly one.
fn text() -> impl Strategy<Value = String> {
    // Each part is right more often than not, so that one text in some is right as a whole.
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

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

#[test]
fn the_texts_are_accepted_and_refused_in_good_number() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut rules = std::collections::BTreeMap::new();
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
