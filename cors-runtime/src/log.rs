//! What goes to the log, under the target `cors`. Nothing that a client sent gets there unescaped.

use std::error::Error;

const TARGET: &str = "cors";

/// A source that was asked about `origin` gave an error.
pub(crate) fn source_failed(origin: &str, error: &dyn Error) {
    tracing::error!(target: TARGET, origin = %origin.escape_debug(), %error, "an origin source failed, so it allows nothing");
}

/// A source that was asked about `origin` panicked.
pub(crate) fn source_panicked(origin: &str) {
    tracing::error!(target: TARGET, origin = %origin.escape_debug(), "an origin source panicked, so it allows nothing");
}
