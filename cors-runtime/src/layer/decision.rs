//! How a layer hears what a handler or another layer inside of it has decided about a request.
//!
//! What stands between the two may replace the response or add headers to it, so the outermost layer sets the headers, last.
//! A layer leaves a [`Listener`] with each request that it passes on, among the app data, and listens while it calls and polls
//! what is inside. A request of another app does not have the listener, whatever its address; of the requests of this app it
//! is the address that tells which one the layer is polling.

use std::cell::Cell;
use std::ptr::NonNull;
use std::rc::Rc;

use actix_web::HttpMessage;
use actix_web::dev::{RequestHead, ServiceRequest};
use actix_web::http::header::HeaderValue;

use crate::policy::PolicyRef;
use crate::respond::Verdict;

/// Whose policy holds for the response that is on its way out.
#[derive(Clone)]
pub(crate) enum Decision {
    /// The response to an actual request; with the verdict, where it was needed before the handler ran.
    Actual(PolicyRef, Option<Box<Verdict>>),
    /// The answer to a preflight, which is complete but for what others may do to it.
    Preflight(Rc<PreflightDecision>),
    /// Nobody's: the handler is `off`, or nobody answers this preflight and the log has been told.
    Unclaimed,
    /// Different decisions were made on the way to one response: something inside has asked more than one handler.
    Several,
}

/// Whose policy answered a preflight, and how.
pub(crate) struct PreflightDecision {
    pub(crate) policy: PolicyRef,
    pub(crate) verdict: Verdict,
    pub(crate) methods: HeaderValue,
}

/// Tells a request from the others that are alive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId(NonNull<RequestHead>);

impl RequestId {
    #[inline]
    pub(crate) fn of(request: &RequestHead) -> Self {
        Self(NonNull::from(request))
    }
}

/// The ear of a layer.
#[derive(Clone)]
pub(crate) struct Listener(Rc<Slot>);

struct Slot {
    /// Whether the layer has a policy, and does not expect other layers inside.
    is_alone: bool,
    /// The request that the layer is calling or polling what is inside for.
    request: Cell<Option<RequestId>>,
    decision: Cell<Option<Decision>>,
}

impl Listener {
    pub(super) fn new(is_alone: bool) -> Self {
        Self(Rc::new(Slot {
            is_alone,
            request: Cell::default(),
            decision: Cell::default(),
        }))
    }

    pub(super) fn is_alone(&self) -> bool {
        self.0.is_alone
    }

    /// The listener of the innermost layer around what serves this request.
    #[inline]
    pub(super) fn around(request: &ServiceRequest) -> Option<&Self> {
        request.app_data()
    }

    /// Whether the layer is listening for this request. It is not where a middleware has spawned the rest of a request.
    #[inline]
    pub(super) fn hears(&self, request: RequestId) -> bool {
        self.0.request.get() == Some(request)
    }

    /// Tells the layer, which is listening.
    #[inline]
    pub(super) fn tell(&self, decision: Decision) {
        let known = self.0.decision.take();
        self.0.decision.set(Some(match known {
            None => decision,
            Some(known) => decision.after(&known),
        }));
    }

    /// Listens for a request while `run` runs; `known` is what was decided before, and then what is decided now.
    #[inline]
    pub(crate) fn listen<T>(
        &self,
        request: RequestId,
        known: &mut Option<Decision>,
        run: impl FnOnce() -> T,
    ) -> T {
        let listening = Listening {
            slot: &self.0,
            outer: self.0.request.replace(Some(request)),
            outer_decision: self.0.decision.replace(known.take()),
        };
        let result = run();
        *known = listening.slot.decision.take();
        result
    }
}

/// Tells the layer outside what is decided. Whether it hears that now, and so sets the headers.
///
/// It does not where something between has spawned the rest of the request; then the request carries the decision to it.
#[inline]
pub(crate) fn tell(request: &ServiceRequest, decision: impl FnOnce() -> Decision) -> bool {
    match Listener::around(request) {
        None => false,
        Some(listener) if listener.hears(RequestId::of(request.head())) => {
            listener.tell(decision());
            true
        }
        Some(_) => {
            request.extensions_mut().insert(decision());
            false
        }
    }
}

/// What the slot held before, put back also where what is inside panics.
struct Listening<'a> {
    slot: &'a Slot,
    outer: Option<RequestId>,
    outer_decision: Option<Decision>,
}

impl Drop for Listening<'_> {
    #[inline]
    fn drop(&mut self) {
        self.slot.request.set(self.outer);
        self.slot.decision.set(self.outer_decision.take());
    }
}

impl Decision {
    /// What is known after this decision, where there was one before.
    #[cold]
    fn after(self, known: &Self) -> Self {
        let is_same = match (&self, known) {
            (Self::Actual(one, _), Self::Actual(other, _)) => one.is(other),
            (Self::Preflight(one), Self::Preflight(other)) => one.policy.is(&other.policy),
            (Self::Unclaimed, Self::Unclaimed) => true,
            _ => false,
        };
        if is_same { self } else { Self::Several }
    }
}
