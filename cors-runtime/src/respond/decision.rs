//! How a layer learns what a handler or another layer inside of it has decided about a request.
//!
//! A middleware between the two may replace the response or add headers to it. So the outermost layer sets the headers, as the
//! last one. A layer adds a [`Listener`] to the app data of each request that it passes on, and listens while it calls and polls
//! the service inside. A request of another app does not have this listener. Among the requests of this app, the address of the
//! request's head tells which one the layer is polling.

use std::cell::Cell;
use std::ptr::NonNull;
use std::rc::Rc;

use actix_web::HttpMessage;
use actix_web::dev::{RequestHead, ServiceRequest};
use actix_web::http::header::HeaderValue;

use super::policy_ref::PolicyRef;
use super::verdict::Verdict;

/// The policy that applies to a response.
#[derive(Clone)]
pub(crate) enum Decision {
    /// This policy, for the response to an actual request. The verdict is there if it was needed before the handler ran.
    Actual(PolicyRef, Option<Box<Verdict>>),
    /// The answer to a preflight is complete, but a middleware outside of the policy may still change it.
    Preflight(Rc<PreflightDecision>),
    /// No policy: the handler is `off`, or no policy answers this preflight, which is logged already.
    NoPolicy,
    /// Different decisions were made on the way to one response: something inside has asked more than one handler.
    Several,
}

/// The policy that answered a preflight, and its answer.
pub(crate) struct PreflightDecision {
    pub(crate) policy: PolicyRef,
    pub(crate) verdict: Verdict,
    pub(crate) methods: HeaderValue,
}

/// Tells apart the requests that are alive at one time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RequestId(NonNull<RequestHead>);

impl RequestId {
    #[inline]
    pub(crate) fn of(request: &RequestHead) -> Self {
        Self(NonNull::from(request))
    }
}

/// Receives the decisions for a layer.
#[derive(Clone)]
pub(crate) struct Listener(Rc<Slot>);

struct Slot {
    /// Whether the layer has a policy, and does not expect other layers inside.
    forbids_layers_inside: bool,
    /// The request for which the layer is calling or polling the service inside.
    request: Cell<Option<RequestId>>,
    decision: Cell<Option<Decision>>,
}

impl Listener {
    pub(crate) fn new(forbids_layers_inside: bool) -> Self {
        Self(Rc::new(Slot {
            forbids_layers_inside,
            request: Cell::default(),
            decision: Cell::default(),
        }))
    }

    pub(crate) fn forbids_layers_inside(&self) -> bool {
        self.0.forbids_layers_inside
    }

    /// The listener of the innermost layer around this request.
    #[inline]
    pub(crate) fn around(request: &ServiceRequest) -> Option<&Self> {
        request.app_data()
    }

    /// Whether the layer is polling the service inside for this request. It is not if a middleware has spawned the rest of the request
    /// as a task of its own.
    #[inline]
    pub(crate) fn hears(&self, request: RequestId) -> bool {
        self.0.request.get() == Some(request)
    }

    /// Gives the decision to the layer, which has to be listening.
    #[inline]
    pub(crate) fn tell(&self, decision: Decision) {
        let known = self.0.decision.take();
        self.0.decision.set(Some(match known {
            None => decision,
            Some(known) => decision.merge(&known),
        }));
    }

    /// Listens for a request until the guard is dropped. Swaps `decision` into the slot; the guard swaps it back, with what was decided
    /// meanwhile.
    #[inline]
    pub(crate) fn listen<'a>(
        &'a self,
        request: RequestId,
        decision: &'a Cell<Option<Decision>>,
    ) -> Listening<'a> {
        self.0.decision.swap(decision);
        Listening {
            slot: &self.0,
            previous: self.0.request.replace(Some(request)),
            decision,
        }
    }
}

/// Gives a decision to the layer outside. Returns whether the layer hears it, and so sets the headers.
///
/// If a middleware between has spawned the rest of the request, the layer is not listening. Then the request carries the decision
/// to it, and the caller sets the headers as well.
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

/// While this lives, a layer listens. A panic of the service inside drops it as well.
pub(crate) struct Listening<'a> {
    slot: &'a Slot,
    previous: Option<RequestId>,
    /// Holds the previous request's decision until the guard is dropped.
    decision: &'a Cell<Option<Decision>>,
}

impl Drop for Listening<'_> {
    #[inline]
    fn drop(&mut self) {
        self.slot.request.set(self.previous);
        self.slot.decision.swap(self.decision);
    }
}

impl Decision {
    /// The decision that holds after two of them: the same one, or `Several`.
    #[cold]
    fn merge(self, known: &Self) -> Self {
        let is_same = match (&self, known) {
            (Self::Actual(one, _), Self::Actual(other, _)) => one.is(other),
            (Self::Preflight(one), Self::Preflight(other)) => one.policy.is(&other.policy),
            (Self::NoPolicy, Self::NoPolicy) => true,
            _ => false,
        };
        if is_same { self } else { Self::Several }
    }
}
