//! Runs the examples in the pages of this repository as tests. Each package runs those of its own pages.

#![cfg(doctest)]

#[doc = include_str!("../../README.md")]
struct Readme;

#[doc = include_str!("../../docs/forms.md")]
struct Forms;

#[doc = include_str!("../../docs/coming-from.md")]
struct ComingFrom;

#[doc = include_str!("../../cors-macros/src/attribute.md")]
struct Attribute;
