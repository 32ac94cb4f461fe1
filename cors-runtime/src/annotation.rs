//! What one `#[cors]` attribute says of one handler, and its registration with the app.

use std::sync::OnceLock;

use crate::answers::Answers;
use crate::policy::Policy;
use crate::preflight::Preflight;

/// One annotated handler: a `static` that the attribute writes.
pub struct Annotation {
    policy: Policy,
    answers: OnceLock<Answers>,
}

impl Annotation {
    /// `policy` was checked by the attribute.
    #[must_use]
    pub const fn new(policy: Policy) -> Self {
        Self {
            policy,
            answers: OnceLock::new(),
        }
    }

    /// The tables that answer for this handler, built when they are first asked for and shared by all workers.
    pub(crate) fn answers(&'static self) -> &'static Answers {
        self.answers.get_or_init(|| Answers::new(&self.policy))
    }

    /// The preflight route of `path`, where the handler answers `methods` (never empty).
    pub fn preflight(
        &'static self,
        path: &'static str,
        methods: &'static [&'static str],
    ) -> Preflight {
        Preflight::new(self.answers(), path, methods)
    }
}
