//! A checked policy as the constant that the runtime reads. Only the keys that were given are written: the rest comes
//! from the named policy, or from the policy that says nothing.

use cors_rules::method::is_forbidden_method;
use cors_rules::{
    ExposedHeaders, Methods, OriginElement, Origins, Pattern, Policy, Port, RequestHeaders, Rule,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

use crate::args::Args;
use crate::value::OriginValue;

/// What generated code calls the runtime's hidden module.
pub(crate) fn alias(args: &Args) -> TokenStream {
    let runtime = args.runtime();
    quote!(use #runtime::__private as __cors;)
}

/// An expression of type `__cors::Annotation`, for the item of that name.
pub(crate) fn annotation(name: &Ident, policy: &TokenStream) -> TokenStream {
    let place = place(name);
    quote!(__cors::Annotation::new(#place, #policy))
}

/// The same, for a handler without a policy.
pub(crate) fn closed(name: &Ident) -> TokenStream {
    let place = place(name);
    quote!(__cors::Annotation::off(#place))
}

/// The item's path, and the file and line of its name: the attribute may be that of a module.
fn place(name: &Ident) -> TokenStream {
    let path = format!("::{name}");
    // In a test of this crate there is no compiler to ask.
    let (file, line) = if proc_macro::is_available() {
        let span = name.span().unwrap();
        let line = u32::try_from(span.line()).unwrap_or_default();
        (span.file().into_token_stream(), line.into_token_stream())
    } else {
        (quote!(::core::file!()), quote!(::core::line!()))
    };
    quote!(::core::concat!(::core::module_path!(), #path), #file, #line)
}

/// The policy of a handler, an expression of type `__cors::Policy`. A named policy's methods are for `Cors::of`: a
/// handler that starts from it has those of its route.
pub(crate) fn handler(args: &Args, policy: &Policy<'_>) -> TokenStream {
    let own = args.policy.is_some().then(|| quote!(Default));
    table(args, policy, methods(policy).or(own))
}

/// A named policy, an expression of the same type.
pub(crate) fn named(args: &Args, policy: &Policy<'_>) -> TokenStream {
    table(args, policy, methods(policy))
}

fn methods(policy: &Policy<'_>) -> Option<TokenStream> {
    policy.methods.as_ref().map(|methods| match methods {
        Methods::Any => quote!(Any),
        Methods::Listed(names) => quote!(Listed(&[#(#names),*])),
    })
}

fn table(args: &Args, policy: &Policy<'_>, methods: Option<TokenStream>) -> TokenStream {
    let mut keys = TokenStream::new();
    if let Some(origins) = origins(args, &policy.origins) {
        keys.extend(quote!(origins: __cors::Origins::#origins,));
    }
    if let Some(methods) = methods {
        keys.extend(quote!(methods: __cors::Methods::#methods,));
    }
    if let Some(headers) = &policy.headers {
        let headers = match headers {
            RequestHeaders::Any => quote!(Any),
            RequestHeaders::AnyAndAuthorization => quote!(AnyAndAuthorization),
            RequestHeaders::Listed(names) => listed(names),
        };
        keys.extend(quote!(headers: __cors::RequestHeaders::#headers,));
    }
    if let Some(headers) = &policy.expose_headers {
        let headers = match headers {
            ExposedHeaders::Any => quote!(Any),
            ExposedHeaders::Listed(names) => listed(names),
        };
        keys.extend(quote!(expose_headers: __cors::ExposedHeaders::#headers,));
    }
    if policy.credentials() {
        keys.extend(quote!(credentials: true,));
    }
    if let Some(seconds) = policy.max_age {
        keys.extend(quote!(max_age: __cors::Option::Some(#seconds),));
    }
    if policy.enforce {
        keys.extend(quote!(enforce: true,));
    }
    if args.allow.is_some() {
        let insecure_origin = policy
            .allowed
            .contains(&Rule::InsecureOriginWithCredentials);
        let public_suffix = policy.allowed.contains(&Rule::PublicSuffixWithCredentials);
        keys.extend(quote! {
            allowed: __cors::Allowed { insecure_origin: #insecure_origin, public_suffix: #public_suffix },
        });
    }
    match args.policy() {
        None => quote!(__cors::Policy { #keys ..__cors::Policy::NOTHING }),
        Some(base) => checked(&keys, base),
    }
}

/// An error about the combination, or about what is no policy, is the path's, from its first token to its last.
fn checked(keys: &TokenStream, base: &Path) -> TokenStream {
    let mut tokens = base.to_token_stream().into_iter();
    let first = tokens
        .next()
        .map_or_else(Span::call_site, |token| token.span());
    let last = tokens.last().map_or(first, |token| token.span());
    let end = quote_spanned!(last=> ());
    quote_spanned! {first=>
        __cors::Policy { #keys ..<#base as __cors::CorsPolicy>::POLICY }.checked #end
    }
}

fn origins(args: &Args, origins: &Origins<'_>) -> Option<TokenStream> {
    let elements = match origins {
        Origins::Inherited { .. } => return None,
        Origins::Anyone => return Some(quote!(Anyone)),
        Origins::Listed { elements, .. } => elements,
    };
    let written = &args.origins.as_ref()?.elements;
    let tokens = elements.iter().map(|element| match element {
        OriginElement::Pattern { index, pattern } => {
            let dev = matches!(written.get(*index), Some(OriginValue::Dev(_)))
                .then(|| quote!(#[cfg(debug_assertions)]));
            let pattern = origin_element(pattern);
            quote!(#dev #pattern)
        }
        OriginElement::Path { index } => match written.get(*index) {
            Some(OriginValue::Path(path)) => {
                let name = path.to_token_stream().to_string().replace(' ', "");
                quote_spanned! {path.span()=>
                    __cors::OriginElement::Path(#name, || {
                        const _: () = __cors::at_path(&#path).check();
                        __cors::at_path(&#path).resolve()
                    })
                }
            }
            _ => TokenStream::new(),
        },
    });
    let patterns = || {
        elements.iter().filter_map(|element| match element {
            OriginElement::Pattern { pattern, .. } => Some(pattern),
            OriginElement::Path { .. } => None,
        })
    };
    let insecure = patterns().any(Pattern::is_insecure);
    let public_suffix = patterns().any(Pattern::is_public_suffix);
    let listed = if insecure || public_suffix {
        quote!(risky(&[#(#tokens),*], #insecure, #public_suffix))
    } else {
        quote!(listed(&[#(#tokens),*]))
    };
    let mut dev = elements
        .iter()
        .filter_map(|element| match element {
            OriginElement::Pattern { index, pattern } => {
                matches!(written.get(*index), Some(OriginValue::Dev(_)))
                    .then(|| pattern.to_string())
            }
            OriginElement::Path { .. } => None,
        })
        .peekable();
    // A release is not to have the text.
    Some(if dev.peek().is_some() {
        quote!(#listed.dev(&[#(#[cfg(debug_assertions)] #dev),*]))
    } else {
        listed
    })
}

fn origin_element(pattern: &Pattern<&str>) -> TokenStream {
    if pattern.is_exact() {
        let origin = pattern.to_string();
        return quote!(__cors::OriginElement::Exact(#origin));
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
        __cors::OriginElement::Pattern(
            __cors::Pattern::from_parts(#scheme, #host, #subdomains, __cors::Port::#port)
        )
    }
}

/// Header names compare in any case; HTTP/2 and the browsers write them in lower case.
fn listed(names: &[&str]) -> TokenStream {
    if names.is_empty() {
        return quote!(None);
    }
    let names = names.join(", ").to_ascii_lowercase();
    quote!(Listed(#names))
}

/// Whether preflights for `method` are answered: browsers can ask for it, and the policy does not leave it out.
pub(crate) fn answers_for(policy: &Policy<'_>, method: &str) -> bool {
    !is_forbidden_method(method)
        && match &policy.methods {
            None | Some(Methods::Any) => true,
            Some(Methods::Listed(names)) => names.contains(&method),
        }
}
