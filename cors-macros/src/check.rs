//! The attribute's values held against the rules of the policy crate.

use cors_policy::{Draft, DraftOrigin, Place, Policy, Rule, Subject};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::LitStr;

use crate::args::{Args, List};
use crate::diagnostic::Diagnostics;
use crate::route::Mount;

/// The texts of an attribute's values: what the policy crate reads.
#[derive(Debug)]
pub(crate) struct Texts {
    origins: Option<Vec<String>>,
    methods: Option<Vec<String>>,
    headers: Option<Vec<String>>,
    expose_headers: Option<Vec<String>>,
    allow: Vec<String>,
}

impl Texts {
    pub(crate) fn new(args: &Args, mounts: &[Mount]) -> Self {
        let texts = |list: &Option<List>| {
            list.as_ref()
                .map(|list| list.elements.iter().map(LitStr::value).collect())
        };
        let names = args.allow.iter().flat_map(|rules| &rules.names);
        Self {
            origins: texts(&args.origins),
            // Without a mount the route attribute is one that actix refuses: it decides about methods.
            methods: if mounts.is_empty() {
                None
            } else {
                texts(&args.methods)
            },
            headers: texts(&args.headers),
            expose_headers: texts(&args.expose_headers),
            allow: names
                .map(|name| name.to_token_stream().to_string())
                .collect(),
        }
    }

    /// The policy, or nothing where `diagnostics` has the reasons.
    pub(crate) fn check<'a>(
        &'a self,
        args: &'a Args,
        routed: &'a [&'a str],
        diagnostics: &mut Diagnostics,
    ) -> Option<Policy<'a>> {
        let draft = Draft {
            subject: Subject::Handler { routed },
            inherits: false,
            origins: self.origins.as_ref().map(|texts| {
                texts
                    .iter()
                    .map(|text| DraftOrigin::Literal(text))
                    .collect()
            }),
            methods: self.methods.as_deref().map(strs),
            headers: self.headers.as_deref().map(strs),
            expose_headers: self.expose_headers.as_deref().map(strs),
            credentials: args.credentials.is_some(),
            max_age: args
                .max_age
                .as_ref()
                .and_then(|seconds| seconds.text.as_deref()),
            enforce: false,
            allow: strs(&self.allow),
        };
        match draft.check() {
            Ok(policy) => Some(policy),
            Err(violations) => {
                let follows = !diagnostics.is_empty();
                for violation in &violations {
                    if follows && may_follow(violation.rule) {
                        continue;
                    }
                    diagnostics.push(tokens_at(args, violation.place), violation);
                }
                None
            }
        }
    }
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Whether a mistake in the grammar, a misspelt key say, can be all there is behind a violation of `rule`.
fn may_follow(rule: Rule) -> bool {
    matches!(rule, Rule::MissingOrigins | Rule::UnneededAllow)
}

/// The tokens of the element that a violation is about; none for the attribute as a whole.
fn tokens_at(args: &Args, place: Place) -> TokenStream {
    let element = |list: &Option<List>, index: usize| {
        list.as_ref()
            .and_then(|list| list.elements.get(index))
            .map(ToTokens::to_token_stream)
    };
    let tokens = match place {
        Place::Origin(index) => element(&args.origins, index),
        Place::Method(index) => element(&args.methods, index),
        Place::Header(index) => element(&args.headers, index),
        Place::ExposedHeader(index) => element(&args.expose_headers, index),
        Place::MaxAge => args.max_age.as_ref().map(|seconds| seconds.tokens.clone()),
        Place::Allow(index) => args
            .allow
            .as_ref()
            .and_then(|rules| rules.names.get(index))
            .map(ToTokens::to_token_stream),
        Place::Attribute => args.origins.as_ref().map(|list| list.tokens.clone()),
        Place::Credentials | Place::Enforce => None,
    };
    tokens.unwrap_or_default()
}
