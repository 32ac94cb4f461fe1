//! The handler anew: a unit struct of its name that registers the handler on each of its paths, under the policy's
//! middleware. What is written here calls the runtime and decides nothing.

use cors_rules::Policy;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, Path, Visibility};

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
    let annotation = table::annotation(&name, &table::policy(args, policy));
    let docs = docs::section(args, policy, mounts);
    let restricted_by = args.policy().filter(|_| policy.methods.is_none());
    let answers_for = |method: &str| table::answers_for(policy, method);
    on_resources(
        args,
        &annotation,
        &docs,
        mounts,
        &Allowed {
            answers_for: &answers_for,
            restricted_by,
        },
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
    let none = Allowed {
        answers_for: &|_| false,
        restricted_by: None,
    };
    on_resources(args, &annotation, &docs, mounts, &none, function, route)
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

/// Which of the methods that a route serves other origins may ask for.
struct Allowed<'a> {
    answers_for: &'a dyn Fn(&str) -> bool,
    /// The named policy whose `methods` leave some of these, which const evaluation works out.
    restricted_by: Option<&'a Path>,
}

/// The handler on resources of our own, in the place of those that its route attribute would make.
fn on_resources(
    args: &Args,
    annotation: &TokenStream,
    docs: &[String],
    mounts: &[Mount],
    allowed: &Allowed<'_>,
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
        let route = self::route(handler, mount, allowed);
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
    let no_methods_left = no_methods_left(mounts, allowed);
    let register = quote!(#no_methods_left #(#register)*);
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
fn route(handler: &Ident, mount: &Mount, allowed: &Allowed<'_>) -> TokenStream {
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
    let answered: Vec<_> = methods
        .iter()
        .filter(|method| (allowed.answers_for)(method))
        .collect();
    let allowed = match allowed.restricted_by {
        Some(policy) => {
            let count = answered.len();
            let left = table::of_named_policy(
                policy,
                &quote!(__cors::methods_left),
                &quote!(&[#(#answered),*]),
            );
            Some(quote! {
                .allowed({
                    const __LEFT: &__cors::MethodsLeft<#count> = &#left;
                    __LEFT.names()
                })
            })
        }
        None => (answered.len() < methods.len()).then(|| quote!(.allowed(&[#(#answered),*]))),
    };
    let guarded = (!guards.is_empty()).then(|| quote!(.guarded()));
    quote!(__cors::Route::new(&__CORS, #name, #path, &[#(#methods),*]) #allowed #guarded)
}

/// The error for a handler whose named policy leaves none of its methods, which const evaluation finds.
fn no_methods_left(mounts: &[Mount], allowed: &Allowed<'_>) -> Option<TokenStream> {
    let policy = allowed.restricted_by?;
    let methods = mounts.iter().flat_map(|mount| &mount.methods);
    let methods = methods.filter(|method| (allowed.answers_for)(method));
    let check = table::of_named_policy(
        policy,
        &quote!(__cors::check_methods_left),
        &quote!(&[#(#methods),*]),
    );
    Some(quote!(const _: () = #check;))
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
