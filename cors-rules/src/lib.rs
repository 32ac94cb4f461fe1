//! What a CORS policy may say, for the `#[cors]` attribute and the runtime behind it.
//!
//! Two parsers stand side by side:
//! - [`Origin::parse`] reads the `Origin` header of a request. It is lenient, allocates nothing, and rejects
//!   only what no browser sends.
//! - `Pattern::parse` reads an element of `origins` as a person wrote it. It is strict, and a refusal says what
//!   to write instead.
//!
//! Whatever the strict one accepts as one exact origin, the lenient one reads as the same origin. A request is
//! matched by comparing bytes, see [`Pattern::matches`].
//!
//! A whole policy starts as a `Draft`, text as it is written. `Draft::check` applies every [`Rule`] and returns
//! the checked `Policy`, or all that is wrong with the draft as [`Violation`]s.
//!
//! # Features
//!
//! `rules` (default) brings the strict parser, the checks and the lists that they need: IDNA and the public suffix
//! list. Without it, what remains has no dependencies and is all that serving a request takes.

#[cfg(feature = "rules")]
mod check;
mod const_text;
pub mod header;
mod left;
pub mod method;
mod mistake;
mod origin;
#[cfg(feature = "rules")]
mod parse;
mod pattern;
mod plain;
#[cfg(feature = "rules")]
mod policy;
#[cfg(feature = "rules")]
mod repair;
mod rule;
mod violation;

pub use const_text::ConstText;
pub use left::no_methods_left;
pub use mistake::{Combination, Mistake};
pub use origin::Origin;
pub use pattern::{Pattern, Port};
pub use plain::plain_mistake;
#[cfg(feature = "rules")]
pub use policy::{
    Draft, DraftOrigin, ExposedHeaders, Methods, OriginElement, Origins, Policy, RequestHeaders,
    Subject,
};
pub use rule::Rule;
pub use violation::{Help, Place, Problem, Violation};

/// The README's example is a test.
#[cfg(all(doctest, feature = "rules"))]
#[doc = include_str!("../README.md")]
struct Readme;
