//! A checked policy as a table: a constant that the attribute writes, or what [`PolicyConfig`](crate::PolicyConfig) is turned into at start.

use std::any::Any;
use std::marker::PhantomData;

use cors_rules::{Combination, Pattern, no_methods_left, plain_mistake};

use crate::source::OriginSource;

/// One checked policy. The attribute writes it for the whole run of the program; [`PolicyConfig`](crate::PolicyConfig) for as long as its answers
/// are being built.
#[derive(Clone, Copy, Debug)]
pub struct PolicyTable<'a> {
    /// The path of the named policy that it is, or starts from.
    pub name: Option<&'static str>,
    /// Who may read.
    pub origins: OriginTable<'a>,
    /// The methods it names.
    pub methods: MethodTable<'a>,
    /// `Access-Control-Allow-Headers`.
    pub headers: RequestHeaderTable<'a>,
    /// `Access-Control-Expose-Headers`.
    pub expose_headers: ExposedHeaderTable<'a>,
    /// `Access-Control-Allow-Credentials`. Never with [`OriginTable::Anyone`].
    pub credentials: bool,
    /// `Access-Control-Max-Age`, in seconds.
    pub max_age: Option<u32>,
    /// Whether the handler is kept from cross-origin requests that the policy does not allow.
    pub enforce: bool,
    /// The rules about credentials that are switched off.
    pub allowed: Allowed,
}

impl<'a> PolicyTable<'a> {
    /// The policy of an attribute without any key: what absent keys mean.
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

    /// The named policy of this path.
    #[must_use]
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// The policy, where the keys of one attribute and of the named policy it starts from go together.
    ///
    /// # Panics
    /// While the user's crate is compiled, with the rule's name, where they break a rule about combinations.
    #[must_use]
    #[track_caller]
    pub const fn checked(self) -> Self {
        let (anyone, insecure, public_suffix) = match self.origins {
            OriginTable::Anyone => (true, false, false),
            OriginTable::Listed {
                insecure,
                public_suffix,
                ..
            } => (false, insecure, public_suffix),
        };
        Combination {
            anyone,
            insecure: insecure && !self.allowed.insecure_origin,
            public_suffix: public_suffix && !self.allowed.public_suffix,
            any_exposed: matches!(self.expose_headers, ExposedHeaderTable::Any),
            credentials: self.credentials,
            enforce: self.enforce,
        }
        .assert_right();
        self
    }

    /// The same for a handler of the named policy that has no `methods` of its own, with the methods that browsers can use
    /// of all its routes.
    ///
    /// # Panics
    /// As [`checked`](Self::checked), and where the named policy's `methods` leave none of them.
    #[must_use]
    #[track_caller]
    pub const fn checked_for(self, routed: &[&str]) -> Self {
        if let Some(mistake) = no_methods_left(routed, self.methods()) {
            panic!("{}", mistake.as_str());
        }
        self.checked()
    }

    /// The methods that it names, if it does.
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
        /// Each of the list.
        elements: &'a [OriginEntry<'a>],
        /// Whether one of them breaks `insecure_origin_with_credentials` where credentials come in.
        insecure: bool,
        /// Whether one of them breaks `public_suffix_with_credentials` where credentials come in.
        public_suffix: bool,
        /// Those that are there in debug builds alone.
        dev: &'static [&'static str],
    },
}

impl<'a> OriginTable<'a> {
    /// A list that may have credentials.
    #[must_use]
    pub const fn listed(elements: &'a [OriginEntry<'a>]) -> Self {
        Self::Listed {
            elements,
            insecure: false,
            public_suffix: false,
            dev: &[],
        }
    }

    /// A list of which an element may have credentials only where `allow(…)` says so.
    #[must_use]
    pub const fn risky(
        elements: &'a [OriginEntry<'a>],
        insecure: bool,
        public_suffix: bool,
    ) -> Self {
        Self::Listed {
            elements,
            insecure,
            public_suffix,
            dev: &[],
        }
    }

    /// Names the origins of the list that are there in debug builds alone.
    #[must_use]
    pub const fn dev(mut self, origins: &'static [&'static str]) -> Self {
        if let Self::Listed { dev, .. } = &mut self {
            *dev = origins;
        }
        self
    }
}

