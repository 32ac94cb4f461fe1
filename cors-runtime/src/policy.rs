//! A checked policy as a table: a constant that the attribute writes, or that [`PolicyConfig`](crate::PolicyConfig) is turned
//! into at start.

use std::any::Any;
use std::marker::PhantomData;

use cors_rules::{
    Combination, DUPLICATE_ORIGIN, EMPTY_CONSTANTS, Mistake, WILDCARD_AMONG_ORIGINS,
    const_insecure, const_mistake, const_suffix, is_same_origin, no_methods_left,
};

use crate::source::OriginSource;

/// One checked policy. That of an attribute is `'static`. That of a [`PolicyConfig`](crate::PolicyConfig) lives until the policy
/// is compiled.
#[derive(Clone, Copy, Debug)]
pub struct PolicyTable<'a> {
    /// The path of the named policy, if it is one or starts from one.
    pub name: Option<&'static str>,
    /// The origins that may read.
    pub origins: OriginTable<'a>,
    /// The key `methods`.
    pub methods: MethodTable<'a>,
    /// `Access-Control-Allow-Headers`.
    pub headers: RequestHeaderTable<'a>,
    /// `Access-Control-Expose-Headers`.
    pub expose_headers: ExposedHeaderTable<'a>,
    /// `Access-Control-Allow-Credentials`. Never with [`OriginTable::Anyone`].
    pub credentials: bool,
    /// `Access-Control-Max-Age`, in seconds.
    pub max_age: Option<u32>,
    /// Whether cross-origin requests that the policy does not allow are kept from the handler.
    pub enforce: bool,
    /// The rules about credentials that are switched off.
    pub allowed: Allowed,
}

impl<'a> PolicyTable<'a> {
    /// The policy of an attribute without keys.
    pub const NOTHING: Self = Self {
        name: None,
        origins: OriginTable::listed(&[]),
        methods: MethodTable::Default,
        headers: RequestHeaderTable::None,
        expose_headers: ExposedHeaderTable::None,
        credentials: false,
        max_age: None,
        enforce: false,
        allowed: Allowed {
            insecure_origin: false,
            public_suffix: false,
        },
    };

    /// Gives the policy the path of its struct as its name.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// The policy, after a check of what the attribute does not know: the texts of constants, and the keys of a named policy.
    ///
    /// # Panics
    /// In const evaluation, with the error message, if the keys together break a rule.
    #[must_use]
    #[track_caller]
    pub const fn checked(self) -> Self {
        if let Some((mistake, origin)) = self.mistake() {
            let note = match self.name {
                Some(_) => " (one of the two comes from the named policy)",
                None => "",
            };
            panic!("{}", mistake.message(origin, note).as_str());
        }
        self
    }

    /// A rule that the keys together break, and the origin that breaks it, if it is one of a list.
    const fn mistake(&self) -> Option<(Mistake, Option<&'a str>)> {
        let (anyone, public_suffix, elements): (_, _, &[_]) = match self.origins {
            OriginTable::Anyone => (true, false, &[]),
            OriginTable::Listed {
                elements,
                public_suffix,
            } => (false, public_suffix, elements),
        };
        let combination = Combination {
            anyone,
            public_suffix: public_suffix && !self.allowed.public_suffix,
            any_exposed: matches!(self.expose_headers, ExposedHeaderTable::Any),
            credentials: self.credentials,
            enforce: self.enforce,
        };
        if let Some(mistake) = combination.mistake() {
            return Some((mistake, None));
        }
        let mut origins = Texts::of(elements);
        while self.credentials
            && let Some(text) = origins.next()
        {
            if !self.allowed.insecure_origin
                && let Some(mistake) = const_insecure(text)
            {
                return Some((mistake, Some(text)));
            }
            if !self.allowed.public_suffix
                && origins.are_constant
                && let Some(mistake) = const_suffix(text)
            {
                return Some((mistake, Some(text)));
            }
        }
        None
    }

    /// As [`checked`](Self::checked), for a handler without `methods`. `routed` are the methods of all its routes that browsers can
    /// use.
    ///
    /// # Panics
    /// As [`checked`](Self::checked), and if the named policy's `methods` have none of them.
    #[must_use]
    #[track_caller]
    pub const fn checked_for(self, routed: &[&str]) -> Self {
        if let Some(mistake) = no_methods_left(routed, self.methods()) {
            panic!("{}", mistake.as_str());
        }
        self.checked()
    }

