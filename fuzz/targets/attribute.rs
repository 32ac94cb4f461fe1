//! Any tokens in `#[cors(…)]` and below it: the attribute does not panic, it writes valid Rust if the item is valid, and it either
//! annotates the handler or reports an error and keeps the handler.
//!
//! An input has the arguments and, after a line `---`, the item. Without that line, the item is a handler.

#![cfg_attr(fuzzing, no_main)]
#![allow(dead_code, reason = "the macros alone use some of it")]

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
#[path = "../../cors-macros/src/value.rs"]
mod value;

use cors_rules::Rule;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{File, Item, LitStr};

const HANDLER: &str = "#[get(\"/{id}\")] async fn handler() -> String { body() }";
/// Deeper nesting overflows the stack of the compiler's own parser first.
const DEEPEST: usize = 40;
const LONGEST: usize = 2048;

cors_fuzz::target!(any_tokens);

fn any_tokens(input: &[u8]) {
    let Some(text) = std::str::from_utf8(input)
        .ok()
        .filter(|text| is_in_bounds(text))
    else {
        return;
    };
    let (args, item) = text.split_once("\n---\n").unwrap_or((text, HANDLER));
    let (Ok(args), Ok(item)) = (args.parse::<TokenStream>(), item.parse::<TokenStream>()) else {
        return;
    };
    let was_rust = syn::parse2::<File>(item.clone()).is_ok();
    for expansion in [
        attribute::cors(args.clone(), item.clone()),
        attribute::cors_on_route(args, item.clone()),
    ] {
        let shown = expansion.to_string();
        let file = match syn::parse2::<File>(expansion) {
            Ok(file) => file,
            Err(error) => {
                assert!(!was_rust, "{error} in {shown}");
                continue;
            }
        };
        let errors: Vec<String> = file.items.iter().filter_map(error).collect();
        for error in &errors {
            assert_is_readable(error);
        }
        // The name and the body of a function are still there, with an error or with a registration.
        if let Ok(function) = syn::parse2::<item::Function>(item.clone()) {
            let name = function.sig.ident.to_string();
            assert!(shown.contains(&name), "{name} is gone: {shown}");
            assert!(
                !errors.is_empty()
                    || shown.contains("HttpServiceFactory")
                    || shown.contains("cors_on_route"),
                "{name} has neither a policy nor an error: {shown}"
            );
            let body = function.body.to_token_stream().to_string();
            assert!(shown.contains(&body), "the body is gone: {shown}");
        }
    }
}

fn is_in_bounds(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut deepest = 0;
    for character in text.chars() {
        match character {
            '(' | '[' | '{' | '<' | '!' | '&' | '-' | '*' => depth += 1,
            ')' | ']' | '}' | '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    text.len() <= LONGEST && deepest <= DEEPEST
}

fn error(item: &Item) -> Option<String> {
    let Item::Macro(item) = item else {
        return None;
    };
    if item.mac.path.segments.last()?.ident != "compile_error" {
        return None;
    }
    item.mac
        .parse_body::<LitStr>()
        .ok()
        .map(|text| text.value())
}

/// An error begins with the name of a rule, and has at most a line of help and a line with the reason.
fn assert_is_readable(error: &str) {
    let mut lines = error.lines();
    let rule = lines.next().and_then(|line| line.split_once(": "));
    let is_rule = rule.is_some_and(|(name, _)| Rule::from_name(name).is_some());
    assert!(is_rule, "{error}");
    let is_known = |line: &str| line.starts_with("help: ") || line.starts_with("why: ");
    assert!(lines.clone().count() <= 2 && lines.all(is_known), "{error}");
    assert!(error.chars().count() < 2000, "{error}");
}
