//! Compares `docs/rules.md` with the attribute, which must refuse each refused example with exactly the error on the page, and
//! accept each accepted one. `CORS_REGENERATE=1 cargo test -p cors-macros` writes the texts anew.

use std::path::PathBuf;
use std::{env, fs};

use cors_rules::Rule;
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Item, LitStr};

use crate::args::Args;
use crate::diagnostic::Diagnostics;
use crate::item::is_cors;
use crate::route;
use crate::tests::errors::errors_in;

/// The handler for an attribute that is alone in the file.
const HANDLER: &str = "#[put(\"/items/{id}\")] async fn update() -> &'static str { \"updated\" }";
const REFUSED: &str = "```rust,compile_fail\n";
const ERROR: &str = "```text\n";
const ACCEPTED: &str = "```rust\n";
const END: &str = "```\n";

#[test]
fn each_example_is_refused_as_it_says_or_accepted() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/rules.md");
    let text = fs::read_to_string(&path).expect("the file can be read");
    let mut parts = text.split("### `");
    let mut written = parts.next().expect("an introduction").to_owned();
    let mut rules = Vec::new();
    for part in parts {
        let (name, _) = part.split_once('`').expect("a heading names its rule");
        rules.push(name);
        let (head, rest) = block(part, REFUSED).expect(name);
        let (refused, rest) = rest.split_once(END).expect(name);
        let (between, rest) = block(rest, ERROR).expect(name);
        let (_, accepted) = rest.split_once(END).expect(name);

        let found = errors(refused);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert!(found[0].starts_with(&format!("{name}: ")), "{}", found[0]);
        let error = &found[0];
        written += "### `";
        for part in [
            head, REFUSED, refused, END, between, ERROR, error, "\n", END, accepted,
        ] {
            written += part;
        }

        let mut rest = accepted;
        let mut neighbours = 0;
        while let Some((_, after)) = block(rest, ACCEPTED) {
            let (example, after) = after.split_once(END).expect(name);
            assert_eq!(errors(example), Vec::<String>::new(), "{name}: {example}");
            neighbours += 1;
            rest = after;
        }
        assert_ne!(neighbours, 0, "{name} has no accepted neighbour");
    }
    let all: Vec<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
    assert_eq!(rules, all, "each rule once, in order");

    if env::var_os("CORS_REGENERATE").is_some() {
        fs::write(&path, &written).expect("the file can be written");
    } else {
        assert!(
            text == written,
            "docs/rules.md has other texts than the attribute: run with CORS_REGENERATE=1"
        );
    }
}

/// The text before the next block with this first line, and the text after that line.
fn block<'a>(text: &'a str, start: &str) -> Option<(&'a str, &'a str)> {
    text.split_once(start)
}

/// The errors in an example: from the attribute, and from const evaluation for a handler below its named policy.
fn errors(example: &str) -> Vec<String> {
    if let Ok(file) = syn::parse_str::<syn::File>(example)
        && let [Item::Struct(policy), Item::Fn(handler)] = &file.items[..]
    {
        let mut found = errors_of_one(&policy.to_token_stream().to_string());
        found.extend(errors_of_one(&handler.to_token_stream().to_string()));
        found.extend(no_methods_left(&policy.attrs, &handler.attrs));
        return found;
    }
    errors_of_one(example)
}

/// The error for a handler without a method of its named policy, from the function that const evaluation calls.
fn no_methods_left(policy: &[Attribute], handler: &[Attribute]) -> Option<String> {
    let named = policy.iter().find(|attr| is_cors(attr))?;
    let named: TokenStream = named.parse_args().expect("tokens");
    let named = Args::parse(named, &mut Diagnostics::new(&quote!())).methods?;
    let named: Vec<_> = named.elements.iter().map(LitStr::value).collect();
    let named: Vec<_> = named.iter().map(String::as_str).collect();
    let route = route::find(handler).expect("a handler has a route");
    let mounts = route::mounts(handler, route).expect("a route that can be read");
    let routed: Vec<_> = mounts.iter().flat_map(|mount| &mount.methods).collect();
    let routed: Vec<_> = routed.into_iter().map(String::as_str).collect();
    let mistake = cors_rules::no_methods_left(&routed, Some(&named))?;
    Some(mistake.as_str().to_owned())
}

fn errors_of_one(example: &str) -> Vec<String> {
    let tokens: TokenStream = example.parse().expect("tokens");
    let (args, item) = split(tokens);
    let item = if item.is_empty() {
        HANDLER.parse().expect("tokens")
    } else {
        item
    };
    errors_in(crate::attribute::cors(args, item))
}

/// The arguments of `#[cors(…)]`, and the item below it. Attributes above are dropped, as they would be expanded already.
fn split(tokens: TokenStream) -> (TokenStream, TokenStream) {
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        if let TokenTree::Group(attribute) = token
            && let Some(args) = arguments(&attribute)
        {
            return (args, tokens.collect());
        }
    }
    panic!("no attribute")
}

fn arguments(attribute: &Group) -> Option<TokenStream> {
    let mut tokens = attribute.stream().into_iter();
    let is_cors = matches!(tokens.next(), Some(TokenTree::Ident(name)) if name == "cors");
    match tokens.next() {
        Some(TokenTree::Group(args)) if is_cors => Some(args.stream()),
        _ => None,
    }
}