    /// The listed methods.
    pub(crate) const fn methods(&self) -> Option<&'a [&'a str]> {
        match self.methods {
            MethodTable::Default | MethodTable::Any => None,
            MethodTable::Listed(names) => Some(names),
        }
    }
}

/// The key `origins`.
#[derive(Clone, Copy, Debug)]
pub enum OriginTable<'a> {
    /// `"*"`.
    Anyone,
    /// Everything else.
    Listed {
        /// The elements of the list.
        elements: &'a [OriginEntry<'a>],
        /// Whether a literal among them breaks `public_suffix_with_credentials`, together with credentials.
        public_suffix: bool,
    },
}

impl<'a> OriginTable<'a> {
    /// A list without a literal that breaks a rule for credentials.
    #[must_use]
    pub const fn listed(elements: &'a [OriginEntry<'a>]) -> Self {
        Self::Listed {
            elements,
            public_suffix: false,
        }
    }

    /// The origins, after a check of constants beside other elements. A constant `"*"` is [`Anyone`](Self::Anyone).
    ///
    /// # Panics
    /// In const evaluation, with the error message, if the elements together break a rule.
    #[must_use]
    #[track_caller]
    pub const fn checked(self) -> Self {
        match self.resolved() {
            Ok(origins) => origins,
            Err((mistake, origin)) => panic!("{}", mistake.message(origin, "").as_str()),
        }
    }

    const fn resolved(self) -> Result<Self, (Mistake, Option<&'a str>)> {
        let Self::Listed { elements, .. } = self else {
            return Ok(self);
        };
        let (mut anyone, mut others) = (false, false);
        // A bit for each hash of an origin so far. The compiler limits the steps of const evaluation, so few pairs are compared.
        let mut seen = [0_u64; HASHES.div_ceil(64)];
        let mut origins = Texts::of(elements);
        while let Some(text) = origins.next() {
            let hash = hash(text);
            let bit = 1 << (hash % 64);
            if seen[hash / 64] & bit != 0 && is_listed_twice(text, elements) {
                return Err((DUPLICATE_ORIGIN, Some(text)));
            }
            seen[hash / 64] |= bit;
            if is_same_origin(text, "*") {
                anyone = true;
            } else {
                others = true;
            }
        }
        match (anyone, others || origins.had_others) {
            (true, true) => Err((WILDCARD_AMONG_ORIGINS, Some("*"))),
            (true, false) => Ok(Self::Anyone),
            (false, true) => Ok(self),
            (false, false) => Err((EMPTY_CONSTANTS, None)),
        }
    }
}

const HASHES: usize = 65521;

const fn hash(text: &str) -> usize {
    let mut hash = 0;
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        hash = (31 * hash + *byte as usize) % HASHES;
        rest = tail;
    }
    hash
}

const fn is_listed_twice(text: &str, elements: &[OriginEntry]) -> bool {
    let mut times = 0;
    let mut origins = Texts::of(elements);
    while let Some(other) = origins.next() {
        if is_same_origin(text, other) {
            times += 1;
        }
    }
    times > 1
}

/// One element of `origins`.
#[derive(Clone, Copy, Debug)]
pub enum OriginEntry<'a> {
    /// A string literal: `"https://app.example.com"`, `"https://*.example.com"`.
    Literal(&'a str),
    /// `dev("http://localhost:5173")`: one text in debug builds, and none in others.
    Dev(&'a [&'a str]),
    /// The strings of a `const`.
    Constant(&'a [&'static str]),
    /// The path of a `static` as written. A constant cannot hold a reference to a `static` that can change.
    Source(&'static str, fn() -> &'static dyn OriginSource),
}

impl<'a> OriginEntry<'a> {
    /// The texts of the origins, as far as const evaluation knows them.
    pub(crate) const fn texts(&'a self) -> &'a [&'a str] {
        match self {
            Self::Literal(text) => std::slice::from_ref(text),
            Self::Dev(texts) | Self::Constant(texts) => texts,
            Self::Source(..) => &[],
        }
    }
}

/// The texts of several elements, for const evaluation, which has no iterators.
#[derive(Clone, Copy)]
struct Texts<'a> {
    /// What is left of an element.
    rest: &'a [&'a str],
    /// Whether it is a constant.
    are_constant: bool,
    /// The elements behind it.
    elements: &'a [OriginEntry<'a>],
    /// Whether there was an element that allows origins without a text here: a source, or `dev` in a release build.
    had_others: bool,
}

