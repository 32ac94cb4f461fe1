//! The default policy of a module: each routed handler directly in it gets the module's keys, but for those that its own
//! `#[cors(…)]` gives.

use cors_policy::{Rule, Subject};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Item, ItemFn, ItemMod, Meta, parse_quote};

use crate::args::{self, Args};
use crate::attribute::refuse_off;
use crate::check::Texts;
use crate::diagnostic::{Diagnostics, problem};
use crate::item::is_cors;
use crate::route;

pub(crate) fn module(defaults: TokenStream, mut module: ItemMod) -> TokenStream {
    let mut diagnostics = Diagnostics::new(&module);
    let args = Args::parse(defaults.clone(), &mut diagnostics);
    refuse_off(&args, &mut diagnostics);
    let texts = Texts::new(&args);
    let _ = texts.check(&args, Subject::Defaults, &mut diagnostics);

    let mut handlers: Vec<_> = module
        .content
        .iter_mut()
        .flat_map(|(_, items)| items)
        .filter_map(|item| match item {
            Item::Fn(function) if route::find(&function.attrs).is_some() => Some(function),
            _ => None,
        })
        .collect();
    if handlers.is_empty() {
        diagnostics.push(
            &module.ident,
            &problem(
                Rule::MisplacedAttribute,
                "there is no routed handler directly in this module",
                format!(
                    "put `#[cors]` on the module whose functions have {}",
                    route::NAMES
                ),
            ),
        );
    }
    let runtime = args.runtime();
    if !diagnostics.is_empty() {
        // The handlers stay, and say nothing of a mistake that is the module's.
        for handler in handlers {
            handler.attrs.retain(|attr| !is_cors(attr));
        }
        let errors = diagnostics.into_compile_errors();
        return quote!(#module #errors);
    }
    let defaults = args::keys(defaults);
    for handler in &mut handlers {
        annotate(handler, &runtime, &defaults, &mut diagnostics);
    }
    let errors = diagnostics.into_compile_errors();
    quote!(#module #errors)
}

/// Gives one handler its attribute, or none where it says `off`.
fn annotate(
    handler: &mut ItemFn,
    runtime: &TokenStream,
    defaults: &[(String, TokenStream)],
    diagnostics: &mut Diagnostics,
) {
    let Some(index) = handler.attrs.iter().position(is_cors) else {
        let keys = defaults.iter().map(|(_, tokens)| tokens);
        handler
            .attrs
            .insert(0, parse_quote!(#[#runtime::cors(#(#keys),*)]));
        return;
    };
    let own = args::keys(arguments(&handler.attrs[index]));
    if let Some((_, off)) = own.iter().find(|(key, _)| key == "off") {
        if own.len() > 1 || off.to_string() != "off" {
            diagnostics.push(
                off,
                &problem(
                    Rule::WrongValue,
                    "`off` stands alone",
                    "write `#[cors(off)]`",
                ),
            );
        }
        handler.attrs.remove(index);
        return;
    }
    let inherited = defaults
        .iter()
        .filter(|(key, _)| own.iter().all(|(own, _)| own != key));
    let keys = inherited.chain(&own).map(|(_, tokens)| tokens);
    let path = handler.attrs[index].path().to_token_stream();
    handler.attrs[index] = parse_quote!(#[#path(#(#keys),*)]);
}

fn arguments(attr: &Attribute) -> TokenStream {
    match &attr.meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    }
}
