//! The state of a layer: its policy, its place in the app, and the warnings that it has logged.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use actix_web::dev::{Extensions, ServiceRequest};

use super::summary::{RequestView, scope_length};
use crate::app::{AnnotatedApp, HandlerIndex, LayerDeclaration, LayerPolicy, Scope, Target};
use crate::respond::{Listener, PolicyRef, log};

/// A layer in an app.
pub(super) struct Layer {
    pub(super) declaration: LayerDeclaration,
    /// The patterns without an annotation for which the log has a warning.
    pub(super) warned_patterns: RefCell<HashSet<String>>,
    /// Whether the log has the warning that the policy names no methods.
    pub(super) has_warned_of_methods: Cell<bool>,
    pub(super) has_layers_inside: bool,
    pub(super) listener: Listener,
    /// The listener, as the app data of each request that the layer passes on.
    pub(super) data: Rc<Extensions>,
    context: OnceCell<LayerContext>,
}

/// Where a layer is in an app. The first request shows it, and it is the same for all requests of the layer.
pub(super) struct LayerContext {
    /// None if the app has no annotated handler.
    pub(super) app: Option<Rc<AnnotatedApp>>,
    /// The listener of the layer around this one, if there is one. That layer then sets the headers.
    pub(super) outer: Option<Listener>,
    /// The names of the dynamic segments in the pattern of the scope that the layer is on.
    segment_names: Vec<String>,
    /// Whether a policy of the app or of the layer has a source that may take its time.
    pub(super) has_sources: bool,
    /// Whether the layer is inside a scope that has a path.
    pub(super) is_scoped: bool,
}

impl Layer {
    pub(super) fn new(declaration: LayerDeclaration, has_layers_inside: bool) -> Self {
        let listener = Listener::new(declaration.policy.is_some() && !has_layers_inside);
        let mut data = Extensions::new();
        data.insert(listener.clone());
        Self {
            declaration,
            warned_patterns: RefCell::default(),
            has_warned_of_methods: Cell::default(),
            has_layers_inside,
            listener,
            data: Rc::new(data),
            context: OnceCell::new(),
        }
    }

    /// The policy for everything without an annotation, as it is now.
    pub(super) fn policy(&self) -> Option<PolicyRef> {
        self.declaration.policy.as_ref().map(LayerPolicy::current)
    }

    /// Learns the context from the first request.
    #[inline]
    pub(super) fn learn(&self, request: &ServiceRequest) -> &LayerContext {
        self.context
            .get_or_init(|| LayerContext::of(request, &self.declaration))
    }

    #[inline]
    pub(super) fn context(&self) -> &LayerContext {
        self.context
            .get()
            .expect("the layer has learnt its context from the request that asks")
    }

    pub(super) fn index(&self) -> Option<&HandlerIndex> {
        self.context().app.as_ref()?.index()
    }

    /// The part of the request's path that the scopes around the layer have taken.
    pub(super) fn scope<'a>(&'a self, view: &'a RequestView<'_>) -> Scope<'a> {
        Scope {
            text: view.scope_text(),
            segment_names: &self.context().segment_names,
        }
    }

    /// The mount inside that a request, or the request that a preflight is about, seems to be for.
    pub(super) fn target(&self, view: &RequestView<'_>) -> Option<Target> {
        self.index()?
            .handler(&view.path, view.method(), self.scope(view))
    }
}

impl LayerContext {
    fn of(request: &ServiceRequest, declaration: &LayerDeclaration) -> Self {
        let app = AnnotatedApp::serving(request.request());
        if let Some(app) = &app {
            app.add_layer(declaration.clone());
        }
        let policy = declaration.policy.as_ref().map(LayerPolicy::current);
        let outer = Listener::around(request).cloned();
        if let (Some(policy), Some(outer)) = (&policy, &outer)
            && outer.forbids_layers_inside()
        {
            log::inside_another_layer(policy.declaration());
        }
        let segments = request.match_info().iter();
        Self {
            has_sources: policy.is_some_and(|policy| !policy.is_immediate())
                || app.as_ref().is_some_and(|app| app.has_sources()),
            is_scoped: scope_length(request.request()) > 0,
            app,
            outer,
            segment_names: segments.map(|(name, _)| name.to_owned()).collect(),
        }
    }
}