impl<'a> Texts<'a> {
    const fn of(elements: &'a [OriginEntry<'a>]) -> Self {
        Self {
            rest: &[],
            are_constant: false,
            elements,
            had_others: false,
        }
    }

    const fn next(&mut self) -> Option<&'a str> {
        loop {
            if let [text, rest @ ..] = self.rest {
                self.rest = rest;
                return Some(text);
            }
            let [element, elements @ ..] = self.elements else {
                return None;
            };
            self.elements = elements;
            self.rest = element.texts();
            self.are_constant = matches!(element, OriginEntry::Constant(_));
            self.had_others |= matches!(element, OriginEntry::Source(..) | OriginEntry::Dev(_));
        }
    }
}

/// The types of constants and statics whose paths may be among the origins.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot be an element of `origins`",
    label = "not the path of an origin or of a source",
    note = "`origins` takes the path of a `const` of type `&str`, `[&str; N]` or `&[&str]`, or of a `static` whose type implements `OriginSource`"
)]
pub trait OriginPath: 'static {
    /// [`Text`] or [`Source`].
    type Kind;

    /// The source.
    ///
    /// # Panics
    /// If the value is of the kind [`Text`].
    fn source(&'static self) -> &'static dyn OriginSource {
        unreachable!("the entry of a constant has no source")
    }
}

/// The kind of strings.
pub struct Text;

/// The kind of sources.
pub struct Source;

/// Implements [`OriginPath`] for a type of constants, and makes their entries.
macro_rules! texts {
    ($($type:ty $(, $length:ident)?: $value:ident => $texts:expr;)+) => {$(
        impl$(<const $length: usize>)? OriginPath for $type {
            type Kind = Text;
        }

        impl<'a, $(const $length: usize)?> AtPath<'a, $type, Text> {
            /// Checks the texts.
            ///
            /// # Panics
            /// In const evaluation, with the error message, if one of them is not an origin.
            #[track_caller]
            pub const fn check(&self) {
                let $value = self.value;
                if let Some((mistake, text)) = mistake_in($texts) {
                    panic!("{}", mistake.message(Some(text), "").as_str());
                }
            }

            /// The entry for the constant. If [`check`](Self::check) reports a mistake, it is one that no other check looks at.
            #[must_use]
            pub const fn entry(&self, name: &'static str, source: fn() -> &'static dyn OriginSource) -> OriginEntry<'a> {
                let $value = self.value;
                match mistake_in($texts) {
                    Some(_) => OriginEntry::Source(name, source),
                    None => OriginEntry::Constant($texts),
                }
            }
        }
    )+};
}

texts! {
    &'static str: text => std::slice::from_ref(text);
    [&'static str; N], N: texts => texts;
    &'static [&'static str]: texts => texts;
    &'static [&'static str; N], N: texts => *texts;
}

const fn mistake_in<'a>(texts: &[&'a str]) -> Option<(Mistake, &'a str)> {
    let mut rest = texts;
    while let [text, tail @ ..] = rest {
        if let Some(mistake) = const_mistake(text) {
            return Some((mistake, text));
        }
        rest = tail;
    }
    None
}

impl<S: OriginSource> OriginPath for S {
    type Kind = Source;

    fn source(&'static self) -> &'static dyn OriginSource {
        self
    }
}

/// These take `self`, so that method resolution finds them also for an unknown type.
#[expect(clippy::unused_self, reason = "the receiver's type selects the method")]
impl<T> AtPath<'_, T, Source> {
    /// Does nothing, because a source decides at run time.
    pub const fn check(self) {}

    /// The entry for the source. A constant may not hold it: `source` finds it.
    #[must_use]
    pub const fn entry(
        self,
        name: &'static str,
        source: fn() -> &'static dyn OriginSource,
    ) -> OriginEntry<'static> {
        OriginEntry::Source(name, source)
    }
}

/// The value at a path, whose type the attribute cannot write.
pub type AnyValue = dyn Any + Sync;

