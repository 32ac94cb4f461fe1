//! Applies the rules of `cors-rules` to the attribute's values.

use cors_rules::{Draft, DraftOrigin, Place, Policy, Rule, Subject, Violation};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::LitStr;

use crate::args::Args;
use crate::diagnostic::Diagnostics;
use crate::value::{List, OriginValue};

/// The texts of an attribute's values. `cors-rules` borrows them.
#[derive(Debug)]
pub(crate) struct Texts {
    /// `None` for a path, and for `dev("*")`, which this module reports.
    origins: Option<Vec<Option<String>>>,
    methods: Option<Vec<String>>,
    headers: Option<Vec<String>>,
    expose_headers: Option<Vec<String>>,
    allow: Vec<String>,
}

impl Texts {
    pub(crate) fn new(args: &Args) -> Self {
        let texts = |list: &Option<List<LitStr>>| {
            list.as_ref()
                .map(|list| list.elements.iter().map(LitStr::value).collect())
        };
        let origin = |value: &OriginValue| match value {
            OriginValue::Dev(text) if is_anyone(text) => None,
            OriginValue::Text(text) | OriginValue::Dev(text) => Some(text.value()),
            OriginValue::Path(_) => None,
        };
        let names = args.allow.iter().flat_map(|rules| &rules.names);
        Self {
            origins: args
                .origins
                .as_ref()
                .map(|list| list.elements.iter().map(origin).collect()),
            methods: texts(&args.methods),
            headers: texts(&args.headers),
            expose_headers: texts(&args.expose_headers),
            allow: names
                .map(|name| name.to_token_stream().to_string())
                .collect(),
        }
    }

    /// The policy, or `None` if there are mistakes, which are then in `diagnostics`.
    pub(crate) fn check<'a>(
        &'a self,
        args: &'a Args,
        subject: Subject<'a>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Policy<'a>> {
        let anyone_in_debug_builds = report_anyone_in_debug_builds(args, diagnostics);
        match self.draft(args, subject).check() {
            Ok(_) if anyone_in_debug_builds => None,
            Ok(policy) => Some(policy),
            Err(violations) => {
                let follows = !diagnostics.is_empty();
                for violation in &violations {
                    if follows && self.may_follow(violation) {
                        continue;
                    }
                    diagnostics.push(tokens_at(args, violation.place), violation);
                }
                None
            }
        }
    }

    /// The indices of the names in `allow(…)` that are not needed.
    pub(crate) fn unneeded_allow(&self, args: &Args, subject: Subject<'_>) -> Vec<usize> {
        let violations = self.draft(args, subject).check().err().unwrap_or_default();
        let unneeded = violations
            .into_iter()
            .filter_map(|violation| match violation {
                Violation {
                    rule: Rule::UnneededAllow,
                    place: Place::Allow(index),
                    ..
                } => Some(index),
                _ => None,
            });
        unneeded.collect()
    }

    fn draft<'a>(&'a self, args: &'a Args, subject: Subject<'a>) -> Draft<'a> {
        let origin = |text: &'a Option<String>| match text {
            Some(text) => DraftOrigin::Literal(text),
            None => DraftOrigin::Path,
        };
        Draft {
            subject,
            // A key that a module does not give may be given by its handlers.
            inherits: args.policy.is_some() || subject == Subject::Defaults,
            origins: self
                .origins
                .as_ref()
                .map(|texts| texts.iter().map(origin).collect()),
            methods: self.methods.as_deref().map(strs),
            headers: self.headers.as_deref().map(strs),
            expose_headers: self.expose_headers.as_deref().map(strs),
            credentials: args.credentials.is_some(),
            max_age: args.max_age.as_ref().map(|seconds| seconds.text.as_str()),
            enforce: args.enforce.is_some(),
            allow: strs(&self.allow),
        }
    }

    /// Whether a mistake that was reported before, such as a misspelt key, may be the cause of this violation.
    fn may_follow(&self, violation: &Violation) -> bool {
        match (violation.rule, violation.place) {
            (Rule::MissingOrigins, _) => true,
            // An origin that could not be read may break the rule.
            (Rule::UnneededAllow, Place::Allow(index)) => self
                .allow
                .get(index)
                .and_then(|name| Rule::from_name(name))
                .is_some_and(Rule::can_be_allowed),
            _ => false,
        }
    }
}

/// Reports `dev("*")`, and returns whether there is one. In a release build such a list would be empty, because `"*"` is alone in it.
fn report_anyone_in_debug_builds(args: &Args, diagnostics: &mut Diagnostics) -> bool {
    let mut found = false;
    for value in args.origins.iter().flat_map(|list| &list.elements) {
        if let OriginValue::Dev(text) = value
            && is_anyone(text)
        {
            found = true;
            diagnostics.refuse(
                text,
                Rule::MisplacedWildcard,
                "`\"*\"` cannot be for debug builds only",
                "list the origins that you develop on, such as `dev(\"http://localhost:*\")`",
            );
        }
    }
    found
}

fn is_anyone(text: &LitStr) -> bool {
    text.value() == "*"
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// The tokens of the element with the violation. They are empty for a violation of the whole attribute.
fn tokens_at(args: &Args, place: Place) -> TokenStream {
    fn element<T: ToTokens>(list: Option<&List<T>>, index: usize) -> Option<TokenStream> {
        Some(list?.elements.get(index)?.to_token_stream())
    }
    let tokens = match place {
        Place::Origin(index) => element(args.origins.as_ref(), index),
        Place::Method(index) => element(args.methods.as_ref(), index),
        Place::Header(index) => element(args.headers.as_ref(), index),
        Place::ExposedHeader(index) => element(args.expose_headers.as_ref(), index),
        Place::MaxAge => args.max_age.as_ref().map(|seconds| seconds.tokens.clone()),
        Place::Allow(index) => {
            let name = args.allow.as_ref().and_then(|rules| rules.names.get(index));
            name.map(ToTokens::to_token_stream)
        }
        Place::Attribute => args.origins.as_ref().map(|list| list.tokens.clone()),
        Place::Enforce => args.enforce.as_ref().map(|flag| flag.tokens.clone()),
    };
    tokens.unwrap_or_default()
}
