//! The rules for CORS policies, which the `#[cors]` attribute and the runtime behind it share.
//!
//! There are two parsers:
//! - [`Origin::parse`] reads the `Origin` header of a request. It is lenient, allocates nothing, and rejects
//!   only values that no browser sends.
//! - `Pattern::parse` reads an element of `origins` as a person wrote it. It is strict, and its error says what
//!   to write instead.
//!
//! If the strict parser accepts a text as one exact origin, the lenient parser accepts it too, as the same origin. Matching
//! compares bytes, see [`Pattern::matches`].
//!
//! A whole policy starts as a `Draft`, the text of its keys. `Draft::check` applies every [`Rule`] and returns
//! the checked `Policy`, or a `Violation` for each mistake.
//!
//! # Features
//!
//! `rules` (default) brings the strict parser, the checks, and the lists that they need: IDNA and the public suffix
//! list. The rest of the crate has no dependencies, and suffices to serve requests.

#[cfg(feature = "rules")]
mod check;
mod const_check;
mod const_text;
pub mod header;
pub mod method;
mod mistake;
mod origin;
#[cfg(feature = "rules")]
mod parse;
mod pattern;
#[cfg(feature = "rules")]
mod policy;
#[cfg(feature = "rules")]
mod repair;
mod rule;
#[cfg(feature = "rules")]
mod violation;

pub use const_check::{
    const_insecure, const_mistake, const_suffix, is_same_origin, no_methods_left,
};
pub use const_text::ConstText;
pub use mistake::{
    Combination, DUPLICATE_ORIGIN, EMPTY_CONSTANTS, Mistake, WILDCARD_AMONG_ORIGINS,
};
pub use origin::Origin;
pub use pattern::{Pattern, Port};
#[cfg(feature = "rules")]
pub use policy::{
    Draft, DraftOrigin, ExposedHeaders, Methods, OriginElement, Origins, Policy, RequestHeaders,
    Subject,
};
pub use rule::Rule;
#[cfg(feature = "rules")]
pub use violation::{Help, Place, Problem, Violation, escaped};

/// The README's example is a test.
#[cfg(all(doctest, feature = "rules"))]
#[doc = include_str!("../README.md")]
struct Readme;
