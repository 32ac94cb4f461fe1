//! Writes the policy's table, a constant that the runtime reads. It contains the keys that the attribute gives. The others come
//! from the named policy, or from `PolicyTable::NOTHING`.

use cors_rules::header::joined;
use cors_rules::method::is_forbidden_method;
use cors_rules::{ExposedHeaders, Methods, OriginElement, Origins, Policy, RequestHeaders, Rule};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ExprPath;
use syn::spanned::Spanned;

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
        keys.extend(quote!(origins: #origins,));
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
    if let Some(base) = args.policy() {
        let policy_of_base = quote!(<#base as __cors::CorsPolicy>::POLICY);
        let table = quote!(__cors::PolicyTable { #keys ..#policy_of_base });
        return match routed.filter(|_| policy.methods.is_none()) {
            Some(routed) => {
                let arguments = quote!(#table, &[#(#routed),*]);
                checked(&quote!(__cors::PolicyTable::checked_for), &arguments, base)
            }
            None => checked(&quote!(__cors::PolicyTable::checked), &table, base),
        };
    }
    let table = quote!(__cors::PolicyTable { #keys ..__cors::PolicyTable::NOTHING });
    let paths = paths(args);
    if paths.is_empty() {
        table
    } else {
        checked(&quote!(__cors::PolicyTable::checked), &table, &paths)
    }
}

/// A call in which const evaluation checks the arguments. The compiler reports a mistake at `place`.
///
/// The compiler shows an error from the first parenthesis to the last, so these have the spans of the place's first and last
/// tokens. The names between them do not: an editor resolves every name whose span is under the cursor, and must find only the
/// path there.
fn checked(function: &TokenStream, arguments: &TokenStream, place: &impl ToTokens) -> TokenStream {
    let (first, last) = ends(place);
    let function = in_parentheses(function, first);
    let arguments = in_parentheses(arguments, last);
    quote!(#function #arguments)
}

/// The paths among the origins.
fn paths(args: &Args) -> TokenStream {
    let written = args.origins.iter().flat_map(|origins| &origins.elements);
    let paths = written.filter_map(|element| match element {
        OriginValue::Path(path) => Some(path),
        _ => None,
    });
    quote!(#(#paths)*)
}

/// The entry for a path among the origins. The compiler reports every error at the path, and a wrong type once. As in [`checked`], no
/// other name has the path's span, so that an editor finds the right definition. The borrow stands in a `static`, because for a
/// `const` source the compiler's error there proposes a `static`.
fn at_path(path: &ExprPath) -> TokenStream {
    let name = path.to_token_stream().to_string().replace(' ', "");
    let place = path.span();
    let borrow = quote_spanned!(place=> &#path);
    let function = in_parentheses(&quote_spanned!(before(place)=> __cors::at_path), place);
    let at_path = [function, in_parentheses(&borrow, place)];
    let none = in_parentheses(&TokenStream::new(), place);
    let value = in_parentheses(&quote!(__VALUE), place);
    let source = quote! {
        #name, || {
            const _: () = #(#at_path)*.check #none;
            static __VALUE: &__cors::AnyValue = #borrow;
            #(#at_path)*.source #value
        }
    };
    let source = in_parentheses(&source, place);
    quote!(const { #(#at_path)*.entry #source })
}

/// The empty span before `place`. The compiler shows an error in parentheses at the parentheses if their span contains that of the
/// tokens inside.
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
        Origins::Anyone => return Some(quote!(__cors::OriginTable::Anyone)),
        Origins::Listed { elements, .. } => elements,
    };
    let written = &args.origins.as_ref()?.elements;
    let tokens = elements.iter().map(|element| match element {
        OriginElement::Pattern { index, pattern } => {
            let text = pattern.to_string();
            // A release build must not contain the text.
            if let Some(OriginValue::Dev(_)) = written.get(*index) {
                quote!(__cors::OriginEntry::Dev(&[#[cfg(debug_assertions)] #text]))
            } else {
                quote!(__cors::OriginEntry::Literal(#text))
            }
        }
        OriginElement::Path { index } => match written.get(*index) {
            Some(OriginValue::Path(path)) => at_path(path),
            _ => TokenStream::new(),
        },
    });
    let has_public_suffix = elements.iter().any(|element| match element {
        OriginElement::Pattern { pattern, .. } => pattern.is_public_suffix(),
        OriginElement::Path { .. } => false,
    });
    let listed = if has_public_suffix {
        quote!(__cors::OriginTable::Listed { elements: &[#(#tokens),*], public_suffix: true })
    } else {
        quote!(__cors::OriginTable::listed(&[#(#tokens),*]))
    };
    let paths = paths(args);
    Some(if paths.is_empty() {
        listed
    } else {
        checked(&quote!(__cors::OriginTable::checked), &listed, &paths)
    })
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
