//! The paths among `origins`: constants, whose texts const evaluation checks, and sources.

use std::any::Any;
use std::marker::PhantomData;

use cors_rules::{Mistake, const_mistake};

use super::origins::OriginEntry;
use crate::source::OriginSource;

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

#[cfg(test)]
mod tests {
    use super::at_path;

    #[test]
    #[should_panic(expected = "origin_without_scheme")]
    fn a_constant_that_is_no_origin_is_refused() {
        at_path(&["https://a.example", "b.example"]).check();
    }
}
