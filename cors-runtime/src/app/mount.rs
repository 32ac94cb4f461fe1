//! The annotated handlers of an app, as it registers them.
//!
//! actix calls `register` for each service of an app, on the worker's thread, and shows it neither the other
//! services nor the app's middleware. So the handlers of an app are listed here, in a registry of the thread, under a number. The
//! app's map of resources has an external resource whose URL contains that number. A request reads it there, and so finds its app.

use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::future::ready;
use std::iter;
use std::rc::{Rc, Weak};

use actix_web::HttpRequest;
use actix_web::dev::{
    AppService, ResourceDef, ResourceMap, ServiceRequest, fn_factory, fn_service,
};
use actix_web::guard::{Guard, fn_guard};
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpResponse};

use super::app_parts::AppParts;
use super::audit_trace::AuditTrace;
use super::index::HandlerIndex;
use super::layer_declaration::LayerDeclaration;
use super::sample::sample_paths;
use super::unreachable::unreachable_handlers;
use crate::annotation::Annotation;
use crate::respond::{PolicyRef, log};

thread_local! {
    static REGISTRY: RefCell<Registry> = const { RefCell::new(Registry { last: 0, apps: Vec::new() }) };
}

/// The apps of the thread that have annotated handlers. The probes of each app own its entry, and drop it with the app.
struct Registry {
    /// The number of the last app that was listed.
    last: u64,
    apps: Vec<Weak<AnnotatedApp>>,
}

/// The annotated handlers of one app on one worker.
pub(crate) struct AnnotatedApp {
    number: u64,
    /// The app's default service: each app has its own, and hands it on to its scopes.
    identity: Weak<dyn Any>,
    mounts: RefCell<Vec<Rc<Mount>>>,
    /// Made with the app's services.
    index: OnceCell<HandlerIndex>,
    /// The layers that have seen a request.
    layers: RefCell<Vec<LayerDeclaration>>,
}

/// A registered path of an annotated handler, in one app.
pub(crate) struct Mount {
    pub(crate) annotation: &'static Annotation,
    /// The name of the handler's resource.
    pub(crate) resource: &'static str,
    /// The methods that other origins may use.
    pub(crate) cors_methods: Vec<&'static str>,
    /// The methods that the handler serves.
    pub(crate) served: &'static [&'static str],
    /// `Access-Control-Allow-Methods`; `None` where no preflight is answered.
    pub(crate) allow_methods: Option<HeaderValue>,
    /// Whether the route attribute has a guard of the user's.
    pub(crate) is_guarded: bool,
    /// The pattern that the route attribute has, without the patterns of the scopes around it.
    pub(crate) pattern: String,
    /// Whether the log has been told that something in front answers the handler's preflights.
    pub(crate) has_warned_of_answer_in_front: Cell<bool>,
    pub(crate) sample_paths: OnceCell<Vec<String>>,
    /// Finds the scope that the handler is in.
    pub(crate) probe: Probe,
}

/// A resource beside the handler, in its scope or at the root of the app. Its guard passes only the requests of an audit. actix's map of
/// resources knows the patterns of the scopes around it.
#[derive(Clone)]
pub(crate) struct Probe {
    map: Rc<ResourceMap>,
    /// The probe's path, behind the prefix of its scope.
    leaf: String,
    is_scoped: bool,
}

/// The beginning of a probe's path. No handler's path begins with it.
const PROBE: &str = "/\u{1}cors";
/// The path of the probe at the root, percent-encoded. An audit asks for it, to learn which app it is.
pub(crate) const PROBE_URL_PATH: &str = "/%01cors0";
/// The number of segments behind the first in a probe's path: only a pattern with an open tail matches so many.
const DEPTH: usize = 12;
/// The name of the external resource whose address carries an app's number.
const MARKER: &str = "\u{1}cors";

impl Mount {
    /// The handler's policy; `None` if it is `off`.
    pub(crate) fn policy(&self) -> Option<PolicyRef> {
        (!self.annotation.is_off()).then(|| PolicyRef::Static(self.annotation.compiled()))
    }

    /// The patterns of the enclosing scopes; empty at the root. Known once the app is built.
    pub(crate) fn prefix(&self) -> Option<String> {
        let Probe { map, leaf, .. } = &self.probe;
        let mut pattern = map.match_pattern(leaf)?;
        pattern.truncate(pattern.len().checked_sub(leaf.len())?);
        Some(pattern)
    }

