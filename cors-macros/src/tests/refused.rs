//! Small mistakes, each of which is exactly one error, and rows that look like a mistake and are none.

use proc_macro2::TokenStream;

use super::errors::errors_in;

/// The arguments, the item, and the start of its only error, which is empty if there is none.
type Row = (&'static str, &'static str, &'static str);

const ORIGINS: &str = r#"origins = ["https://a.example"]"#;
const INSECURE: &str =
    r#"origins = ["http://a.com"], credentials, allow(insecure_origin_with_credentials)"#;
const HANDLER: &str = r#"#[get("/")] async fn handler() -> String {}"#;

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("off", HANDLER, ""),
    ("off", "struct Policy;", "misplaced_attribute: `off` closes a handler to other origins, and this is a named policy"),
    ("off", r#"mod handlers { #[get("/")] async fn handler() -> String {} }"#,
        "misplaced_attribute: `off` closes a handler to other origins, and this is a module"),
    (r#"origins = ["https://a.example"], headrs = ["x-a"]"#, "struct Policy;", "unknown_key: "),
    (r#"origins = ["https://a.example"], max_age 600"#, "struct Policy;", "wrong_value: "),
    ("origins = [5], credentials, allow(insecure_origin_with_credentials)", HANDLER, "wrong_value: "),
    (r#"origins: ["https://a.example"]"#, HANDLER, "wrong_value: a key and its value are joined by `=`"),
    (r#"origins = ["https://a.example"], headers = [content-type]"#, HANDLER, "wrong_value: `headers` takes a list of strings"),
    // Every token of the route attribute is read.
    (ORIGINS, r#"#[get("/", name = #[cfg(x)] "a")] async fn handler() -> String {}"#,
        "unreadable_route: `#[get]` takes a path in quotes"),
    // Route attributes that are imported under another name, and names that only look like that.
    (ORIGINS, r#"mod handlers { use std::fmt as get_ready; #[get("/")] async fn handler() -> String {} }"#, ""),
    (ORIGINS, r#"mod handlers { use actix_web::get as fetch; #[fetch("/")] async fn handler() -> String {} }"#,
        "unreadable_route: `#[fetch]` is a route attribute under another name"),
    (ORIGINS, r#"mod handlers { #[get("/")] async fn handler() -> String {} fn f() { #[doc = "a"] async fn g() {} } }"#, ""),
    // An inner module inherits `allow`. If no item needs an `allow`, it is an error.
    (INSECURE, r#"mod handlers { #[cors(max_age = 600)] mod inner { #[get("/")] async fn handler() -> String {} } }"#, ""),
    (INSECURE, r#"mod handlers { #[cors(origins = ["https://a.com"])] mod inner { #[get("/")] async fn handler() -> String {} } }"#,
        "unneeded_allow: "),
    (INSECURE, r#"mod handlers { #[cors(origins = ["https://a.com"], allow(insecure_origin_with_credentials))]
        mod inner { #[get("/")] async fn handler() -> String {} } }"#, "unneeded_allow: "),
    (ORIGINS, "mod handlers { #[got(\"/\")] async fn handler() -> String {} }", "misplaced_attribute: no function in this module has a route attribute"),
];

/// Items beside a handler in a module, and the start of the only error. An item that may contain handlers is an error, except in
/// tests.
#[rustfmt::skip]
const BESIDE_A_HANDLER: &[(&str, &str)] = &[
    ("mod elsewhere;", "unseen_items: "),
    (r#"#[path = "x.rs"] pub mod elsewhere;"#, "unseen_items: "),
    ("pub mod inner { mod elsewhere; }", "unseen_items: "),
    ("crate::handlers! { x }", "unseen_items: "),
    (r#"fn f() { #[get("/")] async fn g() -> String {} }"#, "unseen_items: "),
    (r#"fn f() { #[allow(unused)] #[actix_web::route("/", method = "GET")] #[doc = ""] async fn g() {} }"#, "unseen_items: "),
    (r#"use actix_web::{get as fetch}; #[fetch("/")] async fn g() -> String {}"#, "unreadable_route: "),
    (r#"fn f() { #[cors(off)] #[get("/")] async fn g() -> String {} }"#, ""),
    ("thread_local! { static X: u8 = 1; } std::thread_local! {}", ""),
    (r#"macro_rules! handler { () => { #[get("/")] async fn g() {} } }"#, ""),
    ("static X: u8 = { vec![1]; 2 }; const Y: u8 = f!();", ""),
    ("#[cfg(test)] mod tests;", ""),
    ("#[cfg(test)] mod tests { proptest! {} }", ""),
    (r#"#[derive(Clone)] struct S; #[cors(origins = ["*"])] struct P;"#, ""),
];

#[test]
fn each_small_mistake_is_one_error() {
    let beside = BESIDE_A_HANDLER.iter().map(|(item, expected)| {
        let module = format!("mod handlers {{ {HANDLER} {item} }}");
        (ORIGINS, module, expected)
    });
    let rows = ROWS
        .iter()
        .map(|(args, item, expected)| (*args, (*item).to_owned(), expected));
    for (args, item, expected) in rows.chain(beside) {
        let errors = errors_in(expand(args, &item));
        let errors: Vec<&str> = errors.iter().map(String::as_str).collect();
        match (*expected, &errors[..]) {
            ("", []) => {}
            ("", errors) => panic!("{args} on {item}: {errors:?}"),
            (expected, [error]) if error.starts_with(expected) => {}
            (_, errors) => panic!("{args} on {item}: {errors:?}"),
        }
    }
}

#[test]
fn expansions_have_the_public_suffix_flag_the_condition_and_the_path_one_deeper() {
    let module = |args: &str, item: &str| {
        let item = format!("mod handlers {{ {item} }}");
        without_spaces(&expand(args, &item))
    };
    #[rustfmt::skip]
    let rows = [
        (without_spaces(&expand(r#"origins = ["https://*.github.io"]"#, "struct P;")), "public_suffix:true"),
        (without_spaces(&expand(ORIGINS, "struct P;")), "listed(&["),
        (module(ORIGINS, r#"#[cfg_attr(feature = "x", get("/"))] async fn handler() -> String {}"#), r#"cfg_attr(any(all(feature="x",)),"#),
        (module("origins = [LIST]", r#"mod inner { #[get("/")] async fn handler() -> String {} }"#), "origins=[super::LIST]"),
        (module("origins = [self::LIST]", r#"mod inner { #[get("/")] async fn handler() -> String {} }"#), "origins=[super::LIST]"),
        (module("origins = [crate::LIST]", r#"mod inner { #[get("/")] async fn handler() -> String {} }"#), "origins=[crate::LIST]"),
        (module("origins = [::a::LIST]", r#"mod inner { #[get("/")] async fn handler() -> String {} }"#), "origins=[::a::LIST]"),
    ];
    for (written, expected) in rows {
        assert!(written.contains(expected), "{expected}: {written}");
    }
}

fn expand(args: &str, item: &str) -> TokenStream {
    let parse = |text: &str| text.parse().expect("tokens");
    crate::attribute::cors(parse(args), parse(item))
}

fn without_spaces(tokens: &TokenStream) -> String {
    tokens.to_string().replace([' ', '\n'], "")
}
