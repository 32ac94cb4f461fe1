//! The key `origins` in a table, and the checks of its constants in const evaluation.

use cors_rules::{
    DUPLICATE_ORIGIN, EMPTY_CONSTANTS, Mistake, WILDCARD_AMONG_ORIGINS, is_same_origin,
};

use crate::source::OriginSource;

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

    pub(super) const fn resolved(self) -> Result<Self, (Mistake, Option<&'a str>)> {
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

pub(super) const fn hash(text: &str) -> usize {
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
pub(super) struct Texts<'a> {
    /// What is left of an element.
    rest: &'a [&'a str],
    /// Whether it is a constant.
    pub(super) are_constant: bool,
    /// The elements behind it.
    elements: &'a [OriginEntry<'a>],
    /// Whether there was an element that allows origins without a text here: a source, or `dev` in a release build.
    had_others: bool,
}

impl<'a> Texts<'a> {
    pub(super) const fn of(elements: &'a [OriginEntry<'a>]) -> Self {
        Self {
            rest: &[],
            are_constant: false,
            elements,
            had_others: false,
        }
    }

    pub(super) const fn next(&mut self) -> Option<&'a str> {
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
