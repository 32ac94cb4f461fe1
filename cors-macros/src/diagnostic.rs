//! Compile errors: each says one mistake, at the tokens that make it.

use std::fmt::Display;

use cors_policy::{Help, Problem, Rule};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far, in the order of the source.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics(Vec<syn::Error>);

impl Diagnostics {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A mistake at `tokens`; where there are none, at the whole attribute.
    pub(crate) fn push(&mut self, tokens: impl ToTokens, problem: &impl Display) {
        let tokens = tokens.into_token_stream();
        self.0.push(if tokens.is_empty() {
            syn::Error::new(Span::call_site(), problem)
        } else {
            syn::Error::new_spanned(tokens, problem)
        });
    }

    /// A mistake that darling found.
    pub(crate) fn push_darling(&mut self, error: darling::Error) {
        self.0.push(error.into());
    }

    /// The errors as items.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.0.iter().map(syn::Error::to_compile_error).collect()
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
