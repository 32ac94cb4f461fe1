//! The driver: what stands here, which route does it have, is the policy sound, then write the handler anew.

use cors_rules::{Rule, Subject};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Attribute;

use crate::args::{self, Args};
use crate::check::Texts;
use crate::diagnostic::{Diagnostics, problem};
use crate::item::{Function, Item, is_cors};
use crate::{expand, module, named, route};

/// `#[cors(args)] item`
pub(crate) fn cors(args: TokenStream, item: TokenStream) -> TokenStream {
    if let Some(args) = args::of_off(&args) {
        return cors_off(&args, item);
    }
    match Item::parse(item) {
        Item::Function(function) => match find_route(function) {
            Ok((function, route)) => above_route(args, function, route),
            Err(refused) => refused,
        },
        Item::Module(item) => module::module(args, item),
        Item::Struct(item) => named::policy(args, &item),
        Item::Other(item) => {
            let errors = misplaced(
                &item,
                TokenStream::new(),
                "`#[cors]` stands on something that is neither a handler, nor a module, nor a unit struct",
                &format!(
                    "put it on an `async fn`, above its route attribute ({})",
                    route::NAMES
                ),
            );
            quote!(#errors #item)
        }
    }
}

/// `#[cors_off(crate = …)] item`: a handler that its module's policy leaves out, and that is to stay out. With `off` in
/// front, what else is above the route attribute has had its turn.
pub(crate) fn cors_off(args: &TokenStream, item: TokenStream) -> TokenStream {
    let item = match Item::parse(item) {
        Item::Function(function) => function,
        other => return other.into_token_stream(),
    };
    let (function, route) = match find_route(item) {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    let parsed = Args::parse(args.clone(), &mut Diagnostics::new(&function));
    if parsed.off.is_none() && !is_next(&function, route) {
        return let_others_go_first(&quote!(cors_off), &quote!(off, #args), function, route);
    }
    let mounts = route::mounts(&function.attrs, route);
    expand::closed(&parsed, &mounts, function, route)
}

/// `#[cors_on_route(args)] item`: what is left above the route attribute has no more to do.
pub(crate) fn cors_on_route(args: TokenStream, item: TokenStream) -> TokenStream {
    match Item::parse(item) {
        Item::Function(function) => match find_route(function) {
            Ok((function, route)) => annotate(args, function, route),
            Err(refused) => refused,
        },
        other => cors(args, other.into_token_stream()),
    }
}

fn above_route(args: TokenStream, function: Function, route: usize) -> TokenStream {
    if is_next(&function, route) {
        annotate(args, function, route)
    } else {
        let_others_go_first(&quote!(cors_on_route), &args, function, route)
    }
}

/// Whether nothing but documentation stands above the route attribute.
fn is_next(function: &Function, route: usize) -> bool {
    let mut above = function.attrs[..route].iter();
    above.all(|attr| attr.path().is_ident("doc"))
}

/// Whatever else stands above the route attribute (`#[utoipa::path]`, `#[instrument]`, …) acts on the module this handler
/// is in and on the handler as written: it goes first, and then `next` with the same arguments.
fn let_others_go_first(
    next: &TokenStream,
    args: &TokenStream,
    function: Function,
    route: usize,
) -> TokenStream {
    let runtime = Args::parse(args.clone(), &mut Diagnostics::new(&function)).runtime();
    let Function {
        attrs,
        vis,
        sig,
        body,
    } = function;
    let (above, below) = attrs.split_at(route);
    quote!(#(#above)* #[#runtime::__private::#next(#args)] #(#below)* #vis #sig #body)
}

/// The function and the place of its route attribute, or the function with the reason why it can't be annotated.
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
    if let Some(route) = route::find(&function.attrs) {
        return Ok((function, route));
    }
    let mut paths = function.attrs.iter().map(Attribute::path);
    let errors = if let Some(lookalike) = paths.find(|path| route::is_lookalike(path)) {
        misplaced(
            &function,
            lookalike.to_token_stream(),
            "it cannot be seen whether this route attribute is actix's",
            &route::instead_of(lookalike),
        )
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
    diagnostics.push(tokens, &problem(Rule::MisplacedAttribute, what, advice));
    diagnostics.into_compile_errors()
}

fn annotate(args: TokenStream, function: Function, route: usize) -> TokenStream {
    let mut diagnostics = Diagnostics::new(&function);
    let args = Args::parse(args, &mut diagnostics);
    args.refuse_off(&mut diagnostics);
    let mounts = route::mounts(&function.attrs, route);
    let routed: Vec<_> = mounts
        .iter()
        .flat_map(|mount| &mount.methods)
        .map(String::as_str)
        .collect();
    // Without a mount the route attribute is one that actix refuses: nobody knows the methods.
    let subject = if mounts.is_empty() {
        Subject::Defaults
    } else {
        Subject::Handler { routed: &routed }
    };
    let texts = Texts::new(&args);
    match texts.check(&args, subject, &mut diagnostics) {
        Some(policy) if diagnostics.is_empty() => {
            expand::handler(&args, &policy, &mounts, function, route)
        }
        _ => {
            let errors = diagnostics.into_compile_errors();
            quote!(#errors #function)
        }
    }
}
