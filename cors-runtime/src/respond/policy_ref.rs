//! The policy of one request.

use std::ops::Deref;
use std::sync::Arc;

use super::compiled::CompiledPolicy;

/// A compiled policy, for as long as one request needs it.
#[derive(Clone)]
pub(crate) enum PolicyRef {
    /// The policy of an attribute, which lives as long as the program.
    Static(&'static CompiledPolicy),
    /// A policy that was read at start. It may be replaced while the request is served.
    Runtime(Arc<CompiledPolicy>),
}

impl Deref for PolicyRef {
    type Target = CompiledPolicy;

    #[inline]
    fn deref(&self) -> &CompiledPolicy {
        match self {
            Self::Static(compiled) => compiled,
            Self::Runtime(compiled) => compiled,
        }
    }
}

impl PolicyRef {
    /// Whether both are the same compiled policy.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let (one, other): (&CompiledPolicy, &CompiledPolicy) = (self, other);
        std::ptr::eq(one, other)
    }
}
