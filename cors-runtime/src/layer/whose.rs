//! Whose policy is for a request, as a layer sees it: that of the handler, the layer's own, or nobody's.

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;
use std::rc::Rc;

use actix_web::dev::{Extensions, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpRequest};

use super::asked::{About, Asked};
use super::decision::Listener;
use crate::annotation::Annotation;
use crate::answers::Answers;
use crate::app::{App, LayerItem, Mount, Targets, Witness};
use crate::log;

/// A layer in its place in an app.
pub(super) struct Layer {
    /// The policy for whatever has no annotation.
    policy: Option<&'static Annotation>,
    item: LayerItem,
    /// The patterns without an annotation of which the log has been told.
    warned: RefCell<HashSet<String>>,
    pub(super) has_layers_inside: bool,
    pub(super) listener: Listener,
    /// The listener, as the app data of each request that the layer passes on.
    pub(super) data: Rc<Extensions>,
    /// The app that the layer is in; the first request tells which.
    app: OnceCell<Option<Rc<App>>>,
    takes_time: OnceCell<bool>,
    outer: OnceCell<Option<Listener>>,
}

/// Who answers a preflight, and with which `Access-Control-Allow-Methods`.
pub(super) struct Answerer {
    pub(super) answers: &'static Answers,
    pub(super) methods: HeaderValue,
    /// Whether the layer's own policy does.
    pub(super) is_layer: bool,
}

impl Layer {
    pub(super) fn new(item: LayerItem, has_layers_inside: bool) -> Self {
        let policy = item.policy;
        let listener = Listener::new(policy.is_some() && !has_layers_inside);
        let mut data = Extensions::new();
        data.insert(listener.clone());
        Self {
            policy,
            item,
            warned: RefCell::default(),
            has_layers_inside,
            listener,
            data: Rc::new(data),
            app: OnceCell::new(),
            takes_time: OnceCell::new(),
            outer: OnceCell::new(),
        }
    }

