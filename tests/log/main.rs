//! The events of the log. The whole process has one subscriber, so that the tests run one after the other.

#[allow(dead_code, reason = "these tests use a part of it")]
#[path = "../it/support.rs"]
mod support;

mod recorder;
mod refusals;
mod warnings;
