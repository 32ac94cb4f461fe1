//! Writes the policy's table, a constant that the runtime reads. It contains the keys that the attribute gives. The others come
//! from the named policy, or from `PolicyTable::NOTHING`.

use cors_rules::header::joined;
use cors_rules::method::is_forbidden_method;
use cors_rules::{
    ExposedHeaders, Methods, OriginElement, Origins, Pattern, Policy, Port, RequestHeaders, Rule,
};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{ExprPath, Path};

use crate::args::Args;
use crate::value::OriginValue;

/// The import of the runtime's hidden module.
pub(crate) fn alias(args: &Args) -> TokenStream {
    let runtime = args.runtime();
    quote!(use #runtime::__private as __cors;)
}

/// An expression of type `__cors::Annotation` for the item of that name.
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
    // The tests of this crate run outside of the compiler.
    let (file, line) = if proc_macro::is_available() {
        let span = name.span().unwrap();
        let line = u32::try_from(span.line()).unwrap_or_default();
        (span.file().into_token_stream(), line.into_token_stream())
    } else {
        (quote!(::core::file!()), quote!(::core::line!()))
    };
    quote!(::core::concat!(::core::module_path!(), #path), #file, #line)
}

fn methods(policy: &Policy<'_>) -> Option<TokenStream> {
    policy.methods.as_ref().map(|methods| match methods {
        Methods::Any => quote!(Any),
        Methods::Listed(names) => quote!(Listed(&[#(#names),*])),
    })
}

/// An expression of type `__cors::PolicyTable`. For a handler, `routed` are the methods of all its routes.
pub(crate) fn policy(args: &Args, policy: &Policy<'_>, routed: Option<&[&str]>) -> TokenStream {
    let mut keys = TokenStream::new();
    if let Some(origins) = origins(args, &policy.origins) {
        keys.extend(quote!(origins: __cors::OriginTable::#origins,));
    }
    if let Some(methods) = methods(policy) {
        keys.extend(quote!(methods: __cors::MethodTable::#methods,));
    }
    if let Some(headers) = &policy.headers {
        let headers = match headers {
            RequestHeaders::Any => quote!(Any),
            RequestHeaders::AnyAndAuthorization => quote!(AnyAndAuthorization),
            RequestHeaders::Listed(names) => listed(names),
        };
        keys.extend(quote!(headers: __cors::RequestHeaderTable::#headers,));
    }
    if let Some(headers) = &policy.expose_headers {
        let headers = match headers {
            ExposedHeaders::Any => quote!(Any),
            ExposedHeaders::Listed(names) => listed(names),
        };
        keys.extend(quote!(expose_headers: __cors::ExposedHeaderTable::#headers,));
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
        None => quote!(__cors::PolicyTable { #keys ..__cors::PolicyTable::NOTHING }),
        Some(base) => {
            let routed = routed.filter(|_| policy.methods.is_none());
            checked(&keys, base, routed)
        }
    }
}

/// The keys together with those of the named policy, which const evaluation checks.
///
/// The compiler shows an error from the first parenthesis to the last, so these have the spans of the path's first and last
/// tokens. The names between them do not: an editor resolves every name whose span is under the cursor, and must find only the
/// path there.
fn checked(keys: &TokenStream, base: &Path, routed: Option<&[&str]>) -> TokenStream {
    let policy = quote!(__cors::PolicyTable { #keys ..<#base as __cors::CorsPolicy>::POLICY });
    let (check, arguments) = match routed {
        Some(routed) => (
            quote!(__cors::PolicyTable::checked_for),
            quote!(#policy, &[#(#routed),*]),
        ),
        None => (quote!(__cors::PolicyTable::checked), policy),
    };
    let (first, last) = ends(base);
    let check = in_parentheses(&check, first);
    let arguments = in_parentheses(&arguments, last);
    quote!(#check #arguments)
}

/// The entry for a path among the origins. The compiler reports every error at the path, and a wrong type once. As in [`checked`], no
/// other name has the path's span, so that an editor finds the right definition. For the path of a `const` source, the error about
/// the borrow in a `static` is the one that says to write a `static`.
fn at_path(path: &ExprPath) -> TokenStream {
    let name = path.to_token_stream().to_string().replace(' ', "");
    let place = path.span();
    let borrow = quote_spanned!(place=> &#path);
    let function = in_parentheses(&quote_spanned!(before(place)=> __cors::at_path), place);
    let arguments = in_parentheses(&borrow, place);
    let none = in_parentheses(&TokenStream::new(), place);
    let value = in_parentheses(&quote!(__VALUE), place);
    quote! {
        __cors::OriginEntry::Path(#name, || {
            const _: () = #function #arguments.check #none;
            static __VALUE: &__cors::AnyValue = #borrow;
            #function #arguments.resolve #value
        })
    }
}

/// The empty span before another. The compiler shows parentheses in place of what is inside of them where their span contains it.
fn before(place: Span) -> Span {
    // The tests of this crate run outside of the compiler.
    if proc_macro::is_available() {
        place.unwrap().start().into()
    } else {
        place
    }
}

/// The spans of the first token and of the last.
fn ends(tokens: &impl ToTokens) -> (Span, Span) {
    let mut tokens = tokens.to_token_stream().into_iter();
    let first = tokens
        .next()
        .map_or_else(Span::call_site, |token| token.span());
    let last = tokens.last().map_or(first, |token| token.span());
    (first, last)
}

fn in_parentheses(tokens: &TokenStream, place: Span) -> TokenStream {
    let mut group = Group::new(Delimiter::Parenthesis, tokens.clone());
    group.set_span(place);
    group.into_token_stream()
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
            Some(OriginValue::Path(path)) => at_path(path),
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
        quote! {
            Listed {
                elements: &[#(#tokens),*],
                insecure: #insecure,
                public_suffix: #public_suffix,
                dev: &[],
            }
        }
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
    // A release build must not contain their text.
    Some(if dev.peek().is_some() {
        quote!(#listed.dev(&[#(#[cfg(debug_assertions)] #dev),*]))
    } else {
        listed
    })
}

fn origin_element(pattern: &Pattern<&str>) -> TokenStream {
    if pattern.is_exact() {
        let origin = pattern.to_string();
        return quote!(__cors::OriginEntry::Exact(#origin));
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
        __cors::OriginEntry::Pattern(
            __cors::Pattern::from_parts(#scheme, #host, #subdomains, __cors::Port::#port)
        )
    }
}

fn listed(names: &[&str]) -> TokenStream {
    joined(names).map_or_else(|| quote!(None), |names| quote!(Listed(#names)))
}

/// Whether a browser can send `method`, and the policy does not leave it out.
pub(crate) fn answers_for(policy: &Policy<'_>, method: &str) -> bool {
    !is_forbidden_method(method)
        && match &policy.methods {
            None | Some(Methods::Any) => true,
            Some(Methods::Listed(names)) => names.contains(&method),
        }
}
