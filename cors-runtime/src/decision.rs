//! How a policy's decision gets from the handler out to the outermost layer of ours.
//!
//! Whatever stands between the two may replace the response, or add headers to it; so the headers are set last, once. A
//! layer polls what is inside it, and a policy inside that has decided says so while it is polled. The word is passed
//! through the thread, so that it costs neither an allocation nor a header.

use std::cell::Cell;

use actix_web::Error;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderValue;

use crate::answers::Answers;
use crate::verdict::Verdict;

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

thread_local! {
    /// Whether this is being polled by a layer of ours, which will set the headers.
    static IS_WATCHED: Cell<bool> = const { Cell::new(false) };
    static DECISION: Cell<Option<Decision>> = const { Cell::new(None) };
}

/// Whether a layer outside wants to know of a decision.
pub(crate) fn is_watched() -> bool {
    IS_WATCHED.get()
}

/// Runs `poll`, and returns the decision that was made inside.
#[inline]
pub(crate) fn watch<T>(poll: impl FnOnce() -> T) -> (T, Option<Decision>) {
    let _restored = Frame::enter(true);
    let result = poll();
    (result, DECISION.take())
}

/// Runs `poll` as if nothing were outside: what a handler makes of other services is its own affair.
#[inline]
pub(crate) fn alone<T>(poll: impl FnOnce() -> T) -> T {
    if !IS_WATCHED.get() {
        return poll();
    }
    let _restored = Frame::enter(false);
    poll()
}

/// What was before, put back also where the poll panics.
struct Frame {
    is_watched: bool,
    decision: Option<Decision>,
}

impl Frame {
    #[inline]
    fn enter(is_watched: bool) -> Self {
        Self {
            is_watched: IS_WATCHED.replace(is_watched),
            decision: DECISION.take(),
        }
    }
}

impl Drop for Frame {
    #[inline]
    fn drop(&mut self) {
        IS_WATCHED.set(self.is_watched);
        DECISION.set(self.decision.take());
    }
}

impl Decision {
    /// Hands the decision to the layer outside, if there is one.
    #[inline]
    pub(crate) fn hand_over(self) {
        if IS_WATCHED.get() {
            let mut known = DECISION.take();
            join(&mut known, Some(self));
            DECISION.set(known);
        }
    }

    /// Sees to it that the response has its headers: here, or by the layer outside.
    #[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
    #[inline(always)]
    pub(crate) fn deliver<B>(self, result: &mut Result<ServiceResponse<B>, Error>) {
        if IS_WATCHED.get() {
            self.hand_over();
        } else {
            self.apply(result);
        }
    }

    #[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
    #[inline(always)]
    fn apply<B>(self, result: &mut Result<ServiceResponse<B>, Error>) {
        match (self, result) {
            (Self::Actual { answers, verdict }, Ok(response)) => {
                answers.apply(&verdict, response.headers_mut());
            }
            (Self::Actual { answers, verdict }, Err(error)) => {
                error.add_response_mapper(move |mut response| {
                    answers.apply(&verdict, response.headers_mut());
                    response
                });
            }
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

/// Adds a later decision to what is known of a response.
#[inline]
pub(crate) fn join(known: &mut Option<Decision>, later: Option<Decision>) {
    let Some(later) = later else { return };
    let is_other = match (&*known, &later) {
        (None, _) => false,
        (
            Some(Decision::Actual { answers: known, .. }),
            Decision::Actual { answers: later, .. },
        )
        | (
            Some(Decision::Preflight { answers: known, .. }),
            Decision::Preflight { answers: later, .. },
        ) => !std::ptr::eq(*known, *later),
        _ => true,
    };
    *known = Some(if is_other { Decision::Several } else { later });
}