    /// The whole pattern. Known once the app is built.
    pub(crate) fn full_pattern(&self) -> Option<String> {
        Some(format!("{}{}", self.prefix()?, self.pattern))
    }

    /// Paths that the whole pattern matches.
    pub(crate) fn sample_paths(&self) -> &[String] {
        let make = || {
            let pattern = self.full_pattern();
            pattern.map_or_else(Vec::new, |pattern| sample_paths(&pattern))
        };
        self.sample_paths.get_or_init(make)
    }

    pub(crate) fn answers_preflights_itself(&self) -> bool {
        self.annotation.leaves_preflights_to_handler(self.served)
    }

    pub(crate) fn is_scoped(&self) -> bool {
        self.probe.is_scoped
    }

    /// Asks actix's map of resources where it looks for a path behind `prefix`. The map ignores guards.
    pub(crate) fn level(&self, routes: &ResourceMap, prefix: &str) -> Level {
        let leaf = &self.probe.leaf;
        match routes.match_pattern(&format!("{prefix}{leaf}")) {
            Some(found) if found.ends_with(leaf) => Level::Searched,
            Some(_) => Level::Unknown,
            None => Level::Elsewhere,
        }
    }
}

/// Where actix looks for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Among the resources beside the handler.
    Searched,
    /// In an earlier scope with the same prefix.
    Elsewhere,
    /// A resource in front takes any path, so nothing is known.
    Unknown,
}

impl AnnotatedApp {
    /// Lists one path of one handler, for the app that `config` belongs to.
    pub(crate) fn mount(config: &mut AppService, make: impl FnOnce(Probe) -> Mount) {
        let app = Self::of(config);
        // The root has no prefix to find, so one probe is enough there. An audit asks for its path.
        let (number, at_root) = if config.is_root() {
            let mounts = app.mounts.borrow();
            let mut probes = mounts.iter().map(|mount| &mount.probe);
            (0, probes.find(|probe| !probe.is_scoped).cloned())
        } else {
            (app.mounts.borrow().len() + 1, None)
        };
        let probe = at_root.unwrap_or_else(|| Probe::new(config, number, &app));
        app.mounts.borrow_mut().push(Rc::new(make(probe)));
    }

    fn of(config: &mut AppService) -> Rc<Self> {
        let default: Rc<dyn Any> = config.default_service();
        let identity = Rc::downgrade(&default);
        REGISTRY.with_borrow_mut(|registry| {
            let known = registry.find(|app| Weak::ptr_eq(&app.identity, &identity));
            known.unwrap_or_else(|| {
                registry.last += 1;
                let app = Rc::new(Self {
                    number: registry.last,
                    identity,
                    mounts: RefCell::default(),
                    index: OnceCell::new(),
                    layers: RefCell::default(),
                });
                AppParts::note_app(&app);
                registry.apps.retain(|app| app.strong_count() > 0);
                registry.apps.push(Rc::downgrade(&app));
                app
            })
        })
    }

    /// The app that serves this request; `None` if it has no annotated handler.
    pub(crate) fn serving(request: &HttpRequest) -> Option<Rc<Self>> {
        // An external resource's URL does not depend on the request's host, so that actix does not compute and keep the
        // request's connection info for it.
        let routes = request.resource_map();
        let marker = routes
            .url_for(request, MARKER, iter::empty::<&str>())
            .ok()?;
        let number = marker.host_str()?.parse::<u64>().ok()?;
        let app = REGISTRY.with_borrow(|registry| registry.find(|app| app.number == number))?;
        if app.index.get()?.set_routes(routes) {
            app.warn_of_unreachable_handlers(Some(routes));
        }
        Some(app)
    }

    /// The apps of the thread that have annotated handlers.
    pub(crate) fn all() -> Vec<Rc<Self>> {
        REGISTRY.with_borrow(|registry| registry.apps.iter().filter_map(Weak::upgrade).collect())
    }

    /// All resources of the app, once it serves.
    pub(crate) fn routes(&self) -> Option<&ResourceMap> {
        self.index.get()?.routes()
    }

