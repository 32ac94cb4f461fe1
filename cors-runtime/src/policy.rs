//! A checked policy as a table: a constant that the attribute writes, or that [`PolicyConfig`](crate::PolicyConfig) is turned
//! into at start.

mod origins;
mod path;

use cors_rules::{Combination, Mistake, const_insecure, const_suffix, no_methods_left};

use self::origins::Texts;
pub use self::origins::{OriginEntry, OriginTable};
pub use self::path::{AnyValue, at_path};

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

    use super::origins::hash;
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

    #[test]
    fn two_origins_of_one_hash_are_told_apart() {
        const ONE: &str = "https://152a.example";
        const OTHER: &str = "https://2400a.example";

        assert_eq!(hash(ONE), hash(OTHER));
        let different = [OriginEntry::Constant(&[ONE, OTHER])];
        assert!(OriginTable::listed(&different).resolved().is_ok());
        let twice = [OriginEntry::Constant(&[ONE, OTHER, OTHER])];
        let refused = OriginTable::listed(&twice).resolved().err();
        let (mistake, origin) = refused.expect("a mistake");
        assert_eq!((mistake.rule, origin), (Rule::DuplicateOrigin, Some(OTHER)));
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
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

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
