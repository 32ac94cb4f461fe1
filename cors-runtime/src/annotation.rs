//! The `static` that one `#[cors]` attribute writes.

use std::sync::OnceLock;

use crate::declaration::Declaration;
use crate::policy::PolicyTable;
use crate::respond::CompiledPolicy;

/// One annotated handler, or one named policy.
pub struct Annotation {
    declaration: Declaration,
    policy: PolicyTable<'static>,
    is_off: bool,
    compiled: OnceLock<CompiledPolicy>,
}

impl Annotation {
    /// An annotation with the item's path, the file and line of its name, and the checked policy.
    #[must_use]
    pub const fn new(
        name: &'static str,
        file: &'static str,
        line: u32,
        policy: PolicyTable<'static>,
    ) -> Self {
        Self {
            declaration: Declaration { name, file, line },
            policy,
            is_off: false,
            compiled: OnceLock::new(),
        }
    }

    /// The annotation of a handler with `off`.
    #[must_use]
    pub const fn off(name: &'static str, file: &'static str, line: u32) -> Self {
        let mut off = Self::new(name, file, line, PolicyTable::NOTHING);
        off.is_off = true;
        off
    }

    /// Whether the handler is `off`: it has no policy, and we do not touch its responses.
    pub(crate) const fn is_off(&self) -> bool {
        self.is_off
    }

    /// Whether the handler itself answers preflights: it is `off`, and serves OPTIONS requests, which preflights are.
    pub(crate) fn leaves_preflights_to_handler(&self, served: &[&str]) -> bool {
        self.is_off && served.contains(&"OPTIONS")
    }

    /// The compiled policy, which is built at the first call and shared by all workers.
    pub(crate) fn compiled(&'static self) -> &'static CompiledPolicy {
        self.compiled
            .get_or_init(|| CompiledPolicy::new(&self.policy, self.declaration))
    }

    /// The place of the policy.
    pub(crate) const fn declaration(&self) -> Declaration {
        self.declaration
    }

    /// The policy as written.
    pub(crate) const fn policy(&self) -> &PolicyTable<'static> {
        &self.policy
    }
}
