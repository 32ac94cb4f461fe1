//! Compile errors: each says one mistake, at the tokens that make it.

use std::fmt::Display;

use cors_rules::{Help, Problem, Rule};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Debug)]
pub(crate) struct Diagnostics {
    attribute: Span,
    errors: Vec<syn::Error>,
}

impl Diagnostics {
    /// No mistake yet, in the attribute of `item`.
    pub(crate) fn new(item: &impl ToTokens) -> Self {
        // The attribute's place with the eyes of the user's own code: the compiler then has no macro to explain.
        let user = item.to_token_stream().into_iter().next();
        let user = user.map_or_else(Span::call_site, |token| token.span());
        Self {
            attribute: Span::call_site().resolved_at(user),
            errors: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// A mistake at `tokens`; where there are none, at the whole attribute.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, problem: &impl Display) {
        let tokens = tokens.into_token_stream();
        self.errors.push(if tokens.is_empty() {
            syn::Error::new(self.attribute, problem)
        } else {
            syn::Error::new_spanned(tokens, problem)
        });
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
