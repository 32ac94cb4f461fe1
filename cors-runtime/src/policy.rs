//! A checked policy as a table: a constant that the attribute writes, or that [`PolicyConfig`](crate::PolicyConfig) is turned
//! into at start.

use std::any::Any;
use std::marker::PhantomData;

use cors_rules::{Combination, Pattern, const_mistake, no_methods_left};

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

    /// The policy, after a check of the combination of an attribute's keys with those of its named policy.
    ///
    /// # Panics
    /// In const evaluation, with the error message, if the combination breaks a rule.
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
        /// Whether one of them breaks `insecure_origin_with_credentials`, together with credentials.
        insecure: bool,
        /// Whether one of them breaks `public_suffix_with_credentials`, together with credentials.
        public_suffix: bool,
        /// The origins of debug builds.
        dev: &'static [&'static str],
    },
}

impl<'a> OriginTable<'a> {
    /// A list that breaks no rule for credentials.
    #[must_use]
    pub const fn listed(elements: &'a [OriginEntry<'a>]) -> Self {
        Self::Listed {
            elements,
            insecure: false,
            public_suffix: false,
            dev: &[],
        }
    }

    /// Marks the origins of debug builds.
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
    /// A path as written. Its value is read when the app is built.
    Path(&'static str, fn() -> Resolved),
}

/// The value of a path among the origins.
#[derive(Clone, Copy)]
pub enum Resolved {
    /// A `const` string, or several.
    Texts(&'static [&'static str]),
    /// A `static` source.
    Source(&'static dyn OriginSource),
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

    /// The string or the source.
    fn resolve(&'static self) -> Resolved;
}

/// The kind of strings.
pub struct Text;

/// The kind of sources.
pub struct Source;

/// Implements [`OriginPath`] for a type of constants, and its check.
macro_rules! texts {
    ($($type:ty $(, $length:ident)?: $value:ident => $texts:expr;)+) => {$(
        impl$(<const $length: usize>)? OriginPath for $type {
            type Kind = Text;

            fn resolve(&'static self) -> Resolved {
                let $value = self;
                Resolved::Texts($texts)
            }
        }

        impl$(<const $length: usize>)? AtPath<'_, $type, Text> {
            /// Checks the strings.
            #[track_caller]
            pub const fn check(&self) {
                let $value = self.value;
                check_texts($texts);
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

impl<S: OriginSource> OriginPath for S {
    type Kind = Source;

    fn resolve(&'static self) -> Resolved {
        Resolved::Source(self)
    }
}

/// The value at a path, whose type the attribute cannot write.
pub type AnyValue = dyn Any + Sync;

/// A constant or a static by its path. Const evaluation cannot call methods of traits, so each type has a `check` of its own.
/// They have no bounds, so that a wrong type is one error.
#[derive(Clone, Copy)]
pub struct AtPath<'a, T, Kind> {
    value: &'a T,
    resolve: fn(&'static AnyValue) -> Resolved,
    kind: PhantomData<Kind>,
}

/// The constant or static at a path.
///
/// # Panics
/// Its `resolve` panics if it is given a value of another type.
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

/// Checks the strings of a constant.
///
/// # Panics
/// In const evaluation, with the error message, if a string breaks a rule that const evaluation can check. The others are
/// checked when the app is built.
#[track_caller]
const fn check_texts(texts: &[&str]) {
    let mut rest = texts;
    while let [text, tail @ ..] = rest {
        if let Some(mistake) = const_mistake(text) {
            panic!("{}", mistake.message("").as_str());
        }
        rest = tail;
    }
}

impl<T> AtPath<'_, T, Source> {
    /// Does nothing, because a source decides at run time. It takes `self`, so that method resolution finds it also for an
    /// unknown type.
    #[expect(clippy::unused_self, reason = "the receiver's type selects the method")]
    pub const fn check(self) {}
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