    pub(super) fn policy(&self) -> Option<&'static Answers> {
        self.policy.map(Annotation::answers)
    }

    /// Whether a verdict may take its time, or is needed before the request goes further.
    #[inline]
    pub(super) fn takes_time(&self, request: &HttpRequest) -> bool {
        *self.takes_time.get_or_init(|| {
            let app = self.app(request);
            self.policy()
                .is_some_and(|policy| policy.enforces() || !policy.is_immediate())
                || app.is_some_and(App::has_sources)
        })
    }

    /// Who answers a preflight before anything inside is asked.
    pub(super) fn preflight(&self, request: &HttpRequest, asked: &HeaderValue) -> Option<Answerer> {
        if let Some(witness) = Witness::of(request) {
            self.app(request);
            witness.pass(self.item, self.app.get().cloned().flatten());
        }
        let (about, targets) = (About::new(request), self.targets(request));
        let (path, method, consumed) = (&about.path, about.method(), about.consumed());
        if let Some(target) = targets.and_then(|targets| targets.handler(path, method, consumed)) {
            return Some(Answerer {
                answers: target.mount.annotation.answers(),
                methods: target.mount.allow_methods.clone()?,
                is_layer: false,
            });
        }
        let answers = self.policy()?;
        let is_unannotated =
            targets.is_none_or(|targets| targets.is_unannotated(path, method, consumed));
        is_unannotated.then(|| Answerer {
            answers,
            methods: answers.allow_methods(asked),
            is_layer: true,
        })
    }

    /// The layer's policy, where it keeps the request from what is inside, should it refuse it: unless the request is for an
    /// annotated handler, which can be told.
    pub(super) fn enforced(&self, request: &HttpRequest) -> Option<&'static Answers> {
        let policy = self.policy().filter(|policy| policy.enforces())?;
        let about = About::new(request);
        let target = self
            .targets(request)
            .and_then(|targets| targets.handler(&about.path, about.method(), about.consumed()));
        (!target.is_some_and(|target| target.is_certain)).then_some(policy)
    }

    /// Whose policy is for the response to an actual request, where no policy inside has decided.
    #[cold]
    pub(super) fn whose<B>(
        &self,
        asked: &Asked,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> Option<&'static Answers> {
        let Some(targets) = self.known_targets() else {
            return self.policy();
        };
        asked.with(result, |about| {
            let told = || targets.handler(&about.path, about.method(), about.consumed());
            let is_unannotated =
                || targets.is_unannotated(&about.path, about.method(), about.consumed());
            let status = status(result);
            if !is_error(status) {
                return if self.is_routed(targets, about, result) {
                    self.policy()
                } else {
                    // Which is for no handler, or was given in its place: a success is not for pages on a guess.
                    self.policy()
                        .filter(|_| told().is_none() && is_unannotated())
                };
            }
            let is_not_found = is_not_found(status);
            match told() {
                // The handler was not reached; at the path of its scope the router's words are the same where it was.
                Some(target)
                    if !is_not_found && (target.mount.path.is_empty() || is_unrouted(result)) =>
                {
                    let annotation = target.mount.annotation;
                    (!annotation.is_off()).then(|| annotation.answers())
                }
                Some(_) if is_unrouted(result) => None,
                _ if self.is_routed(targets, about, result) => self.policy(),
                _ => self.policy().filter(|_| is_not_found || is_unannotated()),
            }
        })
    }

    /// Whose policy is for the response where different handlers were asked on the way to it: that of the one which the
    /// response's own request is for.
    #[cold]
    pub(super) fn last_of_several<B>(
        &self,
        asked: &Asked,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> Option<&'static Answers> {
        let targets = self.known_targets().filter(|_| result.is_ok())?;
        asked.with(result, |about| {
            let target = targets.handler(&about.path, about.method(), about.consumed())?;
            let annotation = target.mount.annotation;
            (!annotation.is_off()).then(|| annotation.answers())
        })
    }

    /// Whether a preflight that no policy has answered is for a path that annotated handlers have. The log is told of it.
    #[cold]
    pub(super) fn is_annotated<B>(
        &self,
        asked: &Asked,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> bool {
        asked.with(result, |about| {
            let (path, method, consumed) = (&about.path, about.method(), about.consumed());
            let targets = self.known_targets();
            let is_annotated = targets.is_some_and(|targets| targets.has_path(path, consumed));
            match targets.and_then(|targets| targets.meant(path, method, consumed)) {
                Some(mount) if is_answered_in_front(mount, result) => {
                    let is_first = !mount.has_warned.replace(true);
                    let (pattern, status) = (routed(result).unwrap_or_default(), status(result));
                    let item = mount.annotation.item();
                    log::answered_in_front(item, &pattern, status, about.head, is_first);
                }
                _ if is_annotated => log::unclaimed(about.head),
                Some(_) => {}
                None => self.warn_of_unannotated(about, result),
            }
            is_annotated
        })
    }

    /// Tells the log, once for each pattern, of a preflight that nobody can answer: all handlers of the path have no annotation,
    /// and the layer has no policy for them.
    fn warn_of_unannotated<B>(
        &self,
        about: &About<'_>,
        result: &Result<ServiceResponse<B>, Error>,
    ) {
        if self.policy.is_some() || !is_error(status(result)) {
            return;
        }
        let app = self.app.get().and_then(Option::as_deref);
        let routes = match result {
            Ok(response) => Some(response.request().resource_map()),
            Err(_) => app.and_then(App::routes),
        };
        if let Some(pattern) = routes.and_then(|routes| routes.match_pattern(&about.path))
            && self.warned.borrow_mut().insert(pattern.clone())
        {
            log::unannotated(&pattern, about.head);
        }
    }

    /// Whether a resource without an annotation has got the request: the router takes off the path what it has matched. If
    /// an annotated handler seemed to be meant, that is told, once.
    fn is_routed<B>(
        &self,
        targets: &Targets,
        about: &About<'_>,
        result: &Result<ServiceResponse<B>, Error>,
    ) -> bool {
        let Ok(response) = result else { return false };
        if is_unrouted(result) {
            return false;
        }
        if let Some(pattern) = response.request().match_pattern()
            && let Some(mount) = targets.contradict(&about.path, &pattern, about.method())
        {
            log::contradicted(mount.annotation.item(), &pattern, about.head);
        }
        true
    }

    /// Looks for another layer around this one, which sets the headers in its place. It is there for each request or for
    /// none; one that passes here a second time carries this layer's own listener as well.
    #[inline]
    pub(super) fn find_outer(&self, request: &ServiceRequest) {
        self.outer.get_or_init(|| {
            let outer = Listener::around(request)?;
            if let Some(policy) = self.policy().filter(|_| outer.is_alone()) {
                log::inside_another_layer(policy.item());
            }
            Some(outer.clone())
        });
    }

    #[inline]
    pub(super) fn outer(&self) -> Option<&Listener> {
        self.outer.get()?.as_ref()
    }

    fn app(&self, request: &HttpRequest) -> Option<&App> {
        let find = || {
            let app = App::serving(request)?;
            app.add_layer(self.item);
            Some(app)
        };
        self.app.get_or_init(find).as_deref()
    }

    fn targets(&self, request: &HttpRequest) -> Option<&Targets> {
        self.app(request)?.targets()
    }

    /// The same, after the layer has seen a request.
    fn known_targets(&self) -> Option<&Targets> {
        self.app.get()?.as_ref()?.targets()
    }
}

/// Whether something that the program has put in front of an annotated handler has answered its preflight: not a guard, by
/// which a client decides, nor a resource that is meant for a part of the handler's paths.
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

/// The router's own word that there is no such handler.
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
