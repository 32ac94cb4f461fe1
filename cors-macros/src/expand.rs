//! Writes the expansion of a handler: a unit struct with its name, whose `register` adds the handler to the app on each of its
//! paths, wrapped in the policy's middleware. The expansion calls the runtime and has no logic of its own.

use cors_rules::Policy;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, LitStr, Visibility};

use crate::args::Args;
use crate::item::Function;
use crate::route::{self, Mount};
use crate::{doc_section, table};

/// A handler with a policy.
pub(crate) fn handler(
    args: &Args,
    policy: &Policy<'_>,
    mounts: &[Mount],
    function: Function,
    route_index: usize,
) -> TokenStream {
    let name = function.sig.ident.unraw();
    let answers_for = |method: &str| table::answers_for(policy, method);
    let routed = mounts.iter().flat_map(|mount| &mount.methods);
    let routed: Vec<_> = routed
        .map(String::as_str)
        .filter(|method| answers_for(method))
        .collect();
    let annotation = table::annotation(&name, &table::policy(args, policy, Some(&routed)));
    let cors_doc = doc_section::section(args, policy, mounts);
    on_resources(
        args,
        &annotation,
        &cors_doc,
        mounts,
        answers_for,
        function,
        route_index,
    )
}

/// A handler with `#[cors(off)]`. No layer's policy applies to its requests or preflights.
pub(crate) fn closed(
    args: &Args,
    mounts: &[Mount],
    function: Function,
    route_index: usize,
) -> TokenStream {
    let annotation = table::closed(&function.sig.ident.unraw());
    let cors_doc = doc_section::closed().map(str::to_owned);
    on_resources(
        args,
        &annotation,
        &cors_doc,
        mounts,
        |_| false,
        function,
        route_index,
    )
}

/// A handler with a mistake that its route attribute would report again. The struct registers nothing. It is there because code
/// that names the handler would otherwise have an error as well.
pub(crate) fn unregistered(args: &Args, mut function: Function, route_index: usize) -> TokenStream {
    let below = function.attrs.split_off(route_index);
    let (routes, others): (Vec<_>, Vec<_>) = below
        .into_iter()
        .partition(|attr| route::is_route_path(attr.path()));
    function.attrs.extend(others);
    let imports = routes.iter().filter_map(|attr| import(args, attr));
    let imports = quote!(#(#imports)*);
    let handler = unit_struct(args, function, &[], None, &quote!(let _ = __config;));
    quote!(#handler #imports)
}

/// A handler on resources of ours, which replace those of its route attribute.
fn on_resources(
    args: &Args,
    annotation: &TokenStream,
    cors_doc: &[String],
    mounts: &[Mount],
    answers_for: impl Fn(&str) -> bool,
    mut function: Function,
    route_index: usize,
) -> TokenStream {
    let attribute = import(args, &function.attrs[route_index]);
    let mut index = 0..;
    function.attrs.retain(|_| {
        let index = index.next();
        index != Some(route_index) && mounts.iter().all(|mount| index != Some(mount.index))
    });
    let handler = &function.sig.ident;
    let register = mounts.iter().map(|mount| {
        let route = route_expr(handler, mount, &answers_for);
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
    let handler = unit_struct(args, function, cors_doc, Some(annotation), &register);
    quote!(#handler #attribute)
}

fn unit_struct(
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

/// An expression of type `__cors::Route`, with the methods that the policy allows.
fn route_expr(handler: &Ident, mount: &Mount, answers_for: impl Fn(&str) -> bool) -> TokenStream {
    let Mount {
        path,
        guards,
        name,
        methods,
        ..
    } = mount;
    // actix-web's default: the handler's name as written.
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

/// Checks the name of the route attribute, which the expansion does not use. The first block marks an import of the name as used. It
/// also compiles without an import, because it gives a module the same name. In the second block the name must be actix-web's: if
/// another attribute is imported under it, the compiler reports that it is ambiguous.
///
/// Another way is to leave the attribute on an unused copy of the handler, but that costs a build 1.5 ms for each handler.
fn import(args: &Args, attr: &Attribute) -> Option<TokenStream> {
    let written = attr.path().get_ident()?;
    let runtime = args.runtime();
    let alias = |alias: &str| format_ident!("_{written}_{alias}", span = Span::call_site());
    // The lint for unused imports ignores names with the span of generated code. An editor resolves the name that has the place of
    // the written one.
    let name = Ident::new(&written.to_string(), Span::call_site());
    let name_in_place = Ident::new(&written.to_string(), at(written));
    let may_be_imported = alias("may_be_imported");
    let must_be_actix_webs = alias("must_be_actix_webs");
    let is_actix_webs = quote_spanned!(at(written)=> use #name_in_place as #must_be_actix_webs;);
    Some(quote! {
        const _: () = {
            {
                use #runtime::__private as #name;
                use #name as #may_be_imported;
            }
            {
                use #runtime::__private::route_attributes::*;
                #is_actix_webs
            }
        };
    })
}

/// The span of generated code at the place of `written`. The compiler shows its errors there.
fn at(written: &Ident) -> Span {
    Span::call_site().located_at(written.span())
}

/// With actix-web's default feature `compat`, its route attributes make their handlers public. Our feature `compat` does the
/// same.
fn visibility(vis: Visibility) -> Visibility {
    if cfg!(feature = "compat") {
        Visibility::Public(<syn::Token![pub]>::default())
    } else {
        vis
    }
}
