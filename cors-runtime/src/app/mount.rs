//! The annotated handlers of an app, as it registers them.
//!
//! actix calls `register` for each service of an app, on the worker's thread, and tells neither the service nor the app's
//! middleware of one another. So the handlers of an app are listed here, in a registry of the thread. The first handler of an
//! app also registers an external resource that carries the app's number, by which a request leads to the list.

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

use super::built::Built;
use super::doubled::doubled;
use super::layer_declaration::LayerDeclaration;
use super::sample::paths;
use super::target::Targets;
use super::witness::Witness;
use crate::annotation::Annotation;
use crate::respond::log;

thread_local! {
    static REGISTRY: RefCell<Registry> = const { RefCell::new(Registry { last: 0, apps: Vec::new() }) };
}

/// The apps of the thread that have annotated handlers. A resource of each app owns its entry, and drops it with the app.
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
    /// Prepared when the app's services are made.
    targets: OnceCell<Targets>,
    /// The layers that have seen a request.
    layers: RefCell<Vec<LayerDeclaration>>,
}

/// One path of one annotated handler.
pub(crate) struct Mount {
    pub(crate) annotation: &'static Annotation,
    /// The name of the handler's resource.
    pub(crate) resource: &'static str,
    /// The methods that other origins may use.
    pub(crate) methods: Vec<&'static str>,
    /// The methods that the handler serves.
    pub(crate) routed: &'static [&'static str],
    /// `Access-Control-Allow-Methods`; `None` where no preflight is answered.
    pub(crate) allow_methods: Option<HeaderValue>,
    /// Whether the route attribute has a guard of the user's.
    pub(crate) is_guarded: bool,
    pub(crate) path: String,
    /// Whether the log has been told that something in front answers the handler's preflights.
    pub(crate) has_warned: Cell<bool>,
    pub(crate) paths: OnceCell<Vec<String>>,
    /// Finds the scope that the handler is in. Set when the handler is mounted.
    pub(crate) probe: Option<Probe>,
}

/// A resource that no request reaches, beside the handler in its scope or at the root of the app. actix's map of resources
/// finds it where it would find the handler's level, and knows the patterns of the scopes around it.
pub(crate) struct Probe {
    map: Rc<ResourceMap>,
    /// The probe's path, behind the prefix of its scope.
    leaf: String,
    is_scoped: bool,
}

/// No request's path begins with this: a client would have to percent-encode the control character, and we look at paths before decoding.
const PROBE: &str = "/\u{1}cors";
/// The path of the first probe at the root, as a request's target: an audit asks for it, to learn which app it is.
pub(crate) const PROBE_TARGET: &str = "/%01cors0";
/// The number of segments in a probe's path: only a pattern with an open tail matches so many.
const DEPTH: usize = 12;
/// The name of the external resource whose address carries an app's number.
const MARKER: &str = "\u{1}cors";

impl Mount {
    /// The patterns of the enclosing scopes; empty at the root. Known once the app is built.
    pub(crate) fn prefix(&self) -> Option<String> {
        let Probe { map, leaf, .. } = self.probe.as_ref()?;
        let mut pattern = map.match_pattern(leaf)?;
        pattern.truncate(pattern.len().checked_sub(leaf.len())?);
        Some(pattern)
    }

    /// The whole pattern. Known once the app is built.
    pub(crate) fn full_pattern(&self) -> Option<String> {
        Some(format!("{}{}", self.prefix()?, self.path))
    }

    /// Paths that the whole pattern matches, made up once.
    pub(crate) fn paths(&self) -> &[String] {
        let make = || {
            self.full_pattern()
                .map_or_else(Vec::new, |pattern| paths(&pattern))
        };
        self.paths.get_or_init(make)
    }

    /// Whether the handler answers preflights by hand: it is `off`, and takes OPTIONS requests, which preflights are.
    pub(crate) fn answers_preflights_itself(&self) -> bool {
        self.annotation.is_off() && self.routed.contains(&"OPTIONS")
    }

    pub(crate) fn is_scoped(&self) -> bool {
        self.probe.as_ref().is_some_and(|probe| probe.is_scoped)
    }

    /// Where actix's search for a path ends if the enclosing scopes match `prefix` of it. Guards are left out of account.
    pub(crate) fn level(&self, routes: &ResourceMap, prefix: &str) -> Level {
        let Some(Probe { leaf, .. }) = &self.probe else {
            return Level::Unknown;
        };
        match routes.match_pattern(&format!("{prefix}{leaf}")) {
            Some(found) if found.ends_with(leaf) => Level::Searched,
            Some(_) => Level::Unknown,
            None => Level::Elsewhere,
        }
    }
}

