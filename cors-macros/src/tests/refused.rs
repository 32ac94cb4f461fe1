//! Small mistakes, each of which is exactly one error, and rows that look like a mistake and are none.

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::quote;

use super::errors::errors_in;
use crate::attribute::{cors, cors_on_route};

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
    (r#"origins = ["https://a.com", 5], credentials, allow(insecure_origin_with_credentials)"#, HANDLER, "wrong_value: "),
    (r#"origins = ["https://a.example"], headers = ["etag" "x-a"]"#, HANDLER,
        "wrong_value: a comma is missing before `\"x-a\"`\nhelp: write `, \"x-a\"`"),
    // A message has one line for the problem and one for the help, whatever the source has.
    ("origins = [\"https://a.example\" \"a\nb\"]", HANDLER, "wrong_value: a comma is missing here\nhelp: write it in front of this element"),
    ("origins = [&\"a\nb\"]", HANDLER, "wrong_value: `origins` takes a list of strings, `dev(\"…\")` and paths\nhelp: write `\"a\\nb\"`"),
    (r#"origins: ["https://a.example"]"#, HANDLER, "wrong_value: a key and its value are joined by `=`"),
    (r#"origins = ["https://a.example"], headers = [content-type]"#, HANDLER, "wrong_value: `headers` takes a list of strings"),
    (r#"origins = ["https://a.example"], credentials;"#, HANDLER, "wrong_value: the value of `credentials` is missing or cannot be read"),
    (r#"origins = ["https://a.example"], headers = [etag, content-type]"#, HANDLER,
        "wrong_value: `headers` takes a list of strings\nhelp: write `\"content-type\"`"),
    (r#"origins = ["https://a.example"], headers = [*]"#, HANDLER, "wrong_value: `headers` takes a list of strings\nhelp: write `\"*\"`"),
    (r#"origins = ["https://a.example"], headers = [x-forwarded-for]"#, HANDLER,
        "wrong_value: `headers` takes a list of strings\nhelp: write `\"x-forwarded-for\"`"),
    (r#"origins = ["https://a.example"], max_age = 0x1_0"#, HANDLER, ""),
    ("policy = Partners::<'static>", HANDLER, ""),
    (r#"origins = ["https://a.example"], crate = my::<u8>::cors_runtime"#, HANDLER, "wrong_value: `crate` takes the path of the runtime crate"),
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
    (INSECURE, r#"mod handlers { #[cors(allow(insecure_origin_with_credentials))] #[get("/")] async fn handler() -> String {} }"#, "unneeded_allow: "),
    (ORIGINS, r#"mod handlers { #[cors(allow(unseen_items))] mod inner { #[get("/")] async fn handler() -> String {} } }"#, "unneeded_allow: "),
    // An inner module repeats no mistake of the outer one, and one of its items is not followed by another of the module.
    (r#"origins = ["a.example"]"#, r#"mod handlers { #[cors(max_age = 600)] mod inner { #[get("/")] async fn handler() -> String {} } }"#,
        "origin_without_scheme: "),
    (ORIGINS, r#"mod handlers { #[get("/")] async fn handler() -> String {} #[cors(max_age = 600)] mod inner { mod elsewhere; } }"#, "unseen_items: "),
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
    ("fn f() { quote! { #(get)* } }", ""),
    ("fn f() { let x = &[get]; x }", ""),
    ("use std::fmt::Debug as fetch; #[fetch] struct S;", ""),
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
    // A `macro_rules!` that passes on a `$policy:path` puts it into such an invisible group.
    let policy = Group::new(Delimiter::None, parse("P"));
    let in_a_group = quote!(policy = #policy);
    #[rustfmt::skip]
    let rows = [
        (without_spaces(&expand(r#"origins = ["https://*.github.io"]"#, "struct P;")), "public_suffix:true"),
        (without_spaces(&expand(ORIGINS, "struct P;")), "listed(&["),
        (module(ORIGINS, r#"#[cfg_attr(feature = "x", get("/"))] async fn handler() -> String {}"#), r#"cfg_attr(any(all(feature="x",)),"#),
        (module("origins = [LIST]", r#"mod inner { #[get("/")] async fn handler() -> String {} }"#), "origins=[super::LIST]"),
        (module("origins = [self::LIST]", r#"mod inner { #[get("/")] async fn handler() -> String {} }"#), "origins=[super::LIST]"),
        (module("origins = [crate::LIST]", r#"mod inner { #[get("/")] async fn handler() -> String {} }"#), "origins=[crate::LIST]"),
        (module("origins = [::a::LIST]", r#"mod inner { #[get("/")] async fn handler() -> String {} }"#), "origins=[::a::LIST]"),
        (without_spaces(&cors(in_a_group, parse(r#"mod a { mod b { #[get("/")] async fn handler() -> String {} } }"#))), "policy=super::P"),
    ];
    for (written, expected) in rows {
        assert!(written.contains(expected), "{expected}: {written}");
    }
}

#[test]
fn expansions_keep_the_handler_and_the_second_pass_of_the_attribute() {
    #[rustfmt::skip]
    let rows = [
        (without_spaces(&expand("origins = []", r#"mod handlers { #[get("/")] async fn handler() -> String {} }"#)), r#"#[get("/")]asyncfnhandler"#),
        (without_spaces(&expand(ORIGINS, r#"#[get("/", nam = "a")] async fn handler() -> String {}"#)), "structhandler;"),
        (without_spaces(&expand("policy = P, crate = my::rt", r#"#[instrument] #[get("/")] async fn handler() -> String {}"#)),
            "#[my::rt::__private::cors_on_route("),
        (without_spaces(&cors_on_route(parse(ORIGINS), parse("struct P;"))), "CorsPolicyforP"),
    ];
    for (written, expected) in rows {
        assert!(written.contains(expected), "{expected}: {written}");
    }
}

#[test]
fn the_beginning_of_a_function_tells_it_from_another_item() {
    for (item, expected) in [
        (
            r#"#[get("/")] pub async fn handler(id) {}"#,
            "cannot read the signature of this function",
        ),
        ("static fn handler(id) {}", "belongs on a handler"),
        ("+ fn handler(id) {}", "belongs on a handler"),
    ] {
        let shown = expand(ORIGINS, item).to_string();
        assert!(shown.contains(expected), "{item}: {shown}");
    }
}

fn expand(args: &str, item: &str) -> TokenStream {
    cors(parse(args), parse(item))
}

fn parse(text: &str) -> TokenStream {
    text.parse().expect("tokens")
}

fn without_spaces(tokens: &TokenStream) -> String {
    tokens.to_string().replace([' ', '\n'], "")
}
