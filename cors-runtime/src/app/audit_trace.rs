//! The trace by which an audit learns which layers its requests have passed.
//!
//! An audit puts an [`AuditTrace`] among the extensions of each request that it sends. It is a Rust value of a private type, so no
//! client can send one, and a server that is not audited has none.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use actix_web::guard::GuardContext;
use actix_web::{HttpMessage, HttpRequest};

use super::layer_declaration::LayerDeclaration;

thread_local! {
    /// The number of audits that the thread is running. Without any, no request is looked at.
    static AUDITS: Cell<usize> = const { Cell::new(0) };
}

/// Travels with the requests of an audit.
#[derive(Clone)]
pub(crate) struct AuditTrace(Rc<Notes>);

#[derive(Default)]
struct Notes {
    app_number: Cell<Option<u64>>,
    /// From the outermost to the innermost.
    layers: RefCell<Vec<LayerDeclaration>>,
}

impl AuditTrace {
    pub(crate) fn new() -> Self {
        AUDITS.set(AUDITS.get() + 1);
        Self(Rc::default())
    }

    /// The trace of a request that an audit has sent.
    #[inline]
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        if AUDITS.get() == 0 {
            return None;
        }
        request.extensions().get().cloned()
    }

    /// Whether a request that is being routed is an audit's.
    pub(crate) fn is_audited(request: &GuardContext<'_>) -> bool {
        request.req_data().contains::<Self>()
    }

    /// The request passes a layer of the app with this number.
    pub(crate) fn record_layer(&self, layer: LayerDeclaration, app_number: Option<u64>) {
        self.0.layers.borrow_mut().push(layer);
        self.0
            .app_number
            .set(app_number.or(self.0.app_number.get()));
    }

    /// The number of the app that a layer has seen.
    pub(crate) fn app_number(&self) -> Option<u64> {
        self.0.app_number.get()
    }

    /// The layers that the last request has passed; the next one starts anew.
    pub(crate) fn take_layers(&self) -> Vec<LayerDeclaration> {
        self.0.layers.take()
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        AUDITS.set(AUDITS.get().saturating_sub(1));
    }
}
