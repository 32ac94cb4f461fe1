//! The tests of the rules, in one program.

mod conformance;
mod origins;
mod policies;
mod properties;
mod snapshot;
