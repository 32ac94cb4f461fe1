//! How a policy's decision gets from the handler out to the outermost layer of ours.
//!
//! Whatever stands between the two may replace the response, or add headers to it; so the headers are set last, once. A
//! layer calls and polls what is inside it, and a policy inside says what it has decided while that lasts. The word is
//! passed through the thread, so that it costs neither an allocation nor a header. It is for one request: what a service
//! inside asks of other apps, or with requests of its own, is not taken for the answer.

use std::borrow::Cow;
use std::cell::Cell;
use std::num::NonZero;
use std::ptr::NonNull;

use actix_web::Error;
use actix_web::dev::{RequestHead, ServiceResponse};
use actix_web::http::header::HeaderValue;

use crate::answers::Answers;
use crate::verdict::{Refusal, Verdict};

/// A decision about the response that is on its way out.
pub(crate) enum Decision {
    Brief(Brief),
    /// The response to an actual request, from an origin that is not written out in the policy.
    Reflecting(&'static Answers, HeaderValue),
    /// The answer to a preflight, which is complete but for what others may do to it.
    Preflight(Box<Answered>),
    /// Nobody claims this preflight, and the log has been told.
    Unclaimed,
    /// Different decisions were made on the way to one response: something inside has asked more than one handler.
    Several,
}

/// The response to an actual request, where few words say it: it is copied from hand to hand.
#[derive(Clone, Copy)]
pub(crate) struct Brief {
    answers: &'static Answers,
    reader: Reader,
}

#[derive(Clone, Copy)]
enum Reader {
    Anyone,
    Exact(&'static HeaderValue),
    NoOrigin,
    Refused(Refusal),
}

/// Whose policy answered a preflight, and how.
pub(crate) struct Answered {
    pub(crate) answers: &'static Answers,
    pub(crate) verdict: Verdict,
    pub(crate) methods: HeaderValue,
}

/// Tells a request from all others that are there at the same time, in this app and in others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId(NonZero<usize>);

impl RequestId {
    #[inline]
    pub(crate) fn of(request: &RequestHead) -> Self {
        Self(NonNull::from(request).addr())
    }
}

/// What a layer is told.
#[derive(Clone, Copy)]
enum Said {
    Nothing,
    Brief(Brief),
    /// What is too large to be copied lies beside.
    Beside,
}

thread_local! {
    /// The request for which a layer of ours, by which this is being called or polled, will set the headers.
    static WATCHED: Cell<Option<RequestId>> = const { Cell::new(None) };
    static SAID: Cell<Said> = const { Cell::new(Said::Nothing) };
    static BESIDE: Cell<Option<Decision>> = const { Cell::new(None) };
}

/// Whether a layer outside sets the headers for this request.
#[inline]
pub(crate) fn is_watched(request: RequestId) -> bool {
    WATCHED.get() == Some(request)
}

/// While this is there, a layer sets the headers for a request.
pub(crate) struct Watch {
    /// What was before, put back also where what is inside panics.
    outside: Option<RequestId>,
    said: Said,
    beside: Option<Box<Decision>>,
}

impl Watch {
    #[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
    #[inline(always)]
    pub(crate) fn over(request: RequestId) -> Self {
        let mut watch = Self {
            outside: WATCHED.replace(Some(request)),
            said: Said::Nothing,
            beside: None,
        };
        // Where nobody has watched there can only be what a panic has left.
        if watch.outside.is_some() {
            watch.keep();
        }
        SAID.set(Said::Nothing);
        watch
    }

    #[cold]
    fn keep(&mut self) {
        self.said = SAID.get();
        if let Said::Beside = self.said {
            self.beside = BESIDE.take().map(Box::new);
        }
    }

    /// The decision that was made inside.
    #[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
    #[inline(always)]
    pub(crate) fn end(self) -> Option<Decision> {
        let decision = known();
        drop(self);
        decision
    }

