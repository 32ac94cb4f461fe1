//! How an outer layer learns that a policy inside has decided about a response.
//!
//! A layer polls what is inside it; a handler's middleware that gives a response its headers says so while it is polled.
//! The word is passed through the thread, so that it costs neither an allocation nor a header.

use std::cell::Cell;

thread_local! {
    static CLAIMED: Cell<bool> = const { Cell::new(false) };
}

/// Says that the response which is being made has its headers.
pub(crate) fn claim() {
    CLAIMED.set(true);
}

/// Runs `poll`, and tells whether a policy inside made a claim; a claim goes on to the layers outside as well.
pub(crate) fn watch<T>(poll: impl FnOnce() -> T) -> (T, bool) {
    let before = CLAIMED.replace(false);
    let result = poll();
    let claimed = CLAIMED.get();
    CLAIMED.set(before || claimed);
    (result, claimed)
}
