//! What one `#[cors]` attribute says: a `static` that the attribute writes.

use std::sync::OnceLock;

use crate::item::Item;
use crate::policy::Policy;
use crate::respond::Answers;

/// One annotated handler, or one named policy.
pub struct Annotation {
    item: Item,
    policy: Policy<'static>,
    is_off: bool,
    answers: OnceLock<Answers>,
}

impl Annotation {
    /// The item's path, the file and line of its name, and the policy, which the attribute has checked.
    #[must_use]
    pub const fn new(
        name: &'static str,
        file: &'static str,
        line: u32,
        policy: Policy<'static>,
    ) -> Self {
        Self {
            item: Item { name, file, line },
            policy,
            is_off: false,
            answers: OnceLock::new(),
        }
    }

    /// For a handler that its module's policy leaves out.
    #[must_use]
    pub const fn off(name: &'static str, file: &'static str, line: u32) -> Self {
        let mut off = Self::new(name, file, line, Policy::NOTHING);
        off.is_off = true;
        off
    }

    /// Whether there is no policy: nothing of ours touches the handler's responses.
    pub(crate) const fn is_off(&self) -> bool {
        self.is_off
    }

    /// The tables that answer for this item, built when they are first asked for and shared by all workers.
    pub(crate) fn answers(&'static self) -> &'static Answers {
        self.answers
            .get_or_init(|| Answers::new(&self.policy, self.item))
    }

    /// The item, and where it is.
    pub(crate) const fn item(&self) -> Item {
        self.item
    }

    /// The policy as written.
    pub(crate) const fn policy(&self) -> &Policy<'static> {
        &self.policy
    }
}
