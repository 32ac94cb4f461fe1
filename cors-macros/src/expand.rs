//! The handler anew: a unit struct of its name that registers the handler as it was written, under the policy's
//! middleware, and the preflight routes of its paths. What is written here calls the runtime and decides nothing.

use cors_policy::method::is_forbidden_method;
use cors_policy::{ExposedHeaders, Methods, OriginElement, Origins, Policy, Port, RequestHeaders};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Visibility;

use crate::docs;
use crate::item::Function;
use crate::route::{self, Mount};

pub(crate) fn handler(
    runtime: &TokenStream,
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
            .then(|| quote!(guard = "__cors_is_no_preflight",));
        route::add_options(&mut attrs, mount, &quote!(#guard wrap = "__cors_policy()"));
    }
    let (doc, attrs): (Vec<_>, Vec<_>) = attrs
        .into_iter()
        .partition(|attr| attr.path().is_ident("doc"));
    let cors_doc = docs::section(policy, mounts);
    let vis = visibility(vis);
    let name = &sig.ident;
    let private = quote!(#runtime::__private);
    let table = table(&private, policy);
    let is_no_preflight = mounts
        .iter()
        .any(Mount::serves_options)
        .then(|| quote!(use #private::is_no_preflight as __cors_is_no_preflight;));
    let preflights = mounts.iter().filter_map(|mount| {
        let Mount { path, guards, .. } = mount;
        let methods = preflight_methods(policy, mount);
        (!methods.is_empty()).then(|| {
            quote! {
                __CORS.preflight(#path, &[#(#methods),*]) #(.guard(#guards))* .register(__config);
            }
        })
    });
    quote! {
        #(#doc)*
        #(#[doc = #cors_doc])*
        #[allow(non_camel_case_types)]
        #vis struct #name;

        impl #private::HttpServiceFactory for #name {
            fn register(self, __config: &mut #private::AppService) {
                static __CORS: #private::Annotation = #private::Annotation::new(#table);
                fn __cors_policy() -> #private::ApplyPolicy {
                    #private::ApplyPolicy::new(&__CORS)
                }
                #is_no_preflight

                #(#attrs)* #sig #body

                #private::HttpServiceFactory::register(#name, __config);
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

/// What `path` answers preflights for: the methods that the policy names, or all that browsers can ask for.
fn preflight_methods<'a>(policy: &'a Policy<'_>, mount: &'a Mount) -> Vec<&'a str> {
    mount
        .methods
        .iter()
        .map(String::as_str)
        .filter(|method| answers_for(policy, method))
        .collect()
}

/// Whether preflights for `method` are answered: browsers can ask for it, and the policy does not leave it out.
pub(crate) fn answers_for(policy: &Policy<'_>, method: &str) -> bool {
    !is_forbidden_method(method)
        && match &policy.methods {
            None | Some(Methods::Any) => true,
            Some(Methods::Listed(names)) => names.contains(&method),
        }
}

fn table(private: &TokenStream, policy: &Policy<'_>) -> TokenStream {
    let origins = match &policy.origins {
        Origins::Inherited { .. } | Origins::Anyone => quote!(#private::Origins::Anyone),
        Origins::Listed { elements, .. } => {
            let elements = elements
                .iter()
                .map(|element| origin_element(private, element));
            quote!(#private::Origins::Listed(&[#(#elements),*]))
        }
    };
    let headers = match &policy.headers {
        None => quote!(None),
        Some(RequestHeaders::Any) => quote!(Any),
        Some(RequestHeaders::AnyAndAuthorization) => quote!(AnyAndAuthorization),
        Some(RequestHeaders::Listed(names)) => {
            let names = joined(names);
            quote!(Listed(#names))
        }
    };
    let expose_headers = match &policy.expose_headers {
        None => quote!(None),
        Some(ExposedHeaders::Any) => quote!(Any),
        Some(ExposedHeaders::Listed(names)) => {
            let names = joined(names);
            quote!(Listed(#names))
        }
    };
    let credentials = policy.credentials();
    let max_age = match policy.max_age {
        Some(seconds) => quote!(Some(#seconds)),
        None => quote!(None),
    };
    quote! {
        #private::Policy {
            origins: #origins,
            headers: #private::RequestHeaders::#headers,
            expose_headers: #private::ExposedHeaders::#expose_headers,
            credentials: #credentials,
            max_age: #private::Option::#max_age,
        }
    }
}

fn origin_element(private: &TokenStream, element: &OriginElement<'_>) -> TokenStream {
    let OriginElement::Pattern { pattern, .. } = element else {
        todo!()
    };
    if pattern.is_exact() {
        let origin = pattern.to_string();
        return quote!(#private::OriginElement::Exact(#origin));
    }
    let (scheme, host, subdomains) = (
        pattern.scheme(),
        pattern.host(),
        pattern.covers_subdomains(),
    );
    let port = match pattern.port() {
        Port::Default => quote!(Default),
        Port::Any => quote!(Any),
        Port::Exact(number) => quote!(Exact(#number)),
    };
    quote! {
        #private::OriginElement::Pattern(
            #private::Pattern::from_parts(#scheme, #host, #subdomains, #private::Port::#port)
        )
    }
}

/// Header names compare in any case; HTTP/2 and the browsers write them in lower case.
fn joined(names: &[&str]) -> String {
    names.join(", ").to_ascii_lowercase()
}