/// Where actix's search among all resources ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// At the handler's level.
    Searched,
    /// In a scope in front of the handler's, which takes all paths with its prefix.
    Elsewhere,
    /// At a resource that takes any path, so that nothing is known.
    Unknown,
}

impl AnnotatedApp {
    /// Lists one path of one handler, for the app that `config` belongs to.
    pub(crate) fn mount(config: &mut AppService, mut mount: Mount) {
        let app = Self::of(config);
        // The root has one probe, whose path an audit can ask for.
        let number = if config.is_root() {
            0
        } else {
            app.mounts.borrow().len() + 1
        };
        let at_root = app
            .mounts
            .borrow()
            .iter()
            .find(|mount| !mount.is_scoped())
            .cloned();
        mount.probe = Some(match (&at_root, config.is_root()) {
            // The root has no prefix to find, so one probe is enough there.
            (Some(at_root), true) => at_root
                .probe
                .as_ref()
                .map_or_else(|| Probe::new(config, number), Probe::shared),
            _ => Probe::new(config, number),
        });
        app.mounts.borrow_mut().push(Rc::new(mount));
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
                    targets: OnceCell::new(),
                    layers: RefCell::default(),
                });
                Built::note_app(&app);
                registry.apps.retain(|app| app.strong_count() > 0);
                registry.apps.push(Rc::downgrade(&app));
                let mut marker = ResourceDef::new(format!("cors://{}", app.number));
                marker.set_name(MARKER);
                register_never(config, marker, None, Some(Rc::clone(&app)));
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
        if app.targets.get()?.know(routes) {
            app.warn_of_doubled(Some(routes));
        }
        Some(app)
    }

    /// The apps of the thread that have annotated handlers.
    pub(crate) fn all() -> Vec<Rc<Self>> {
        REGISTRY.with_borrow(|registry| registry.apps.iter().filter_map(Weak::upgrade).collect())
    }

    /// All resources of the app, once it serves.
    pub(crate) fn routes(&self) -> Option<&ResourceMap> {
        self.targets.get()?.routes()
    }

    /// The layers that have seen a request.
    pub(crate) fn layers(&self) -> Vec<LayerDeclaration> {
        self.layers.borrow().clone()
    }

    /// Notes a layer of the app.
    pub(crate) fn add_layer(&self, layer: LayerDeclaration) {
        self.layers.borrow_mut().push(layer);
    }

    /// Tells the log of handlers that never run because another has their path, method and a policy of its own: of those at
    /// the root when the app is built, of the others when its routes are known.
    fn warn_of_doubled(&self, routes: Option<&ResourceMap>) {
        for pair in doubled(&self.mounts.borrow(), routes) {
            let (first, second) = (pair.first.annotation, pair.second.annotation);
            let is_told = routes.is_some() && !pair.second.is_scoped();
            if !std::ptr::eq(first, second) && !is_told {
                let pattern = pair.second.full_pattern().unwrap_or_default();
                log::doubled(
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
    pub(crate) fn targets(&self) -> Option<&Targets> {
        self.targets.get()
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
    /// Registers the probe of this number.
    fn new(config: &mut AppService, number: usize) -> Self {
        let root = ResourceDef::root_prefix(&format!("{PROBE}{number}"));
        let tail = PROBE.repeat(DEPTH);
        let mut map = ResourceMap::new(root.clone());
        map.add(&mut ResourceDef::new(tail.as_str()), None);
        let map = Rc::new(map);
        register_never(config, root, Some(Rc::clone(&map)), None);
        Self {
            map,
            leaf: format!("{PROBE}{number}{tail}"),
            is_scoped: !config.is_root(),
        }
    }

    fn shared(&self) -> Self {
        Self {
            map: Rc::clone(&self.map),
            leaf: self.leaf.clone(),
            is_scoped: self.is_scoped,
        }
    }
}

/// Registers a service that no request reaches but an audit's. It owns `app` for as long as the app is there, and prepares what is known of
/// it: services are made when all resources are registered.
fn register_never(
    config: &mut AppService,
    resource: ResourceDef,
    nested: Option<Rc<ResourceMap>>,
    app: Option<Rc<AnnotatedApp>>,
) {
    let never: Box<dyn Guard> = Box::new(fn_guard(Witness::is_with));
    let factory = fn_factory(move || {
        let app = app.clone();
        if let Some(app) = &app {
            app.targets
                .get_or_init(|| Targets::new(&app.mounts.borrow()));
            app.warn_of_doubled(None);
        }
        let service = fn_service::<_, _, _, _, _, ()>(move |request: ServiceRequest| {
            let _ = &app;
            async { Ok::<_, Error>(request.into_response(HttpResponse::NotFound().finish())) }
        });
        ready(Ok::<_, ()>(service))
    });
    config.register_service(resource, Some(vec![never]), factory, nested);
}
