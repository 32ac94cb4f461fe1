//! Collects mistakes, and turns each into a compile error at its tokens.

use std::fmt::Display;

use cors_rules::{Problem, Rule};
use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::Attribute;

/// The mistakes found so far.
#[derive(Debug)]
pub(crate) struct Diagnostics {
    attribute: TokenStream,
    errors: Vec<syn::Error>,
}

impl Diagnostics {
    /// For mistakes in the attribute on `item`.
    pub(crate) fn new(item: &impl ToTokens) -> Self {
        // With the hygiene of the user's code, the compiler adds no note about a macro.
        let user = item.to_token_stream().into_iter().next();
        let user = user.map_or_else(Span::call_site, |token| token.span());
        let attribute = Ident::new("_", Span::call_site().resolved_at(user));
        Self::about(attribute)
    }

    /// For mistakes in an attribute inside a module, which the module's attribute reads.
    pub(crate) fn at(attribute: Option<&Attribute>) -> Self {
        Self::about(attribute)
    }

    fn about(attribute: impl ToTokens) -> Self {
        Self {
            attribute: attribute.into_token_stream(),
            errors: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The number of mistakes so far.
    pub(crate) fn len(&self) -> usize {
        self.errors.len()
    }

    /// Adds a mistake at `tokens`, or at the whole attribute if `tokens` is empty.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, problem: &impl Display) {
        let tokens = tokens.into_token_stream();
        let tokens = if tokens.is_empty() {
            &self.attribute
        } else {
            &tokens
        };
        self.errors.push(syn::Error::new_spanned(tokens, problem));
    }

    /// Adds a broken rule with its words, as [`push`](Self::push) does.
    pub(crate) fn refuse(
        &mut self,
        tokens: impl ToTokens,
        rule: Rule,
        what: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.push(tokens, &Problem::new(rule, what, advice));
    }

    /// Adds the mistakes in another attribute.
    pub(crate) fn append(&mut self, other: Self) {
        self.errors.extend(other.errors);
    }

    /// Adds an error that already has its tokens.
    pub(crate) fn push_error(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    /// The `compile_error!` calls, which are items.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.errors
            .iter()
            .map(syn::Error::to_compile_error)
            .collect()
    }
}
