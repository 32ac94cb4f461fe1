//! Which policy holds for a request, as a layer sees it: the handler's, the layer's own, or none.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use actix_web::dev::{Extensions, RequestHead, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpRequest};

use super::decision::Listener;
use super::summary::{RequestSummary, RequestView, consumed};
use crate::app::{AnnotatedApp, LayerDeclaration, LayerPolicy, Mount, Scope, Targets, Witness};
use crate::policy::PolicyRef;
use crate::respond::{Judgement, Verdict, log};

/// A layer in its place in an app.
pub(super) struct Layer {
    /// The policy for everything without an annotation.
    policy: Option<LayerPolicy>,
    declaration: LayerDeclaration,
    /// The patterns without an annotation of which the log has been told.
    warned: RefCell<HashSet<String>>,
    /// Whether the log has been told that the policy names no methods.
    has_warned_of_methods: Cell<bool>,
    pub(super) has_layers_inside: bool,
    pub(super) listener: Listener,
    /// The listener, as the app data of each request that the layer passes on.
    pub(super) data: Rc<Extensions>,
    place: OnceCell<Place>,
}

/// Where a layer is in an app. The first request shows it, and it is the same for all requests of the layer.
pub(super) struct Place {
    /// None where the app has no annotated handler.
    app: Option<Rc<AnnotatedApp>>,
    /// Another layer around this one, which sets the headers in its place.
    pub(super) outer: Option<Listener>,
    /// The names of the dynamic segments in the pattern of the scope that the layer is on.
    names: Vec<String>,
    /// Whether a verdict may take its time.
    pub(super) has_sources: bool,
    /// Whether the layer is inside a scope that has a path.
    pub(super) is_scoped: bool,
}

/// The policy that answers a preflight, and its `Access-Control-Allow-Methods`.
pub(super) struct PreflightPolicy {
    pub(super) policy: PolicyRef,
    pub(super) methods: HeaderValue,
    /// Whether it is the layer's own policy.
    pub(super) is_layer: bool,
}

/// What a layer with `enforce` would pass a request on to.
pub(super) enum Inside {
    /// An annotated handler, whose own policy decides.
    Handler,
    /// Probably an annotated handler with this policy, but the guard of a scope may send the request elsewhere.
    Perhaps(PolicyRef),
    /// A handler without an annotation, or nothing that could be found out.
    Other,
}

impl Layer {
    pub(super) fn new(declaration: LayerDeclaration, has_layers_inside: bool) -> Self {
        let policy = declaration.policy.clone();
        let listener = Listener::new(policy.is_some() && !has_layers_inside);
        let mut data = Extensions::new();
        data.insert(listener.clone());
        Self {
            policy,
            declaration,
            warned: RefCell::default(),
            has_warned_of_methods: Cell::default(),
            has_layers_inside,
            listener,
            data: Rc::new(data),
            place: OnceCell::new(),
        }
    }

    pub(super) fn policy(&self) -> Option<PolicyRef> {
        self.policy.as_ref().map(LayerPolicy::current)
    }

    #[inline]
    pub(super) fn place(&self, request: &ServiceRequest) -> &Place {
        self.place.get_or_init(|| {
            let app = AnnotatedApp::serving(request.request());
            if let Some(app) = &app {
                app.add_layer(self.declaration.clone());
            }
            let policy = self.policy();
            let outer = Listener::around(request).cloned();
            if let Some(policy) = policy
                .as_ref()
                .filter(|_| outer.as_ref().is_some_and(Listener::is_alone))
            {
                log::inside_another_layer(policy.declaration());
            }
            let names = request.match_info().iter();
            Place {
                has_sources: policy.is_some_and(|policy| !policy.is_immediate())
                    || app.as_ref().is_some_and(|app| app.has_sources()),
                is_scoped: consumed(request.request()) > 0,
                app,
                outer,
                names: names.map(|(name, _)| name.to_owned()).collect(),
            }
        })
    }

