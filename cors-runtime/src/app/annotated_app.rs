//! The annotated handlers of an app, as it registers them.
//!
//! actix calls `register` for each service of an app, on the worker's thread, and shows it neither the other
//! services nor the app's middleware. So the handlers of an app are listed here, in a registry of the thread, under a number. The
//! app's map of resources has an external resource whose URL contains that number. A request reads it there, and so finds its app.

use std::any::Any;
use std::cell::{OnceCell, RefCell};
use std::iter;
use std::rc::{Rc, Weak};

use actix_web::HttpRequest;
use actix_web::dev::{AppService, ResourceMap};

use super::index::HandlerIndex;
use super::layer_declaration::LayerDeclaration;
use super::mount::{MARKER, Mount, Probe};
use super::pattern::is_same_but_for_names;
use super::unreachable::unreachable_handlers;
use crate::respond::log;

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
        let probe = at_root.unwrap_or_else(|| {
            let start = Self::note_all_are_registered;
            Probe::new(config, number, app.number, &app, start)
        });
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
        let app = Self::numbered(number)?;
        if app.index.get()?.set_routes(routes) {
            app.warn_of_unreachable_handlers(Some(routes));
        }
        Some(app)
    }

    /// The app of this number, as long as it lives.
    pub(crate) fn numbered(number: u64) -> Option<Rc<Self>> {
        REGISTRY.with_borrow(|registry| registry.find(|app| app.number == number))
    }

    /// The number of the last app that was listed.
    pub(super) fn last_number() -> u64 {
        REGISTRY.with_borrow(|registry| registry.last)
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
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

/// Whether a preflight that the router has brought to an annotated handler may be about another resource's request: one
/// without an annotation is in front, under another pattern, and its guards do not know the preflight's method.
pub(crate) fn is_about_another(preflight: &HttpRequest) -> bool {
    let (routes, path) = (preflight.resource_map(), preflight.match_info().as_str());
    let (Some(own), Some(first)) = (preflight.match_pattern(), routes.match_pattern(path)) else {
        return false;
    };
    !is_same_but_for_names(&first, &own)
        && AnnotatedApp::serving(preflight)
            .and_then(|app| {
                Some(
                    app.index()?
                        .is_first_unannotated(routes, path, &first, &own),
                )
            })
            .unwrap_or(false)
}

impl Registry {
    fn find(&self, is_meant: impl Fn(&AnnotatedApp) -> bool) -> Option<Rc<AnnotatedApp>> {
        let mut apps = self.apps.iter().filter_map(Weak::upgrade);
        apps.find(|app| is_meant(app))
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
