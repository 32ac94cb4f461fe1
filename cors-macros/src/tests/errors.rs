//! Reads the errors in an expansion. `tests/parity` of the repository uses this file as well.

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned;
use syn::{Item, LitStr};

/// The texts of the errors in an expansion.
pub(crate) fn errors_in(expansion: TokenStream) -> Vec<String> {
    errors_with_spans_in(expansion)
        .into_iter()
        .map(|(_, text)| text)
        .collect()
}

/// The errors in an expansion, each with its span.
pub(crate) fn errors_with_spans_in(expansion: TokenStream) -> Vec<(Span, String)> {
    let file: syn::File = syn::parse2(expansion).expect("the expansion is Rust");
    let error = |item: Item| match item {
        Item::Macro(item) if item.mac.path.segments.last()?.ident == "compile_error" => {
            let text: LitStr = item.mac.parse_body().expect("an error has a text");
            Some((item.mac.path.span(), text.value()))
        }
        _ => None,
    };
    file.items.into_iter().filter_map(error).collect()
}
