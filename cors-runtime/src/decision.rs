//! How a policy's decision gets from the handler out to the outermost layer of ours.
//!
//! Whatever stands between the two may replace the response, or add headers to it; so the headers are set last, once. A
//! layer polls what is inside it, and a policy inside that has decided says so while it is polled. The word is passed
//! through the thread, so that it costs neither an allocation nor a header. It is for one request: what a service inside
//! asks of other apps, or with requests of its own, is not taken for the answer.

use std::borrow::Cow;
use std::cell::Cell;

use actix_web::Error;
use actix_web::dev::{RequestHead, ServiceResponse};
use actix_web::http::header::HeaderValue;

use crate::answers::Answers;
use crate::verdict::{Refusal, Verdict};

/// A decision about the response that is on its way out.
pub(crate) enum Decision {
    /// The response to an actual request.
    Actual {
        answers: &'static Answers,
        verdict: Verdict,
    },
    /// The answer to a preflight, which is complete but for what others may do to it.
    Preflight {
        answers: &'static Answers,
        verdict: Verdict,
        methods: HeaderValue,
    },
    /// Nobody claims this preflight, and the log has been told.
    Unclaimed,
    /// Different decisions were made on the way to one response: something inside has asked more than one handler.
    Several,
}

/// A decision on its way to the layer outside. Most are small enough to be copied; the others lie beside it.
#[derive(Clone, Copy)]
enum Slot {
    Empty,
    Anyone(&'static Answers),
    Exact(&'static Answers, &'static HeaderValue),
    NoOrigin(&'static Answers),
    Refused(&'static Answers, Refusal),
    Large,
}

/// Tells a request from all others that are there at the same time, in this app and in others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId(usize);

impl RequestId {
    #[inline]
    pub(crate) fn of(request: &RequestHead) -> Self {
        Self(std::ptr::from_ref(request).addr())
    }
}

thread_local! {
    /// The request for which a layer of ours, by which this is being polled, will set the headers.
    static WATCHED: Cell<Option<RequestId>> = const { Cell::new(None) };
    static SLOT: Cell<Slot> = const { Cell::new(Slot::Empty) };
    /// What is too large for the slot.
    static LARGE: Cell<Option<Decision>> = const { Cell::new(None) };
}

#[inline]
fn put(decision: Decision) {
    let slot = match &decision {
        Decision::Actual { answers, verdict } => match verdict {
            Verdict::Anyone => Slot::Anyone(answers),
            Verdict::Allowed(Cow::Borrowed(origin)) => Slot::Exact(answers, origin),
            Verdict::NoOrigin => Slot::NoOrigin(answers),
            Verdict::Refused(refusal) => Slot::Refused(answers, *refusal),
            Verdict::Allowed(Cow::Owned(_)) => Slot::Large,
        },
        Decision::Preflight { .. } | Decision::Unclaimed | Decision::Several => Slot::Large,
    };
    SLOT.set(slot);
    if let Slot::Large = slot {
        LARGE.set(Some(decision));
    }
}

#[inline]
fn take() -> Option<Decision> {
    let (answers, verdict) = match SLOT.replace(Slot::Empty) {
        Slot::Empty => return None,
        Slot::Anyone(answers) => (answers, Verdict::Anyone),
        Slot::Exact(answers, origin) => (answers, Verdict::Allowed(Cow::Borrowed(origin))),
        Slot::NoOrigin(answers) => (answers, Verdict::NoOrigin),
        Slot::Refused(answers, refusal) => (answers, Verdict::Refused(refusal)),
        Slot::Large => return LARGE.take(),
    };
    Some(Decision::Actual { answers, verdict })
}

/// Whether a layer outside sets the headers for this request.
#[inline]
pub(crate) fn is_watched(request: RequestId) -> bool {
    WATCHED.get() == Some(request)
}

/// Runs `poll`, and returns the decision about the request that was made inside.
#[inline]
pub(crate) fn watch<T>(request: RequestId, poll: impl FnOnce() -> T) -> (T, Option<Decision>) {
    let _outside = Outside::leave(request);
    let result = poll();
    (result, take())
}

/// What was before, put back also where the poll panics.
struct Outside {
    watched: Option<RequestId>,
    slot: Slot,
    large: Option<Decision>,
}

impl Outside {
    #[inline]
    fn leave(request: RequestId) -> Self {
        let watched = WATCHED.replace(Some(request));
        // Where nobody has watched there can only be what a panic has left.
        let slot = SLOT.replace(Slot::Empty);
        let is_large = watched.is_some() && matches!(slot, Slot::Large);
        Self {
            watched,
            slot,
            large: if is_large { LARGE.take() } else { None },
        }
    }
}

impl Drop for Outside {
    #[inline]
    fn drop(&mut self) {
        WATCHED.set(self.watched);
        if self.watched.is_some() {
            SLOT.set(self.slot);
            if let Slot::Large = self.slot {
                LARGE.set(self.large.take());
            }
        }
    }
}

/// Sees to it that the response to an actual request has its headers: here, or by the layer outside.
#[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
#[inline(always)]
pub(crate) fn settle<B>(
    request: RequestId,
    answers: &'static Answers,
    verdict: &mut Verdict,
    result: &mut Result<ServiceResponse<B>, Error>,
) {
    if is_watched(request) {
        let verdict = verdict.take();
        Decision::Actual { answers, verdict }.hand_over(request);
    } else {
        apply(answers, verdict, result);
    }
}

#[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
#[inline(always)]
fn apply<B>(
    answers: &'static Answers,
    verdict: &Verdict,
    result: &mut Result<ServiceResponse<B>, Error>,
) {
    match result {
        Ok(response) => answers.apply(verdict, response.headers_mut()),
        Err(error) => {
            let verdict = verdict.clone();
            error.add_response_mapper(move |mut response| {
                answers.apply(&verdict, response.headers_mut());
                response
            });
        }
    }
}

impl Decision {
    /// Hands the decision to the layer outside, if there is one.
    #[inline]
    pub(crate) fn hand_over(self, request: RequestId) {
        if !is_watched(request) {
            return;
        }
        if let Slot::Empty = SLOT.get() {
            put(self);
        } else if let Some(known) = take() {
            put(join(&known, self));
        }
    }

    /// Sees to it that the response is as decided: here, or by the layer outside.
    #[inline]
    pub(crate) fn deliver<B>(
        self,
        request: RequestId,
        result: &mut Result<ServiceResponse<B>, Error>,
    ) {
        if is_watched(request) {
            self.hand_over(request);
            return;
        }
        match (self, result) {
            (Self::Actual { answers, verdict }, result) => apply(answers, &verdict, result),
            (
                Self::Preflight {
                    answers,
                    verdict,
                    methods,
                },
                Ok(response),
            ) => {
                let request = response.request().clone();
                let headers = response.headers_mut();
                answers.preflight(&verdict, &methods, request.headers(), headers);
            }
            // An error in place of the answer: browsers take it for a refusal.
            (Self::Preflight { .. }, Err(_)) | (Self::Unclaimed | Self::Several, _) => {}
        }
    }
}

/// What is known of a response after a later decision.
pub(crate) fn join(known: &Decision, later: Decision) -> Decision {
    let is_other = match (known, &later) {
        (Decision::Actual { answers: known, .. }, Decision::Actual { answers: later, .. })
        | (
            Decision::Preflight { answers: known, .. },
            Decision::Preflight { answers: later, .. },
        ) => !std::ptr::eq(*known, *later),
        _ => true,
    };
    if is_other { Decision::Several } else { later }
}