    /// The layers that have seen a request.
    pub(crate) fn layers(&self) -> Vec<LayerDeclaration> {
        self.layers.borrow().clone()
    }

    /// Notes a layer of the app.
    pub(crate) fn add_layer(&self, layer: LayerDeclaration) {
        self.layers.borrow_mut().push(layer);
    }

    /// Makes the index. actix makes the services of an app when all resources are registered.
    fn note_all_are_registered(&self) {
        if self.index.get().is_none() {
            self.index
                .get_or_init(|| HandlerIndex::new(&self.mounts.borrow()));
            self.warn_of_unreachable_handlers(None);
        }
    }

    /// Tells the log of handlers that never run because another has their path, method and a policy of its own: of those at
    /// the root when the app is built, of the others when its routes are known.
    fn warn_of_unreachable_handlers(&self, routes: Option<&ResourceMap>) {
        for pair in unreachable_handlers(&self.mounts.borrow(), routes) {
            let (first, second) = (pair.first.annotation, pair.second.annotation);
            let is_told = routes.is_some() && !pair.second.is_scoped();
            if !std::ptr::eq(first, second) && !is_told {
                let pattern = pair.second.full_pattern().unwrap_or_default();
                log::unreachable(
                    first.declaration(),
                    second.declaration(),
                    pair.method,
                    &pattern,
                );
            }
        }
    }

    /// The mounts in the order of their registration, which is the router's.
    pub(crate) fn mounts(&self) -> Vec<Rc<Mount>> {
        self.mounts.borrow().clone()
    }

    /// The handlers by path, once the app is built.
    pub(crate) fn index(&self) -> Option<&HandlerIndex> {
        self.index.get()
    }

    /// Whether a policy of the app asks a source that takes its time, or looks at more than the origin.
    pub(crate) fn has_sources(&self) -> bool {
        let mounts = self.mounts.borrow();
        mounts
            .iter()
            .any(|mount| !mount.annotation.compiled().is_immediate())
    }
}

impl Registry {
    fn find(&self, is_meant: impl Fn(&AnnotatedApp) -> bool) -> Option<Rc<AnnotatedApp>> {
        let mut apps = self.apps.iter().filter_map(Weak::upgrade);
        apps.find(|app| is_meant(app))
    }
}

impl Probe {
    /// Registers the probe of this number. Its service, which only an audit's requests reach, owns `app` as long as actix's app lives.
    fn new(config: &mut AppService, number: usize, app: &Rc<AnnotatedApp>) -> Self {
        let root = ResourceDef::root_prefix(&format!("{PROBE}{number}"));
        let tail = PROBE.repeat(DEPTH);
        let mut marker = ResourceDef::new(format!("cors://{}", app.number));
        marker.set_name(MARKER);
        let mut map = ResourceMap::new(root.clone());
        map.add(&mut ResourceDef::new(tail.as_str()), None);
        map.add(&mut marker, None);
        let map = Rc::new(map);
        let app = Rc::clone(app);
        let factory = fn_factory(move || {
            app.note_all_are_registered();
            let app = Rc::clone(&app);
            let service = fn_service::<_, _, _, _, _, ()>(move |request: ServiceRequest| {
                let _ = &app;
                async { Ok::<_, Error>(request.into_response(HttpResponse::NotFound().finish())) }
            });
            ready(Ok::<_, ()>(service))
        });
        let audited_only: Box<dyn Guard> = Box::new(fn_guard(AuditTrace::is_audited));
        config.register_service(
            root,
            Some(vec![audited_only]),
            factory,
            Some(Rc::clone(&map)),
        );
        Self {
            map,
            leaf: format!("{PROBE}{number}{tail}"),
            is_scoped: !config.is_root(),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::init_service;
    use actix_web::{App, get};

    use super::REGISTRY;
    use crate::cors;

    #[cors(crate = crate, origins = ["*"])]
    #[get("/")]
    async fn handler() -> &'static str {
        ""
    }

    #[actix_web::test]
    async fn the_registry_forgets_an_app_when_it_notes_the_next() {
        for _ in 0..3 {
            drop(init_service(App::new().service(handler)).await);
        }
        assert_eq!(REGISTRY.with_borrow(|registry| registry.apps.len()), 1);
    }
}