    #[cold]
    fn put_back(&mut self) {
        SAID.set(self.said);
        if let Said::Beside = self.said {
            BESIDE.set(self.beside.take().map(|beside| *beside));
        }
    }
}

impl Drop for Watch {
    #[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
    #[inline(always)]
    fn drop(&mut self) {
        WATCHED.set(self.outside);
        if self.outside.is_some() {
            self.put_back();
        }
    }
}

#[inline]
fn known() -> Option<Decision> {
    match SAID.get() {
        Said::Nothing => None,
        Said::Brief(brief) => Some(Decision::Brief(brief)),
        Said::Beside => BESIDE.take(),
    }
}

impl Brief {
    /// Sees to it that the response is as decided: here, or by the layer outside.
    #[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
    #[inline(always)]
    pub(crate) fn deliver<B>(
        self,
        request: RequestId,
        result: &mut Result<ServiceResponse<B>, Error>,
    ) {
        if is_watched(request) {
            Decision::Brief(self).hand_over(request);
            return;
        }
        let verdict = match self.reader {
            Reader::Anyone => Verdict::Anyone,
            Reader::Exact(origin) => Verdict::Allowed(Cow::Borrowed(origin)),
            Reader::NoOrigin => Verdict::NoOrigin,
            Reader::Refused(refusal) => Verdict::Refused(refusal),
        };
        apply(self.answers, &verdict, result);
    }
}

impl Decision {
    /// What the policy says of an actual request.
    #[inline]
    pub(crate) fn of(answers: &'static Answers, verdict: Verdict) -> Self {
        let reader = match verdict {
            Verdict::Anyone => Reader::Anyone,
            Verdict::Allowed(Cow::Borrowed(origin)) => Reader::Exact(origin),
            Verdict::NoOrigin => Reader::NoOrigin,
            Verdict::Refused(refusal) => Reader::Refused(refusal),
            Verdict::Allowed(Cow::Owned(origin)) => return Self::Reflecting(answers, origin),
        };
        Self::Brief(Brief { answers, reader })
    }

    /// Tells the layer outside, if there is one.
    #[inline]
    pub(crate) fn hand_over(self, request: RequestId) {
        if !is_watched(request) {
            return;
        }
        match (self, SAID.get()) {
            (Self::Brief(brief), Said::Nothing) => SAID.set(Said::Brief(brief)),
            (decision, _) => decision.join(),
        }
    }

    /// Puts the decision, and what was known before, beside.
    #[cold]
    fn join(self) {
        BESIDE.set(Some(self.after(known())));
        SAID.set(Said::Beside);
    }

    /// What is known after this, where there was a decision before.
    pub(crate) fn after(self, known: Option<Self>) -> Self {
        match known {
            Some(known) if self.policy() != known.policy() || self.policy().is_none() => {
                Self::Several
            }
            _ => self,
        }
    }

    /// What is known after this of an actual request, where it was in few words before.
    pub(crate) fn instead_of(self, known: Brief) -> Option<Brief> {
        match self {
            Self::Brief(brief) if std::ptr::eq(brief.answers, known.answers) => Some(brief),
            _ => None,
        }
    }

    /// Whose it is, and whether of a preflight.
    fn policy(&self) -> Option<(bool, *const Answers)> {
        match self {
            Self::Brief(Brief { answers, .. }) | Self::Reflecting(answers, _) => {
                Some((false, std::ptr::from_ref(*answers)))
            }
            Self::Preflight(answered) => Some((true, std::ptr::from_ref(answered.answers))),
            Self::Unclaimed | Self::Several => None,
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
            (Self::Brief(brief), result) => brief.deliver(request, result),
            (Self::Reflecting(answers, origin), result) => {
                apply(answers, &Verdict::Allowed(Cow::Owned(origin)), result);
            }
            (Self::Preflight(answered), Ok(response)) => answered.complete(response),
            // An error in place of the answer: browsers take it for a refusal.
            (Self::Preflight(_), Err(_)) | (Self::Unclaimed | Self::Several, _) => {}
        }
    }
}

impl Answered {
    #[cold]
    fn complete<B>(&self, response: &mut ServiceResponse<B>) {
        let request = response.request().clone();
        let headers = response.headers_mut();
        self.answers
            .preflight(&self.verdict, &self.methods, request.headers(), headers);
    }
}

/// Gives the response to an actual request its headers.
#[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
#[inline(always)]
pub(crate) fn apply<B>(
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