    /// The policy that answers a preflight before the service inside is called; `None` if none does.
    pub(super) fn preflight(
        &self,
        request: &HttpRequest,
        asked: &HeaderValue,
    ) -> Option<PreflightPolicy> {
        if let Some(witness) = Witness::of(request) {
            let app = self.place.get().and_then(|place| place.app.clone());
            witness.pass(self.declaration.clone(), app);
        }
        let (view, targets) = (&RequestView::new(request), self.targets());
        // A token, so it is text.
        let method = asked.to_str().unwrap_or_default();
        let (path, scope) = (&view.path, self.scope(view));
        if let Some(target) = targets.and_then(|targets| targets.handler(path, method, scope)) {
            return Some(PreflightPolicy {
                policy: PolicyRef::Static(target.mount.annotation.compiled()),
                methods: target.mount.allow_methods.clone()?,
                is_layer: false,
            });
        }
        let policy = self.policy()?;
        let is_unannotated =
            targets.is_none_or(|targets| targets.is_unannotated(path, method, scope));
        // An annotated handler in front would have taken the preflight where it takes the request.
        let is_in_front = || {
            !targets.is_some_and(|targets| targets.is_first_ours(path))
                && is_in_front(request, scope)
        };
        (is_unannotated && !is_in_front()).then(|| {
            self.warn_of_methods(&policy, asked, request.head());
            PreflightPolicy {
                methods: policy.allow_methods(asked),
                policy,
                is_layer: true,
            }
        })
    }

    /// Warns once if an allowed page asks for a method that is not safelisted, and the policy has no `methods`. The methods of routes that are
    /// built by hand cannot be known without running them. If layers inside are declared, one of them may answer, so nothing is said.
    fn warn_of_methods(&self, policy: &PolicyRef, asked: &HeaderValue, request: &RequestHead) {
        let is_asked = !self.has_layers_inside && policy.lacks_methods_for(asked);
        if is_asked
            && !self.has_warned_of_methods.get()
            && let Judgement::Now(Verdict::Anyone | Verdict::Allowed(_)) = policy.judge(request)
        {
            self.has_warned_of_methods.set(true);
            log::methods_by_default(policy.declaration(), request);
        }
    }

    /// What the layer would pass an actual request on to.
    pub(super) fn inside(&self, request: &HttpRequest) -> Inside {
        let view = &RequestView::new(request);
        let target = self
            .targets()
            .and_then(|targets| targets.handler(&view.path, view.method(), self.scope(view)));
        match target {
            Some(target) if target.is_certain => Inside::Handler,
            Some(target) if !target.mount.annotation.is_off() => {
                Inside::Perhaps(PolicyRef::Static(target.mount.annotation.compiled()))
            }
            _ => Inside::Other,
        }
    }

