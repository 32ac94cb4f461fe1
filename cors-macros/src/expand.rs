//! The handler anew: a unit struct of its name that registers the handler on each of its paths, under the policy's
//! middleware. What is written here calls the runtime and decides nothing.

use cors_rules::Policy;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, Visibility};

use crate::args::Args;
use crate::item::Function;
use crate::route::{self, Mount};
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
    let answers_for = |method: &str| table::answers_for(policy, method);
    let routed = mounts.iter().flat_map(|mount| &mount.methods);
    let routed: Vec<_> = routed
        .map(String::as_str)
        .filter(|method| answers_for(method))
        .collect();
    let annotation = table::annotation(&name, &table::policy(args, policy, Some(&routed)));
    let docs = docs::section(args, policy, mounts);
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

/// A closed handler: no policy around it is for its requests or its preflights.
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

/// A handler whose attributes have a mistake that actix would report as well: it is there for the rest of the program, and
/// registers nothing.
pub(crate) fn unregistered(args: &Args, mut function: Function, route: usize) -> TokenStream {
    let below = function.attrs.split_off(route);
    let (routes, others): (Vec<_>, Vec<_>) = below
        .into_iter()
        .partition(|attr| route::is_route_path(attr.path()));
    function.attrs.extend(others);
    let imports = routes.iter().filter_map(|attr| import(args, attr));
    let imports = quote!(#(#imports)*);
    let handler = anew(args, function, &[], None, &quote!(let _ = __config;));
    quote!(#handler #imports)
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
    let attribute = import(args, &function.attrs[route]);
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
    let handler = anew(args, function, docs, Some(annotation), &register);
    quote!(#handler #attribute)
}

fn anew(
    args: &Args,
    function: Function,
    cors_doc: &[String],
    annotation: Option<&TokenStream>,
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
    let runtime = args.runtime();
    let annotation = annotation.map(|annotation| {
        let alias = table::alias(args);
        quote! {
            #alias
            static __CORS: __cors::Annotation = #annotation;
        }
    });
    quote! {
        #(#doc)*
        #(#[doc = #cors_doc])*
        #[allow(non_camel_case_types)]
        #vis struct #name;

        impl #runtime::__private::HttpServiceFactory for #name {
            fn register(self, __config: &mut #runtime::__private::AppService) {
                #annotation

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

/// Keeps the import of the route attribute in use, which is not there any more, and has the compiler refuse another crate's
/// attribute under its name: a glob import and a name from outside that differ are ambiguous.
///
/// Leaving the attribute on a handler that nobody registers would say more of a missing import, and cost a build 1.5 ms for
/// each handler.
fn import(args: &Args, attr: &Attribute) -> Option<TokenStream> {
    let name = attr.path().get_ident()?;
    // Generated as a whole, or the lint for unused imports would be for it.
    let name = Ident::new(&name.to_string(), at(name));
    let import = quote_spanned!(name.span()=> use #name as _;);
    let runtime = args.runtime();
    Some(quote! {
        const _: () = {
            #import
            {
                use #runtime::__private::route_attributes::*;
                #import
            }
        };
    })
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
