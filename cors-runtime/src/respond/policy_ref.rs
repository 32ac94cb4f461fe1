//! The policy of one request.

use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::RequestHead;
use actix_web::http::header::HeaderValue;

use super::compiled::{CompiledPolicy, Judgement};
use super::verdict::Verdict;

/// A compiled policy, for as long as one request needs it.
#[derive(Clone)]
pub(crate) enum PolicyRef {
    /// Of an attribute: there for the whole run.
    Static(&'static CompiledPolicy),
    /// Read at start; it may be replaced while the request is served.
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
    /// Whether both are the same policy, at the same time.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let (one, other): (&CompiledPolicy, &CompiledPolicy) = (self, other);
        std::ptr::eq(one, other)
    }

    /// The verdict on one `Origin`, where it is for anyone, or one that is written out.
    #[inline]
    pub(crate) fn judge_origin(&self, origin: Option<&HeaderValue>) -> Option<Verdict> {
        match self {
            Self::Static(compiled) => compiled.judge_origin(origin?),
            Self::Runtime(_) => None,
        }
    }

    /// As [`CompiledPolicy::judge`], if the policy is static; otherwise the verdict keeps what it needs of them.
    #[inline]
    pub(crate) fn judge(&self, request: &RequestHead) -> Judgement {
        match self {
            Self::Static(compiled) => compiled.judge(request),
            Self::Runtime(compiled) => compiled.judge_shared(request),
        }
    }
}
