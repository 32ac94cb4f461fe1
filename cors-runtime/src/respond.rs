//! The answer to one request: the compiled policy, the verdict on the request's origin, the answer to a preflight, `enforce`, and
//! the log.

mod apply;
mod compiled;
mod decision;
mod enforce;
pub(crate) mod log;
mod policy_ref;
mod preflight;
mod request;
mod verdict;

pub(crate) use self::apply::apply;
pub(crate) use self::compiled::{CompiledPolicy, Judgement};
pub(crate) use self::decision::{Decision, Listener, RequestId, tell};
pub(crate) use self::enforce::enforce;
pub(crate) use self::policy_ref::PolicyRef;
pub(crate) use self::preflight::{BoxedResponse, answer_preflight};
pub(crate) use self::request::{is_same_origin, requested_method};
pub(crate) use self::verdict::Verdict;
