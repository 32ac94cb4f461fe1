//! The driver: what stands here, which route does it have, is the policy sound, then write the handler anew.

use cors_policy::Rule;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::Attribute;

use crate::args::Args;
use crate::check::Texts;
use crate::diagnostic::{Diagnostics, problem};
use crate::expand;
use crate::item::Function;
use crate::route;

/// `#[cors(args)] item`
pub(crate) fn cors(args: TokenStream, item: TokenStream) -> TokenStream {
    let (function, route) = match find_route(item) {
        Ok(found) => found,
        Err(refused) => return refused,
    };
    if function.attrs[..route].iter().all(is_doc) {
        return annotate(args, function, route);
    }
    // Whatever else stands above the route attribute (`#[utoipa::path]`, `#[cfg]`, …) acts on the module this handler is
    // in and on the handler as written: let it go first.
    let runtime = Args::parse(args.clone(), &mut Diagnostics::default()).runtime();
    let Function {
        attrs,
        vis,
        sig,
        body,
    } = function;
    let (above, below) = attrs.split_at(route);
    quote!(#(#above)* #[#runtime::__private::cors_on_route(#args)] #(#below)* #vis #sig #body)
}

/// `#[cors_on_route(args)] item`: what is left above the route attribute has no more to do.
pub(crate) fn cors_on_route(args: TokenStream, item: TokenStream) -> TokenStream {
    match find_route(item) {
        Ok((function, route)) => annotate(args, function, route),
        Err(refused) => refused,
    }
}

/// The function and the place of its route attribute, or the item with the reason why it can't be annotated.
fn find_route(item: TokenStream) -> Result<(Function, usize), TokenStream> {
    let refuse = |tokens: &dyn ToTokens, what: &str, help: String| {
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(
            tokens.to_token_stream(),
            &problem(Rule::MisplacedAttribute, what, help),
        );
        diagnostics.into_compile_errors()
    };
    let Ok(mut function) = syn::parse2::<Function>(item.clone()) else {
        let errors = refuse(
            &TokenStream::new(),
            "`#[cors]` stands on something that is no handler",
            format!(
                "put it on an `async fn`, above its route attribute ({})",
                route::NAMES
            ),
        );
        return Err(quote!(#errors #item));
    };
    if let Some(second) = function.attrs.iter().position(is_cors) {
        let second = function.attrs.remove(second);
        let errors = refuse(
            &second,
            "this handler has two `#[cors]` attributes",
            "keep one: a handler has one policy".to_owned(),
        );
        return Err(quote!(#errors #function));
    }
    let Some(route) = route::find(&function.attrs) else {
        let errors = refuse(
            &TokenStream::new(),
            "there is no route attribute below this `#[cors]`",
            format!("put `#[cors]` directly above one of {}", route::NAMES),
        );
        return Err(quote!(#errors #function));
    };
    Ok((function, route))
}

fn annotate(args: TokenStream, function: Function, route: usize) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let args = Args::parse(args, &mut diagnostics);
    let mounts = route::mounts(&function.attrs, route);
    let texts = Texts::new(&args, &mounts);
    let routed: Vec<_> = mounts
        .iter()
        .flat_map(|mount| &mount.methods)
        .map(String::as_str)
        .collect();
    match texts.check(&args, &routed, &mut diagnostics) {
        Some(policy) if diagnostics.is_empty() => {
            expand::handler(&args.runtime(), &policy, &mounts, function)
        }
        _ => {
            let errors = diagnostics.into_compile_errors();
            quote!(#errors #function)
        }
    }
}

fn is_doc(attr: &Attribute) -> bool {
    attr.path().is_ident("doc")
}

fn is_cors(attr: &Attribute) -> bool {
    attr.path()
        .segments
        .last()
        .is_some_and(|last| last.ident == "cors" || last.ident == "cors_on_route")
}
