//! A policy that was read at start, as requests use it.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::RequestHead;
use arc_swap::ArcSwap;

use super::config::PolicyConfig;
use crate::answers::{Answers, Judged};

/// A policy that was read when the program started: [`PolicyConfig::check`] makes it.
///
/// A clone is the same policy, not a second one. It costs as much as a clone of an [`Arc`], and can be given to every worker
/// and to several layers:
///
/// ```
/// use cors_runtime::PolicyConfig;
///
/// let config = PolicyConfig {
///     origins: vec!["https://app.example.com".to_owned()],
///     ..PolicyConfig::default()
/// };
/// let policy = config.check()?;
/// let of_a_worker = policy.clone();
///
/// // The file has changed: each clone has the new policy from the next request on.
/// let config = PolicyConfig {
///     origins: vec!["https://new.example.com".to_owned()],
///     ..PolicyConfig::default()
/// };
/// policy.replace(&config.check()?);
/// assert_eq!(of_a_worker.config(), config);
/// # Ok::<(), cors_runtime::PolicyConfigError>(())
/// ```
#[derive(Clone)]
pub struct RuntimePolicy {
    current: Arc<ArcSwap<Checked>>,
}

/// One state of a policy.
struct Checked {
    config: PolicyConfig,
    answers: Arc<Answers>,
}

impl RuntimePolicy {
    pub(super) fn new(config: PolicyConfig, answers: Answers) -> Self {
        let answers = Arc::new(answers);
        Self {
            current: Arc::new(ArcSwap::from_pointee(Checked { config, answers })),
        }
    }

    /// Replaces this policy, and so all its clones, by what `other` is now. Nothing can fail here: what a changed file says
    /// was checked before, and where it is refused there is nothing to replace by.
    ///
    /// A request has the old policy or the new one from its beginning to its end, never a part of each. The memory of the
    /// old one is freed with the last request that has it.
    pub fn replace(&self, other: &Self) {
        self.current.store(other.current.load_full());
    }

    /// What the policy says now.
    #[must_use]
    pub fn config(&self) -> PolicyConfig {
        self.current.load().config.clone()
    }

    /// The policy for one request, which keeps it to its end.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the layer will ask for it, once for each request")
    )]
    pub(crate) fn current(&self) -> PolicyRef {
        PolicyRef::Shared(Arc::clone(&self.current.load().answers))
    }
}

impl fmt::Debug for RuntimePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RuntimePolicy")
            .field(&self.current.load().config)
            .finish()
    }
}

/// The answers of a policy for as long as one request needs them.
#[derive(Clone)]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the layer will ask for it, once for each request")
)]
pub(crate) enum PolicyRef {
    /// What an attribute says.
    Static(&'static Answers),
    /// What was read at start, and may be replaced meanwhile.
    Shared(Arc<Answers>),
}

impl Deref for PolicyRef {
    type Target = Answers;

    #[inline]
    fn deref(&self) -> &Answers {
        match self {
            Self::Static(answers) => answers,
            Self::Shared(answers) => answers,
        }
    }
}

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the layer will ask for it, once for each request")
)]
impl PolicyRef {
    /// As [`Answers::judge`], where the answers are static; otherwise the verdict keeps what it needs of them.
    #[inline]
    pub(crate) fn judge(&self, request: &RequestHead) -> Judged {
        match self {
            Self::Static(answers) => answers.judge(request),
            Self::Shared(answers) => answers.judge_shared(request),
        }
    }
}
