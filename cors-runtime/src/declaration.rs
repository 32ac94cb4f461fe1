//! The place of a policy.

use std::fmt;
use std::panic::Location;

/// A handler or a named policy, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Declaration {
    /// Its path in the user's crate.
    pub(crate) name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

impl Declaration {
    /// The place of the call of the public function around this, which must be `#[track_caller]` as well.
    #[track_caller]
    pub(crate) fn by_caller(name: &'static str) -> Self {
        let caller = Location::caller();
        Self {
            name,
            file: caller.file(),
            line: caller.line(),
        }
    }
}

impl fmt::Display for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.name, self.file, self.line)
    }
}
