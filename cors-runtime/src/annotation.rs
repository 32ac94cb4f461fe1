//! What one `#[cors]` attribute says: a `static` that the attribute writes.

use std::sync::OnceLock;

use crate::answers::Answers;
use crate::policy::Policy;
use crate::preflight::Preflight;

/// One annotated handler, or one named policy.
pub struct Annotation {
    name: &'static str,
    location: (&'static str, u32),
    policy: Policy,
    answers: OnceLock<Answers>,
}

impl Annotation {
    /// The item's path, the file and line of the attribute, and the policy, which the attribute has checked.
    #[must_use]
    pub const fn new(name: &'static str, file: &'static str, line: u32, policy: Policy) -> Self {
        Self {
            name,
            location: (file, line),
            policy,
            answers: OnceLock::new(),
        }
    }

    /// The tables that answer for this item, built when they are first asked for and shared by all workers.
    pub(crate) fn answers(&'static self) -> &'static Answers {
        self.answers.get_or_init(|| Answers::new(&self.policy))
    }

    /// The preflight route of `path`, where the handler answers `methods` (never empty).
    pub fn preflight(
        &'static self,
        path: &'static str,
        methods: &'static [&'static str],
    ) -> Preflight {
        Preflight::new(self, path, methods)
    }

    /// The item's path in the user's crate.
    pub(crate) const fn name(&self) -> &'static str {
        self.name
    }

    /// The file and line of the attribute.
    #[expect(dead_code, reason = "for the listing of mounted policies")]
    pub(crate) const fn location(&self) -> (&'static str, u32) {
        self.location
    }

    /// The policy as written.
    pub(crate) const fn policy(&self) -> &Policy {
        &self.policy
    }
}
