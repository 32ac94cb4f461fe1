//! Compares the attribute's messages about the cases in `tests/ui` with their `.stderr` files. It calls the attribute and not the
//! compiler, so it takes a second, and works under any compiler.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use cors_runtime::Rule;
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, Item, Stmt};

use crate::attribute::{cors, cors_on_route};
use crate::errors::errors_with_spans_in;

/// The message with its line and column.
type Message = (String, String);

#[test]
fn each_stderr_file_has_the_messages_of_the_attribute_at_their_places() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut seen = 0;
    for folder in fs::read_dir(ui).expect("the cases are there") {
        let Ok(cases) = fs::read_dir(folder.expect("a folder").path()) else {
            continue;
        };
        for case in cases {
            let case = case.expect("a case").path();
            let name = case.display().to_string();
            if case.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let source = fs::read_to_string(&case).expect("the case can be read");
            // One case is an unclosed bracket, at which the compiler stops.
            let Ok(source) = source.parse() else {
                continue;
            };
            let mut said = BTreeSet::new();
            errors_of(source, "1:1", &mut said);
            let printed = fs::read_to_string(case.with_extension("stderr")).unwrap_or_default();
            seen += said.len();
            assert_eq!(said, messages_in(&printed), "{name}");
        }
    }
    assert_ne!(seen, 0);
}

/// Expands the annotated items, the outermost first, as the compiler does. Outside of the compiler, the span of a whole attribute is
/// the first byte of the file. `attribute` is its real place.
fn errors_of(tokens: TokenStream, attribute: &str, said: &mut BTreeSet<Message>) {
    let Ok(file) = syn::parse2::<syn::File>(tokens) else {
        return;
    };
    for (span, text) in errors_with_spans_in(file.to_token_stream()) {
        let place = match place(span) {
            first if first == "1:1" => attribute.to_owned(),
            place => place,
        };
        said.insert((text, place));
    }
    for mut item in file.items {
        if let Some((attr, expand)) = take_attribute(&mut item) {
            let args = match &attr.meta {
                syn::Meta::List(list) => list.tokens.clone(),
                _ => TokenStream::new(),
            };
            let expansion = expand(args, item.into_token_stream());
            errors_of(expansion, &place(attr.span()), said);
        } else if let Item::Mod(module) = item {
            for item in module.content.into_iter().flat_map(|(_, items)| items) {
                errors_of(item.into_token_stream(), attribute, said);
            }
        } else if let Item::Fn(function) = item {
            for statement in function.block.stmts {
                if let Stmt::Item(item) = statement {
                    errors_of(item.into_token_stream(), attribute, said);
                }
            }
        }
    }
}

fn place(span: Span) -> String {
    let start = span.start();
    format!("{}:{}", start.line, start.column + 1)
}

type Expand = fn(TokenStream, TokenStream) -> TokenStream;

fn take_attribute(item: &mut Item) -> Option<(Attribute, Expand)> {
    let attrs = match item {
        Item::Enum(item) => &mut item.attrs,
        Item::Fn(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Mod(item) => &mut item.attrs,
        Item::Struct(item) => &mut item.attrs,
        Item::Trait(item) => &mut item.attrs,
        _ => return None,
    };
    let expand_of = |attr: &Attribute| -> Option<Expand> {
        let name = &attr.path().segments.last()?.ident;
        if name == "cors" {
            Some(cors)
        } else if name == "cors_on_route" {
            Some(cors_on_route)
        } else {
            None
        }
    };
    let index = attrs.iter().position(|attr| expand_of(attr).is_some())?;
    // The attributes above it have been expanded before.
    let attr = attrs.drain(..=index).next_back()?;
    let expand = expand_of(&attr)?;
    Some((attr, expand))
}

/// The compiler's errors that begin with the name of a rule.
fn messages_in(printed: &str) -> BTreeSet<Message> {
    printed
        .split("\n\n")
        .filter_map(|error| {
            let (text, rest) = error
                .trim_start()
                .strip_prefix("error: ")?
                .split_once('\n')?;
            let mut text = text.to_owned();
            let mut lines = rest.lines();
            let place = loop {
                let line = lines.next()?;
                if let Some((_, place)) = line.split_once("--> ") {
                    break place.split_once(':')?.1.to_owned();
                }
                text.push('\n');
                text.push_str(line.strip_prefix("       ").unwrap_or(line));
            };
            let (rule, _) = text.split_once(": ")?;
            Rule::from_name(rule)?;
            Some((text, place))
        })
        .collect()
}
