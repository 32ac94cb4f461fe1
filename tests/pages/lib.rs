//! The examples in the pages of this repository are tests. Those of the packages are with the packages.

#![cfg(doctest)]

#[doc = include_str!("../../README.md")]
struct Readme;

#[doc = include_str!("../../docs/forms.md")]
struct Forms;

#[doc = include_str!("../../docs/coming-from.md")]
struct ComingFrom;

#[doc = include_str!("../../cors-macros/src/attribute.md")]
struct Attribute;
