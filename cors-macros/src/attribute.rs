//! The driver: parse the item, find its route attribute, check the policy, write the expansion.

use cors_rules::{Rule, Subject};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, ReturnType};

use crate::args::{self, Args};
use crate::check::Texts;
use crate::diagnostic::Diagnostics;
use crate::item::{Function, Item, is_cors};
use crate::{expand, module, named, route};

/// `#[cors(args)] item`
pub(crate) fn cors(args: TokenStream, item: TokenStream) -> TokenStream {
    match Item::parse(item) {
        Item::Function(function) => match find_route(function) {
            Ok((function, route_index)) if has_only_docs_above(&function, route_index) => {
                annotate(args, function, route_index)
            }
            Ok((function, route_index)) => let_others_go_first(&args, function, route_index),
            Err(error) => error,
        },
        Item::Module(item) => module::module(args, item),
        Item::Struct(item) => named::policy(args, &item),
        Item::HalfTyped(item) => {
            // If the compiler cannot parse the item, it stops there, and does not show the error after it.
            let errors = misplaced(
                &item,
                TokenStream::new(),
                "`#[cors]` cannot read the signature of this function",
                "write it like `async fn update(id: web::Path<u32>) -> impl Responder`",
            );
            quote!(#item #errors)
        }
        Item::Other(item) => {
            let errors = misplaced(
                &item,
                TokenStream::new(),
                "`#[cors]` belongs on a handler, a module or a unit struct",
                &format!(
                    "put it on an `async fn`, above its route attribute ({})",
                    route::NAMES
                ),
            );
            quote!(#errors #item)
        }
    }
}

/// `#[cors_on_route(args)] item`. The attributes that are still above the route attribute are inert or already expanded.
pub(crate) fn cors_on_route(args: TokenStream, item: TokenStream) -> TokenStream {
    match Item::parse(item) {
        Item::Function(function) => match find_route(function) {
            Ok((function, route_index)) => annotate(args, function, route_index),
            Err(error) => error,
        },
        other => cors(args, other.into_token_stream()),
    }
}

/// Whether only documentation is above the route attribute.
fn has_only_docs_above(function: &Function, route_index: usize) -> bool {
    let mut above = function.attrs[..route_index].iter();
    above.all(|attr| attr.path().is_ident("doc"))
}

/// Other macros above the route attribute (`#[utoipa::path]`, `#[instrument]`, …) must see the handler as written, so they are
/// expanded first. `#[cors_on_route]` follows them with the same arguments, which only it reads.
fn let_others_go_first(args: &TokenStream, function: Function, route_index: usize) -> TokenStream {
    let runtime = args::runtime_in(args.clone());
    let Function {
        attrs,
        vis,
        sig,
        body,
    } = function;
    let (above, below) = attrs.split_at(route_index);
    quote!(#(#above)* #[#runtime::__private::cors_on_route(#args)] #(#below)* #vis #sig #body)
}

/// The function and the index of its route attribute, or the function with an error.
fn find_route(mut function: Function) -> Result<(Function, usize), TokenStream> {
    if let Some(second) = function.attrs.iter().position(is_cors) {
        let second = function.attrs.remove(second);
        let errors = misplaced(
            &function,
            second.into_token_stream(),
            "this handler has two `#[cors]` attributes",
            "keep one: a handler has one policy",
        );
        return Err(quote!(#errors #function));
    }
    if let Some(route_index) = route::find(&function.attrs) {
        return Ok((function, route_index));
    }
    let mut paths = function.attrs.iter().map(Attribute::path);
    let errors = if let Some(lookalike) = paths.find(|path| route::is_lookalike(path)) {
        let mut diagnostics = Diagnostics::new(&function);
        diagnostics.push_error(route::lookalike(lookalike));
        diagnostics.into_compile_errors()
    } else {
        misplaced(
            &function,
            TokenStream::new(),
            "there is no route attribute below this `#[cors]`",
            &format!(
                "put it directly above the route attribute: {}",
                route::NAMES
            ),
        )
    };
    Err(quote!(#errors #function))
}

fn misplaced(item: &impl ToTokens, tokens: TokenStream, what: &str, advice: &str) -> TokenStream {
    let mut diagnostics = Diagnostics::new(item);
    diagnostics.refuse(tokens, Rule::MisplacedAttribute, what, advice);
    diagnostics.into_compile_errors()
}

fn annotate(args: TokenStream, function: Function, route_index: usize) -> TokenStream {
    let mut diagnostics = Diagnostics::new(&function);
    let args = Args::parse(args, &mut diagnostics);
    let is_off = args.is_off(&mut diagnostics);
    let returns_nothing = matches!(function.sig.output, ReturnType::Default);
    if returns_nothing {
        diagnostics.refuse(
            &function.sig,
            Rule::MisplacedAttribute,
            "a handler returns its response, and this function returns nothing",
            "write what it returns, such as `-> impl Responder`",
        );
    }
    let mounts =
        route::mounts(&function.attrs, route_index).map_err(|error| diagnostics.push_error(error));
    let routed: Vec<_> = mounts
        .iter()
        .flatten()
        .flat_map(|mount| &mount.methods)
        .map(String::as_str)
        .collect();
    // If the route attribute cannot be read, its methods are unknown. `Defaults` may list any.
    let subject = if mounts.is_err() {
        Subject::Defaults
    } else {
        Subject::Handler { routed: &routed }
    };
    let texts = Texts::new(&args);
    let policy = if is_off {
        None
    } else {
        texts.check(&args, subject, &mut diagnostics)
    };
    match (&mounts, policy) {
        (Ok(mounts), Some(policy)) if diagnostics.is_empty() => {
            expand::handler(&args, &policy, mounts, function, route_index)
        }
        (Ok(mounts), None) if diagnostics.is_empty() => {
            expand::closed(&args, mounts, function, route_index)
        }
        (mounts, _) if mounts.is_err() || returns_nothing => {
            let errors = diagnostics.into_compile_errors();
            let handler = expand::unregistered(&args, function, route_index);
            quote!(#errors #handler)
        }
        _ => {
            let errors = diagnostics.into_compile_errors();
            quote!(#errors #function)
        }
    }
}
