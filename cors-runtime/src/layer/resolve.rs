//! Which policy holds for a request, as a layer sees it: the handler's, the layer's own, or none.

use actix_web::dev::{RequestHead, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpRequest};

use super::state::Layer;
use super::summary::{RequestSummary, RequestView};
use crate::app::{AnnotatedApp, AuditTrace, HandlerIndex, Mount, Scope, Target};
use crate::respond::{Judgement, PolicyRef, Verdict, log};

/// The policy that answers a preflight, and its `Access-Control-Allow-Methods`.
pub(super) struct PreflightPolicy {
    pub(super) policy: PolicyRef,
    pub(super) methods: HeaderValue,
    /// Whether it is the layer's own policy.
    pub(super) is_own: bool,
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
    /// The policy that answers a preflight before the service inside is called; `None` if none does.
    pub(super) fn policy_for_preflight(
        &self,
        request: &HttpRequest,
        asked: &HeaderValue,
    ) -> Option<PreflightPolicy> {
        if let Some(trace) = AuditTrace::of(request) {
            let app = self.context().app.as_ref();
            trace.record_layer(self.declaration.clone(), app.map(|app| app.number()));
        }
        let view = RequestView::new(request);
        if let Some(target) = self.target(&view) {
            return Some(PreflightPolicy {
                policy: PolicyRef::Static(target.mount.annotation.compiled()),
                methods: target.mount.allow_methods.clone()?,
                is_own: false,
            });
        }
        let policy = self.policy()?;
        let scope = self.scope(&view);
        let (is_unannotated, is_first_ours) = self.index().map_or((true, false), |index| {
            (
                index.is_unannotated(&view.path, view.method(), scope),
                index.is_first_ours(&view.path),
            )
        });
        // An annotated handler in front would have taken the preflight, since it takes the request.
        (is_unannotated && (is_first_ours || !is_in_front(request, scope))).then(|| {
            self.warn_of_methods(&policy, asked, request.head());
            PreflightPolicy {
                methods: policy.allow_methods(asked),
                policy,
                is_own: true,
            }
        })
    }

    /// Warns once if an allowed page asks for a method that is not safelisted, and the policy has no `methods`. The methods of routes
    /// that are built by hand cannot be known without running them. If layers inside are declared, one of them may answer, so there is
    /// no warning.
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

    /// The receiver of an actual request, if the layer passes it on.
    pub(super) fn inside(&self, request: &HttpRequest) -> Inside {
        match self.target(&RequestView::new(request)) {
            Some(target) if target.is_certain => Inside::Handler,
            Some(target) => target.mount.policy().map_or(Inside::Other, Inside::Perhaps),
            None => Inside::Other,
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
        let Some(index) = self.index() else {
            return policy.cloned();
        };
        summary.with(result, |view| {
            let status = status(result);
            // An error from in front of the handler gets the policy of the handler. If the pattern is empty, the request does not show
            // whether the handler was reached. A success never gets headers on a guess, since something else may have given it.
            if is_error(status)
                && let Some(Target { mount, .. }) = self.target(view)
                && !is_not_found(status)
                && (mount.pattern.is_empty() || is_unrouted(result))
            {
                return mount.policy();
            }
            let is_unannotated =
                || index.is_unannotated(&view.path, view.method(), self.scope(view));
            let is_own = note_unannotated_route(index, view, result)
                || self.target(view).is_none() && (is_not_found(status) || is_unannotated());
            policy.filter(|_| is_own).cloned()
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
        result.as_ref().ok()?;
        summary.with(result, |view| self.target(view)?.mount.policy())
    }

    /// Logs a preflight that no policy answered. Returns whether its path has annotated handlers.
    #[cold]
    pub(super) fn log_unanswered_preflight<B>(
        &self,
        summary: &RequestSummary,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> bool {
        summary.with(result, |view| {
            let (path, method, scope) = (&view.path, view.method(), self.scope(view));
            let index = self.index();
            let is_annotated = index.is_some_and(|index| index.has_path(path, scope));
            match index.and_then(|index| index.meant(path, method, scope)) {
                Some(mount) if is_answered_in_front(&mount, result) => {
                    let is_first = !mount.has_warned_of_answer_in_front.replace(true);
                    let (pattern, status) = (routed_pattern(result), status(result));
                    let declaration = mount.annotation.declaration();
                    let pattern = pattern.as_deref();
                    log::answered_in_front(declaration, pattern, status, view.head, is_first);
                }
                _ if is_annotated => log::unanswered(view.head),
                Some(_) => {}
                None => self.warn_of_unannotated(view, result),
            }
            is_annotated
        })
    }

    /// Warns, once for each pattern, that nobody can answer a preflight: no handler of the path has an annotation, and the layer has
    /// no policy of its own.
    fn warn_of_unannotated<B>(
        &self,
        view: &RequestView<'_>,
        result: &Result<ServiceResponse<B>, Error>,
    ) {
        if self.declaration.policy.is_some() || !is_error(status(result)) {
            return;
        }
        let app = self.context().app.as_deref();
        let routes = match result {
            Ok(response) => Some(response.request().resource_map()),
            Err(_) => app.and_then(AnnotatedApp::routes),
        };
        if let Some(pattern) = routes.and_then(|routes| routes.match_pattern(&view.path))
            && self.warned_patterns.borrow_mut().insert(pattern.clone())
        {
            log::unannotated(&pattern, view.head);
        }
    }
}

/// Whether the router has given the request to a resource without an annotation. If the layer took the request for an annotated
/// handler's, the index notes that, and the log gets an error.
fn note_unannotated_route<B>(
    index: &HandlerIndex,
    view: &RequestView<'_>,
    result: &Result<ServiceResponse<B>, Error>,
) -> bool {
    let Ok(response) = result else { return false };
    if is_unrouted(result) {
        return false;
    }
    if let Some(mount) = index.contradict(&view.path, view.method()) {
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

/// Whether something that the program put in front of an annotated handler has answered its preflight. False for a handler with a
/// `guard`, because it depends on the client whether the guard passes, and for a resource that takes only some of the handler's
/// paths.
fn is_answered_in_front<B>(mount: &Mount, result: &Result<ServiceResponse<B>, Error>) -> bool {
    if mount.annotation.is_off() || mount.is_guarded {
        return false;
    }
    match (result, routed_pattern(result)) {
        (Ok(response), Some(pattern)) => {
            let routes = response.request().resource_map();
            let takes = |path: &String| routes.match_pattern(path).as_deref() == Some(&pattern);
            mount.sample_paths().iter().any(takes)
        }
        _ => !is_not_found(status(result)),
    }
}

/// The pattern of the resource that has got the request.
fn routed_pattern<B>(result: &Result<ServiceResponse<B>, Error>) -> Option<String> {
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

/// Whether the router answers with this status if there is no such handler.
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
