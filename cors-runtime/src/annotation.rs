//! What one `#[cors]` attribute says: a `static` that the attribute writes.

use std::sync::OnceLock;

use crate::answers::Answers;
use crate::item::Item;
use crate::policy::Policy;
use crate::preflight::Preflight;

/// One annotated handler, or one named policy.
pub struct Annotation {
    item: Item,
    policy: Policy,
    answers: OnceLock<Answers>,
}

impl Annotation {
    /// The item's path, the file and line of the attribute, and the policy, which the attribute has checked.
    #[must_use]
    pub const fn new(name: &'static str, file: &'static str, line: u32, policy: Policy) -> Self {
        Self {
            item: Item { name, file, line },
            policy,
            answers: OnceLock::new(),
        }
    }

    /// The tables that answer for this item, built when they are first asked for and shared by all workers.
    pub(crate) fn answers(&'static self) -> &'static Answers {
        self.answers
            .get_or_init(|| Answers::new(&self.policy, self.item))
    }

    /// The preflight route of `path`, where the handler answers `methods` (never empty).
    pub fn preflight(
        &'static self,
        path: &'static str,
        methods: &'static [&'static str],
    ) -> Preflight {
        Preflight::new(self, path, methods)
    }

    /// The item, and where it is.
    pub(crate) const fn item(&self) -> Item {
        self.item
    }

    /// The policy as written.
    pub(crate) const fn policy(&self) -> &Policy {
        &self.policy
    }
}
