//! The handler anew: a unit struct of its name that registers the handler on each of its paths, under the policy's
//! middleware. What is written here calls the runtime and decides nothing.

use cors_rules::Policy;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, ReturnType, Visibility};

use crate::args::Args;
use crate::item::Function;
use crate::route::Mount;
use crate::{docs, table};

/// The handler under its policy.
pub(crate) fn handler(
    args: &Args,
    policy: &Policy<'_>,
    mounts: &[Mount],
    function: Function,
    route: usize,
) -> TokenStream {
    let name = function.sig.ident.unraw();
    let annotation = table::annotation(&name, &table::handler(args, policy));
    let docs = docs::section(args, policy, mounts);
    let answers_for = |method: &str| table::answers_for(policy, method);
    on_resources(
        args,
        &annotation,
        &docs,
        mounts,
        answers_for,
        function,
        route,
    )
}

/// A handler that is left out, and that is to stay out: no policy around it is for its requests or its preflights.
pub(crate) fn closed(
    args: &Args,
    mounts: &[Mount],
    function: Function,
    route: usize,
) -> TokenStream {
    let annotation = table::closed(&function.sig.ident.unraw());
    let docs = docs::closed().map(str::to_owned);
    on_resources(args, &annotation, &docs, mounts, |_| false, function, route)
}

/// The handler on resources of our own, in the place of those that its route attribute would make.
fn on_resources(
    args: &Args,
    annotation: &TokenStream,
    docs: &[String],
    mounts: &[Mount],
    answers_for: impl Fn(&str) -> bool,
    mut function: Function,
    route: usize,
) -> TokenStream {
    // actix refuses the one or the other, and says why.
    if mounts.is_empty() || matches!(function.sig.output, ReturnType::Default) {
        return function.into_token_stream();
    }
    let attribute = import(&function.attrs[route]);
    let mut index = 0..;
    function.attrs.retain(|_| {
        let index = index.next();
        index != Some(route) && mounts.iter().all(|mount| index != Some(mount.index))
    });
    let handler = &function.sig.ident;
    let register = mounts.iter().map(|mount| {
        let route = self::route(handler, mount, &answers_for);
        let Mount { guards, wraps, .. } = mount;
        let to = quote_spanned!(at(handler)=> .to(#handler));
        quote! {
            let __cors_route = #route;
            let __cors_resource = __cors_route.resource()
                #(.guard(__cors::fn_guard(#guards)))*
                #(.wrap(#wraps))*
                .wrap(__cors_route.policy())
                #to;
            __cors_route.register(__cors_resource, __config);
        }
    });
    let register = quote!(#(#register)*);
    let handler = anew(args, function, docs, annotation, &register);
    quote!(#handler #attribute)
}

fn anew(
    args: &Args,
    function: Function,
    cors_doc: &[String],
    annotation: &TokenStream,
    register: &TokenStream,
) -> TokenStream {
    let Function {
        attrs,
        vis,
        sig,
        body,
    } = function;
    let (doc, attrs): (Vec<_>, Vec<_>) = attrs
        .into_iter()
        .partition(|attr| attr.path().is_ident("doc"));
    let vis = visibility(vis);
    let name = &sig.ident;
    let alias = table::alias(args);
    let runtime = args.runtime();
    quote! {
        #(#doc)*
        #(#[doc = #cors_doc])*
        #[allow(non_camel_case_types)]
        #vis struct #name;

        impl #runtime::__private::HttpServiceFactory for #name {
            fn register(self, __config: &mut #runtime::__private::AppService) {
                #alias
                static __CORS: __cors::Annotation = #annotation;

                #(#attrs)* #sig #body

                #register
            }
        }
    }
}

/// An expression of type `__cors::Route`, with the methods that are answered for.
fn route(handler: &Ident, mount: &Mount, answers_for: impl Fn(&str) -> bool) -> TokenStream {
    let Mount {
        path,
        guards,
        name,
        methods,
        ..
    } = mount;
    // As actix names the resource: as the handler is written.
    let name = name
        .as_ref()
        .map_or_else(|| handler.to_string(), LitStr::value);
    let allowed: Vec<_> = methods
        .iter()
        .filter(|method| answers_for(method))
        .collect();
    let allowed = (allowed.len() < methods.len()).then(|| quote!(.allowed(&[#(#allowed),*])));
    let guarded = (!guards.is_empty()).then(|| quote!(.guarded()));
    quote!(__cors::Route::new(&__CORS, #name, #path, &[#(#methods),*]) #allowed #guarded)
}

/// What keeps the import of the route attribute in use, now that the attribute is not there any more. Leaving the attribute
/// on a handler that nobody registers would say more of a missing import, and cost a build 1.5 ms for each handler.
fn import(attr: &Attribute) -> Option<TokenStream> {
    let name = attr.path().get_ident()?;
    // Generated as a whole, or the lint for unused imports would be for it.
    let name = Ident::new(&name.to_string(), at(name));
    let import = quote_spanned!(name.span()=> use #name as _;);
    Some(quote!(const _: () = { #import };))
}

/// Generated code that is shown where the user has written this.
fn at(written: &Ident) -> Span {
    Span::call_site().located_at(written.span())
}

/// actix-web makes the handlers of its route attributes public by its default feature `compat`; ours of the same name
/// follows it.
fn visibility(vis: Visibility) -> Visibility {
    if cfg!(feature = "compat") {
        Visibility::Public(<syn::Token![pub]>::default())
    } else {
        vis
    }
}
