//! What one request gets: the compiled policy, the verdict on the request's origin, the answer to a preflight, `enforce`, and
//! the log.

mod answers;
mod apply;
mod enforce;
pub(crate) mod log;
mod preflight;
mod request;
mod verdict;

pub(crate) use self::answers::{Answers, Judged};
pub(crate) use self::apply::apply;
pub(crate) use self::enforce::refused;
pub(crate) use self::preflight::{Answer, answer, answer_judged};
pub(crate) use self::request::{is_same_origin, requested_method};
pub(crate) use self::verdict::{Refusal, Verdict};