/// A constant or a static by its path. Const evaluation cannot call methods of traits, so each type has an `entry` of its own.
/// They have no bounds, so that a wrong type is one error.
#[derive(Clone, Copy)]
pub struct AtPath<'a, T, Kind> {
    value: &'a T,
    source: fn(&'static AnyValue) -> &'static dyn OriginSource,
    kind: PhantomData<Kind>,
}

/// The constant or static at a path.
///
/// # Panics
/// Its `source` panics if it is given a value of another type.
pub const fn at_path<T: OriginPath>(value: &T) -> AtPath<'_, T, T::Kind> {
    AtPath {
        value,
        source: |value| {
            let value: &'static dyn Any = value;
            let value: Option<&'static T> = value.downcast_ref();
            value.expect("the value at the same path").source()
        },
        kind: PhantomData,
    }
}

impl<T, Kind> AtPath<'_, T, Kind> {
    /// The source, which is this value.
    #[must_use]
    pub fn source(&self, value: &'static AnyValue) -> &'static dyn OriginSource {
        (self.source)(value)
    }
}

/// The key `methods`.
#[derive(Clone, Copy, Debug)]
pub enum MethodTable<'a> {
    /// Absent: the methods of the handler's route, or for [`Cors::of`](crate::Cors::of) the CORS-safelisted ones.
    Default,
    /// By name.
    Listed(&'a [&'a str]),
    /// `"*"`.
    Any,
}

/// The key `headers`.
#[derive(Clone, Copy, Debug)]
pub enum RequestHeaderTable<'a> {
    /// Absent.
    None,
    /// Names, lower-case, joined by `, `.
    Listed(&'a str),
    /// `"*"`: all but `authorization`.
    Any,
    /// `"*"` and `"authorization"`: all.
    AnyAndAuthorization,
}

/// The key `expose_headers`.
#[derive(Clone, Copy, Debug)]
pub enum ExposedHeaderTable<'a> {
    /// Absent.
    None,
    /// Names, lower-case, joined by `, `.
    Listed(&'a str),
    /// `"*"`.
    Any,
}

/// The key `allow`.
#[derive(Clone, Copy, Debug)]
pub struct Allowed {
    /// `insecure_origin_with_credentials`
    pub insecure_origin: bool,
    /// `public_suffix_with_credentials`
    pub public_suffix: bool,
}

#[cfg(test)]
mod tests {
    use cors_rules::{Draft, DraftOrigin, Mistake, Pattern, Rule, const_mistake};
    use proptest::prelude::*;

    use super::{Allowed, OriginEntry, OriginTable, PolicyTable, Texts};
    use crate::OriginSet;