/// One element of `origins`.
#[derive(Clone, Copy, Debug)]
pub enum OriginEntry<'a> {
    /// One origin, as browsers send it.
    Exact(&'a str),
    /// `https://*.example.com`, `http://localhost:*`.
    Pattern(Pattern<&'a str>),
    /// A path, as written: the string or the source that it stands for is looked up when the app is built.
    Path(&'static str, fn() -> Resolved),
}

/// What the path of an element of `origins` stands for.
#[derive(Clone, Copy)]
pub enum Resolved {
    /// A `const` string, or several.
    Texts(&'static [&'static str]),
    /// A `static` source.
    Source(&'static dyn OriginSource),
}

/// What a path among the origins may be the path of.
#[diagnostic::on_unimplemented(
    message = "a path in `origins` cannot be one of a `{Self}`",
    label = "neither a string nor a source of origins",
    note = "it is the path of a `const` of type `&str`, `[&str; N]` or `&[&str]`, or of a `static` whose type implements `OriginSource`"
)]
pub trait OriginPath: 'static {
    /// [`Text`] or [`Source`].
    type Kind;

    /// The string or the source.
    fn resolve(&'static self) -> Resolved;
}

/// The kind of strings.
pub struct Text;

/// The kind of sources.
pub struct Source;

impl OriginPath for &'static str {
    type Kind = Text;

    fn resolve(&'static self) -> Resolved {
        Resolved::Texts(std::slice::from_ref(self))
    }
}

impl<const N: usize> OriginPath for [&'static str; N] {
    type Kind = Text;

    fn resolve(&'static self) -> Resolved {
        Resolved::Texts(self)
    }
}

impl OriginPath for &'static [&'static str] {
    type Kind = Text;

    fn resolve(&'static self) -> Resolved {
        Resolved::Texts(self)
    }
}

impl<const N: usize> OriginPath for &'static [&'static str; N] {
    type Kind = Text;

    fn resolve(&'static self) -> Resolved {
        Resolved::Texts(*self)
    }
}

impl<S: OriginSource> OriginPath for S {
    type Kind = Source;

    fn resolve(&'static self) -> Resolved {
        Resolved::Source(self)
    }
}

/// The value at a path, whose type the attribute cannot write.
pub type AnyValue = dyn Any + Sync;

/// The type of what stands at a path. Const evaluation calls no methods of traits, so each kind has a `check` of its own; and
/// neither has a bound, so that what is no path of an origin is one error.
#[derive(Clone, Copy)]
pub struct AtPath<'a, T, Kind> {
    value: &'a T,
    resolve: fn(&'static AnyValue) -> Resolved,
    kind: PhantomData<Kind>,
}

/// The type of what stands at a path.
///
/// # Panics
/// Not itself; its `resolve` where it is given the value of another type.
pub const fn at_path<T: OriginPath>(value: &T) -> AtPath<'_, T, T::Kind> {
    AtPath {
        value,
        resolve: |value| {
            let value: &'static dyn Any = value;
            let value: Option<&'static T> = value.downcast_ref();
            value.expect("the value at the same path").resolve()
        },
        kind: PhantomData,
    }
}

impl<T, Kind> AtPath<'_, T, Kind> {
    /// The string or the source, which is this value.
    #[must_use]
    pub fn resolve(&self, value: &'static AnyValue) -> Resolved {
        (self.resolve)(value)
    }
}

/// Looks at the strings of a constant.
///
/// # Panics
/// While the user's crate is compiled, with the rule's name, where a string breaks a rule that const evaluation can
/// check. The others are checked when the app is built.
#[track_caller]
const fn check_texts(texts: &[&str]) {
    let mut rest = texts;
    while let [text, tail @ ..] = rest {
        if let Some(mistake) = plain_mistake(text) {
            panic!("{}", mistake.message("").as_str());
        }
        rest = tail;
    }
}

impl AtPath<'_, &'static str, Text> {
    /// Looks at the string, or at each.
    #[track_caller]
    pub const fn check(&self) {
        check_texts(std::slice::from_ref(self.value));
    }
}

impl<const N: usize> AtPath<'_, [&'static str; N], Text> {
    /// Looks at the string, or at each.
    #[track_caller]
    pub const fn check(&self) {
        check_texts(self.value);
    }
}

impl AtPath<'_, &'static [&'static str], Text> {
    /// Looks at the string, or at each.
    #[track_caller]
    pub const fn check(&self) {
        check_texts(self.value);
    }
}

impl<const N: usize> AtPath<'_, &'static [&'static str; N], Text> {
    /// Looks at the string, or at each.
    #[track_caller]
    pub const fn check(&self) {
        check_texts(*self.value);
    }
}

impl<T> AtPath<'_, T, Source> {
    /// A source is asked at run time. By value, so that this one is found where nothing is known of the path.
    #[expect(
        clippy::unused_self,
        reason = "the receiver's type is what tells the kinds apart"
    )]
    pub const fn check(self) {}
}

/// The key `methods`.
#[derive(Clone, Copy, Debug)]
pub enum MethodTable<'a> {
    /// Absent: those of the handler's route; for [`Cors::of`](crate::Cors::of) the CORS-safelisted ones.
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
