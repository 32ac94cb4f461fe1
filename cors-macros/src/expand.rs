//! The handler anew: a unit struct of its name that registers the handler as it was written, under the policy's
//! middleware, and the preflight routes of its paths. What is written here calls the runtime and decides nothing.

use cors_policy::Policy;
use proc_macro2::TokenStream;
use quote::quote;
use syn::Visibility;
use syn::ext::IdentExt;

use crate::args::Args;
use crate::item::Function;
use crate::route::{self, Mount};
use crate::{docs, table};

pub(crate) fn handler(
    args: &Args,
    policy: &Policy<'_>,
    mounts: &[Mount],
    function: Function,
) -> TokenStream {
    let Function {
        mut attrs,
        vis,
        sig,
        body,
    } = function;
    for mount in mounts {
        let guard = mount
            .serves_options()
            .then(|| quote!(guard = "__cors::is_no_preflight",));
        route::add_options(&mut attrs, mount, &quote!(#guard wrap = "__cors_policy()"));
    }
    let (doc, attrs): (Vec<_>, Vec<_>) = attrs
        .into_iter()
        .partition(|attr| attr.path().is_ident("doc"));
    let cors_doc = docs::section(args, policy, mounts);
    let vis = visibility(vis);
    let name = &sig.ident;
    let alias = table::alias(args);
    let annotation = table::annotation(&name.unraw(), &table::handler(args, policy));
    let preflights = mounts.iter().filter_map(|mount| {
        let Mount { path, guards, name, .. } = mount;
        let name = name.iter();
        let methods: Vec<_> = mount
            .methods
            .iter()
            .filter(|method| table::answers_for(policy, method))
            .collect();
        (!methods.is_empty()).then(|| {
            quote! {
                __CORS.preflight(#path, &[#(#methods),*]) #(.name(#name))* #(.guard(#guards))* .register(__config);
            }
        })
    });
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
                fn __cors_policy() -> __cors::ApplyPolicy {
                    __cors::ApplyPolicy::new(&__CORS)
                }

                #(#attrs)* #sig #body

                __cors::HttpServiceFactory::register(#name, __config);
                #(#preflights)*
            }
        }
    }
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