    /// An element of `origins`, whose texts live as long as those of a `const`.
    #[derive(Clone, Debug)]
    enum Written {
        Literal(String),
        Constant(&'static [&'static str]),
        Source,
    }

    impl Written {
        fn entry(&self) -> OriginEntry<'_> {
            static SET: OriginSet = OriginSet::new();

            match self {
                Self::Literal(text) => OriginEntry::Literal(text),
                Self::Constant(texts) => OriginEntry::Constant(texts),
                Self::Source => OriginEntry::Source("SET", || &SET),
            }
        }
    }

    fn written() -> impl Strategy<Value = Written> {
        let few = [
            "*",
            "https://a.example",
            "http://a.example",
            "https://*.a.example",
            "https://*.com",
            "https://*.localhost",
            "http://localhost:*",
            "http://[::1]:1",
        ];
        let mostly_right = "https?://(\\*\\.)?(xn--)?([a-z0-9]{1,3}\\.){0,2}(com|uk|1|x_y|EU|é)(:[0-9*]{1,5})?[/ ]?";
        let text = prop_oneof![
            12 => prop::sample::select(few.to_vec()).prop_map(str::to_owned),
            2 => mostly_right,
            1 => any::<String>(),
        ];
        let leaked = |text: &String| -> &'static str { text.clone().leak() };
        let constant = prop::collection::vec(text.clone(), 1..3).prop_map(move |texts| {
            Written::Constant(texts.iter().map(leaked).collect::<Vec<_>>().leak())
        });
        prop_oneof![2 => text.prop_map(Written::Literal), 4 => constant, 1 => Just(Written::Source)]
    }

    #[test]
    fn anyone_beside_a_dev_origin_is_refused_also_in_a_release_build_which_does_not_have_its_text()
    {
        let anyone = OriginEntry::Constant(&["*"]);
        let elements = [anyone, OriginEntry::Dev(&[])];
        let refused = OriginTable::listed(&elements).resolved().err();
        let (mistake, _) = refused.expect("a mistake");
        assert_eq!(mistake.rule, Rule::WildcardAmongOrigins);
        assert!(matches!(
            OriginTable::listed(&[anyone]).resolved(),
            Ok(OriginTable::Anyone)
        ));
    }

    /// What const evaluation refuses, in the order of the expansion.
    fn const_evaluation(table: PolicyTable) -> Option<Mistake> {
        let OriginTable::Listed { elements, .. } = table.origins else {
            return None;
        };
        let mut origins = Texts::of(elements);
        while let Some(text) = origins.next() {
            if origins.are_constant
                && let Some(mistake) = const_mistake(text)
            {
                return Some(mistake);
            }
        }
        match table.origins.resolved() {
            Err((mistake, _)) => Some(mistake),
            Ok(origins) => PolicyTable { origins, ..table }
                .mistake()
                .map(|found| found.0),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn const_evaluation_refuses_the_policies_that_the_attribute_refuses(
            written in prop::collection::vec(written(), 1..4),
            credentials: bool,
            enforce: bool,
            insecure_origin: bool,
            public_suffix: bool,
        ) {
            let allow = [(insecure_origin, Rule::InsecureOriginWithCredentials), (public_suffix, Rule::PublicSuffixWithCredentials)];
            let refused = |origins: Vec<DraftOrigin>| -> Vec<Rule> {
                let allow = allow.iter().filter(|(is_allowed, _)| *is_allowed).map(|(_, rule)| rule.name()).collect();
                let draft = Draft { origins: Some(origins), credentials, enforce, allow, ..Draft::default() };
                let rules = draft.check().err().unwrap_or_default().into_iter().map(|violation| violation.rule);
                // The attribute does not know whether a constant needs it.
                rules.filter(|rule| *rule != Rule::UnneededAllow).collect()
            };
            // Of the literals the attribute has refused what is wrong, and it needs no check for `"*"` alone.
            let attribute = refused(written.iter().map(|element| match element {
                Written::Literal(text) => DraftOrigin::Literal(text),
                Written::Constant(_) | Written::Source => DraftOrigin::Path,
            }).collect());
            if !attribute.is_empty() || written.iter().any(|element| matches!(element, Written::Literal(text) if text == "*")) {
                return Ok(());
            }

            let expected = refused(written.iter().flat_map(|element| match element {
                Written::Literal(text) => vec![DraftOrigin::Literal(text)],
                Written::Constant(texts) => texts.iter().map(|text| DraftOrigin::Literal(text)).collect(),
                Written::Source => vec![DraftOrigin::Path],
            }).collect());
            let elements: Vec<_> = written.iter().map(Written::entry).collect();
            let is_public_suffix = |element: &Written| matches!(element, Written::Literal(text) if Pattern::parse(text).is_ok_and(|pattern| pattern.is_public_suffix()));
            let found = const_evaluation(PolicyTable {
                origins: OriginTable::Listed { elements: &elements, public_suffix: written.iter().any(is_public_suffix) },
                credentials,
                enforce,
                allowed: Allowed { insecure_origin, public_suffix },
                ..PolicyTable::NOTHING
            });
            match found.map(|mistake| mistake.rule) {
                None => prop_assert_eq!(expected, vec![]),
                Some(rule) if expected.contains(&rule) => {}
                // The attribute names another mistake of these.
                Some(Rule::WildcardAmongOrigins) => prop_assert!(expected.contains(&Rule::WildcardWithCredentials), "{expected:?}"),
                Some(rule) => {
                    let constants = format!("{written:?}");
                    let needs_tables = match rule {
                        Rule::InvalidOrigin => !expected.is_empty() || constants.contains("xn--"),
                        Rule::PublicSuffixWithCredentials => credentials && !public_suffix && constants.contains("*."),
                        _ => false,
                    };
                    prop_assert!(needs_tables, "{rule:?} but {expected:?}");
                }
            }
        }
    }
}
