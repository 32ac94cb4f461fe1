//! Compile errors: each says one mistake, at the tokens that make it.

use std::fmt::Display;

use cors_rules::{Help, Problem, Rule};
use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::Attribute;

use crate::route::Unreadable;

/// The mistakes found so far.
#[derive(Debug)]
pub(crate) struct Diagnostics {
    attribute: TokenStream,
    errors: Vec<syn::Error>,
}

impl Diagnostics {
    /// No mistake yet, in the attribute of `item`.
    pub(crate) fn new(item: &impl ToTokens) -> Self {
        // The attribute's place with the eyes of the user's own code: the compiler then has no macro to explain.
        let user = item.to_token_stream().into_iter().next();
        let user = user.map_or_else(Span::call_site, |token| token.span());
        let attribute = Ident::new("_", Span::call_site().resolved_at(user));
        Self::about(attribute)
    }

    /// No mistake yet, in an attribute that another one reads.
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

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.errors.len()
    }

    /// A mistake at `tokens`; where there are none, at the whole attribute.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, problem: &impl Display) {
        let tokens = tokens.into_token_stream();
        let tokens = if tokens.is_empty() {
            &self.attribute
        } else {
            &tokens
        };
        self.errors.push(syn::Error::new_spanned(tokens, problem));
    }

    /// The mistakes of another attribute.
    pub(crate) fn append(&mut self, other: Self) {
        self.errors.extend(other.errors);
    }

    /// A route attribute that is not read.
    pub(crate) fn push_unreadable(&mut self, unreadable: Unreadable) {
        let Unreadable { tokens, problem } = unreadable;
        self.push(tokens, &problem);
    }

    /// A mistake that darling found.
    pub(crate) fn push_darling(&mut self, error: darling::Error) {
        self.errors.push(error.into());
    }

    /// The errors as items.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.errors
            .iter()
            .map(syn::Error::to_compile_error)
            .collect()
    }
}

/// A mistake in the grammar of the attribute, which the policy crate never sees.
pub(crate) fn problem(
    rule: Rule,
    problem: impl Into<String>,
    advice: impl Into<String>,
) -> Problem {
    Problem {
        rule,
        problem: problem.into(),
        help: Some(Help::Do(advice.into())),
    }
}
