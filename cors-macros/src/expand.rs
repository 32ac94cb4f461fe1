//! The handler anew: a unit struct of its name that registers the handler as it was written, under the policy's
//! middleware, and the preflight routes of its paths. What is written here calls the runtime and decides nothing.

use cors_policy::Policy;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{LitStr, Visibility};

use crate::args::Args;
use crate::item::Function;
use crate::route::{self, Mount};
use crate::{docs, table};

pub(crate) fn handler(
    args: &Args,
    policy: &Policy<'_>,
    mounts: &[Mount],
    mut function: Function,
) -> TokenStream {
    for mount in mounts {
        let guard = mount
            .serves_options()
            .then(|| quote!(guard = "__cors::is_no_preflight",));
        let options = quote!(#guard wrap = "__cors_policy()");
        route::add_options(&mut function.attrs, mount, &options);
    }
    let name = function.sig.ident.unraw();
    let annotation = table::annotation(&name, &table::handler(args, policy));
    let middleware = quote! {
        fn __cors_policy() -> __cors::ApplyPolicy {
            __cors::ApplyPolicy::new(&__CORS)
        }
    };
    let docs = docs::section(args, policy, mounts);
    let answers_for = |method: &str| table::answers_for(policy, method);
    anew(
        args,
        function,
        &docs,
        &annotation,
        &middleware,
        mounts,
        answers_for,
    )
}

/// A handler that is left out: registered as it was written, and set down as one that no policy around it is for.
pub(crate) fn closed(args: &Args, mounts: &[Mount], function: Function) -> TokenStream {
    let annotation = table::closed(&function.sig.ident.unraw());
    let docs = docs::closed().map(str::to_owned);
    anew(
        args,
        function,
        &docs,
        &annotation,
        &TokenStream::new(),
        mounts,
        |_| false,
    )
}

fn anew(
    args: &Args,
    function: Function,
    cors_doc: &[String],
    annotation: &TokenStream,
    middleware: &TokenStream,
    mounts: &[Mount],
    answers_for: impl Fn(&str) -> bool,
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
    let mounts = registrations(name, mounts, answers_for);
    quote! {
        #(#doc)*
        #(#[doc = #cors_doc])*
        #[allow(non_camel_case_types)]
        #vis struct #name;

        impl #runtime::__private::HttpServiceFactory for #name {
            fn register(self, __config: &mut #runtime::__private::AppService) {
                #alias
                static __CORS: __cors::Annotation = #annotation;
                #middleware

                #(#attrs)* #sig #body

                __cors::HttpServiceFactory::register(#name, __config);
                #(#mounts)*
            }
        }
    }
}

/// What registers each mount with its preflight route, for the methods that are answered for.
fn registrations(
    handler: &Ident,
    mounts: &[Mount],
    answers_for: impl Fn(&str) -> bool,
) -> Vec<TokenStream> {
    let register = |mount: &Mount| {
        let Mount {
            path,
            guards,
            name,
            methods: routed,
            ..
        } = mount;
        // actix names the resource as the handler is written.
        let name = match name {
            None if *handler != handler.unraw() => Some(handler.to_string()),
            name => name.as_ref().map(LitStr::value),
        };
        let name = name.iter();
        let methods: Vec<_> = routed.iter().filter(|method| answers_for(method)).collect();
        let routed = (methods.len() < routed.len()).then(|| quote!(.routed(&[#(#routed),*])));
        quote! {
            __CORS.preflight(#path, &[#(#methods),*]) #routed #(.name(#name))* #(.guard(#guards))* .register(__config);
        }
    };
    mounts.iter().map(register).collect()
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