    /// The policy for the response to an actual request, if no policy inside has decided.
    #[cold]
    pub(super) fn resolve<B>(
        &self,
        policy: Option<&PolicyRef>,
        summary: &RequestSummary,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> Option<PolicyRef> {
        let Some(targets) = self.targets() else {
            return policy.cloned();
        };
        summary.with(result, |view| {
            let told = || targets.handler(&view.path, view.method(), self.scope(view));
            let is_unannotated =
                || targets.is_unannotated(&view.path, view.method(), self.scope(view));
            let status = status(result);
            if !is_error(status) {
                return if is_routed(targets, view, result) {
                    policy.cloned()
                } else {
                    // No handler was reached, so a success was given in its place: it never gets headers on a guess.
                    policy
                        .filter(|_| told().is_none() && is_unannotated())
                        .cloned()
                };
            }
            let is_not_found = is_not_found(status);
            match told() {
                // The handler was not reached. With an empty path, the router looks the same whether it was or not.
                Some(target)
                    if !is_not_found && (target.mount.path.is_empty() || is_unrouted(result)) =>
                {
                    let annotation = target.mount.annotation;
                    (!annotation.is_off()).then(|| PolicyRef::Static(annotation.compiled()))
                }
                Some(_) if is_unrouted(result) => None,
                _ if is_routed(targets, view, result) => policy.cloned(),
                _ => policy.filter(|_| is_not_found || is_unannotated()).cloned(),
            }
        })
    }

    /// The policy for the response if a middleware has asked several handlers: that of the handler which the response's own
    /// request is for.
    #[cold]
    pub(super) fn last_of_several<B>(
        &self,
        summary: &RequestSummary,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> Option<PolicyRef> {
        let targets = self.targets().filter(|_| result.is_ok())?;
        summary.with(result, |view| {
            let target = targets.handler(&view.path, view.method(), self.scope(view))?;
            let annotation = target.mount.annotation;
            (!annotation.is_off()).then(|| PolicyRef::Static(annotation.compiled()))
        })
    }

    /// Whether a preflight that no policy answered asks about a path of annotated handlers. Writes it to the log.
    #[cold]
    pub(super) fn is_annotated<B>(
        &self,
        summary: &RequestSummary,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> bool {
        summary.with(result, |view| {
            let (path, method, scope) = (&view.path, view.method(), self.scope(view));
            let targets = self.targets();
            let is_annotated = targets.is_some_and(|targets| targets.has_path(path, scope));
            match targets.and_then(|targets| targets.meant(path, method, scope)) {
                Some(mount) if is_answered_in_front(mount, result) => {
                    let is_first = !mount.has_warned.replace(true);
                    let (pattern, status) = (routed(result).unwrap_or_default(), status(result));
                    let declaration = mount.annotation.declaration();
                    log::answered_in_front(declaration, &pattern, status, view.head, is_first);
                }
                _ if is_annotated => log::unclaimed(view.head),
                Some(_) => {}
                None => self.warn_of_unannotated(view, result),
            }
            is_annotated
        })
    }

    /// Writes to the log, once for each pattern, that nobody can answer a preflight: no handler of the path has an annotation,
    /// and the layer has no policy of its own.
    fn warn_of_unannotated<B>(
        &self,
        view: &RequestView<'_>,
        result: &Result<ServiceResponse<B>, Error>,
    ) {
        if self.policy.is_some() || !is_error(status(result)) {
            return;
        }
        let app = self.place.get().and_then(|place| place.app.as_deref());
        let routes = match result {
            Ok(response) => Some(response.request().resource_map()),
            Err(_) => app.and_then(AnnotatedApp::routes),
        };
        if let Some(pattern) = routes.and_then(|routes| routes.match_pattern(&view.path))
            && self.warned.borrow_mut().insert(pattern.clone())
        {
            log::unannotated(&pattern, view.head);
        }
    }

    #[inline]
    pub(super) fn outer(&self) -> Option<&Listener> {
        self.place.get()?.outer.as_ref()
    }

    fn targets(&self) -> Option<&Targets> {
        self.place.get()?.app.as_ref()?.targets()
    }

    fn scope<'a>(&'a self, view: &'a RequestView<'_>) -> Scope<'a> {
        Scope {
            text: view.consumed(),
            names: self.place.get().map_or(&[], |place| &place.names),
        }
    }
}

/// Whether the router has given the request to a resource without an annotation. If the layer took the request for an annotated
/// handler's, the log gets an error, once.
fn is_routed<B>(
    targets: &Targets,
    view: &RequestView<'_>,
    result: &Result<ServiceResponse<B>, Error>,
) -> bool {
    let Ok(response) = result else { return false };
    if is_unrouted(result) {
        return false;
    }
    if let Some(mount) = targets.contradict(&view.path, view.method()) {
        let pattern = response.request().match_pattern().unwrap_or_default();
        log::contradicted(mount.annotation.declaration(), &pattern, view.head);
    }
    true
}

/// Whether a resource in front of the scope that the layer is on may get the request that a preflight is about.
fn is_in_front(preflight: &HttpRequest, scope: Scope<'_>) -> bool {
    !scope.text.is_empty()
        && preflight
            .resource_map()
            .match_pattern(preflight.match_info().as_str())
            .is_some_and(|first| !scope.holds(&first))
}

/// Whether something that the program put in front of an annotated handler has answered its preflight. A guard does not count, since
/// the client decides by it, nor does a resource that is meant for a part of the handler's paths.
fn is_answered_in_front<B>(mount: &Mount, result: &Result<ServiceResponse<B>, Error>) -> bool {
    if mount.annotation.is_off() || mount.is_guarded {
        return false;
    }
    match (result, routed(result)) {
        (Ok(response), Some(pattern)) => {
            let routes = response.request().resource_map();
            let takes = |path: &String| routes.match_pattern(path).as_deref() == Some(&pattern);
            mount.paths().iter().any(takes)
        }
        _ => !is_not_found(status(result)),
    }
}

/// The pattern of the resource that has got the request.
fn routed<B>(result: &Result<ServiceResponse<B>, Error>) -> Option<String> {
    let response = result.as_ref().ok().filter(|_| !is_unrouted(result))?;
    response.request().match_pattern()
}

fn status<B>(result: &Result<ServiceResponse<B>, Error>) -> StatusCode {
    match result {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    }
}

pub(super) fn is_error(status: StatusCode) -> bool {
    status.is_client_error() || status.is_server_error()
}

/// Whether the status is one by which the router says that there is no such handler.
pub(super) fn is_not_found(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
    )
}

fn is_unrouted<B>(result: &Result<ServiceResponse<B>, Error>) -> bool {
    match result {
        Ok(response) => !response.request().match_info().unprocessed().is_empty(),
        Err(_) => true,
    }
}
