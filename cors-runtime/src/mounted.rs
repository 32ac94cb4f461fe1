//! The annotated handlers of an app, as it registers them: who is mounted where.
//!
//! actix calls `register` for each service of an app and then builds the middleware, all on the worker's thread; neither
//! is told of the other. So handlers are set down in a list of the thread, by the app whose `AppService` they get, and
//! the middleware finds its own app with the first request, by a resource that is named for it.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::iter;
use std::rc::{Rc, Weak};

use actix_web::HttpRequest;
use actix_web::dev::{AppService, ResourceDef, ResourceMap, ServiceRequest, fn_service};
use actix_web::error::UrlGenerationError;
use actix_web::guard::{Guard, fn_guard};
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpResponse};

use crate::annotation::Annotation;

thread_local! {
    /// Those of the thread that are being built or are served. A resource of theirs keeps them, so that they go when the
    /// app goes.
    static APPS: RefCell<Vec<Weak<App>>> = const { RefCell::new(Vec::new()) };
}

/// The annotated handlers of one app on one worker.
pub(crate) struct App {
    /// The app's default service: each app has its own, and hands it on to its scopes.
    identity: Weak<dyn Any>,
    /// The name of the resource that tells the app's requests.
    marker: String,
    /// Whether there is a resource at [`ROOT_PROBE`].
    has_root_probe: Cell<bool>,
    mounts: RefCell<Vec<Rc<Mount>>>,
}

/// One path of one annotated handler.
pub(crate) struct Mount {
    pub(crate) annotation: &'static Annotation,
    /// The name of the handler's resource.
    pub(crate) resource: &'static str,
    /// Those that other origins may use.
    pub(crate) methods: &'static [&'static str],
    /// Those that the handler serves.
    pub(crate) routed: &'static [&'static str],
    /// `Access-Control-Allow-Methods`; `None` where no preflight is answered.
    pub(crate) allow_methods: Option<HeaderValue>,
    /// Whether the route attribute has a guard of the user's.
    pub(crate) is_guarded: bool,
    pub(crate) path: String,
    /// Known once it is mounted; `None` at the root.
    pub(crate) scope: Option<Scope>,
}

/// What a mount knows of the scope that it is in.
pub(crate) struct Scope {
    /// A resource map that hangs in the scope's own.
    probe: Rc<ResourceMap>,
    /// The path of the probe's one leaf, behind the scope's prefix. No other mount has it.
    leaf: String,
}

/// The beginning of paths that no request has: in them it would have to be percent-encoded.
const PROBE: &str = "/\u{1}cors";
/// Such a path at the root of an app: of two segments, so that no dynamic segment takes it.
const ROOT_PROBE: &str = "/\u{1}cors/\u{1}cors";

impl Mount {
    /// The mount's full pattern, every enclosing scope's prefix in front. Known once the app is built.
    pub(crate) fn full_pattern(&self) -> Option<String> {
        Some(format!("{}{}", self.prefix()?, self.path))
    }

    /// The patterns of the enclosing scopes.
    pub(crate) fn prefix(&self) -> Option<String> {
        let Some(Scope { probe, leaf }) = &self.scope else {
            return Some(String::new());
        };
        let mut pattern = probe.match_pattern(leaf)?;
        pattern.truncate(pattern.len().checked_sub(leaf.len())?);
        Some(pattern)
    }

    pub(crate) fn is_scoped(&self) -> bool {
        self.scope.is_some()
    }

    /// Whether a request for something behind `prefix`, which is what the patterns of the enclosing scopes match of its
    /// path, gets as far as into the mount's scope, guards aside. A scope takes what it matches from all that come after.
    pub(crate) fn gets(&self, routes: &ResourceMap, prefix: &str) -> bool {
        !self.is_scoped()
            || self
                .find_probe(routes, prefix)
                .is_some_and(|found| self.is_probe(&found))
    }

    /// The pattern under which the path of the mount's probe, behind `prefix`, is found.
    pub(crate) fn find_probe(&self, routes: &ResourceMap, prefix: &str) -> Option<String> {
        routes.match_pattern(&format!("{prefix}{}", self.probe()))
    }

    /// Whether that is the probe's own.
    pub(crate) fn is_probe(&self, pattern: &str) -> bool {
        pattern.ends_with(self.probe())
    }

    /// The path of a resource that no request reaches, in the mount's scope or at the root of the app.
    fn probe(&self) -> &str {
        self.scope.as_ref().map_or(ROOT_PROBE, |scope| &scope.leaf)
    }
}

impl App {
    /// Sets down one path of one handler for the app that `config` belongs to.
    pub(crate) fn mount(config: &mut AppService, mut mount: Mount) {
        let app = Self::of(config);
        if !config.is_root() {
            mount.scope = Some(Scope::of(config, app.mounts.borrow().len()));
        } else if !app.has_root_probe.replace(true) {
            register_never(config, ResourceDef::new(ROOT_PROBE), None, None);
        }
        app.mounts.borrow_mut().push(Rc::new(mount));
    }

    fn of(config: &mut AppService) -> Rc<Self> {
        let default: Rc<dyn Any> = config.default_service();
        let identity = Rc::downgrade(&default);
        let known = Self::all().find(|app| Weak::ptr_eq(&app.identity, &identity));
        if let Some(app) = known {
            return app;
        }
        let marker = format!("\u{1}cors app {:p}", Rc::as_ptr(&default));
        let mut resource = ResourceDef::new(ROOT_PROBE);
        resource.set_name(&marker);
        let app = Rc::new(Self {
            identity,
            marker,
            has_root_probe: Cell::new(config.is_root()),
            mounts: RefCell::default(),
        });
        register_never(config, resource, None, Some(Rc::clone(&app)));
        APPS.with_borrow_mut(|apps| {
            apps.retain(|app| app.strong_count() > 0);
            apps.push(Rc::downgrade(&app));
        });
        app
    }

    /// The apps of this thread.
    fn all() -> impl Iterator<Item = Rc<Self>> {
        let apps = APPS.with_borrow(Clone::clone);
        apps.into_iter().filter_map(|app| app.upgrade())
    }

    /// The app that serves this request; none where it has no annotated handler.
    pub(crate) fn serving(request: &HttpRequest) -> Option<Rc<Self>> {
        Self::all().find(|app| app.has(request))
    }

    /// Whether the request came to this app.
    fn has(&self, request: &HttpRequest) -> bool {
        let url = request
            .resource_map()
            .url_for(request, &self.marker, iter::empty::<&str>());
        !matches!(url, Err(UrlGenerationError::ResourceNotFound))
    }

    /// The mounts in the order of their registration.
    pub(crate) fn mounts(&self) -> Vec<Rc<Mount>> {
        self.mounts.borrow().clone()
    }
}

impl Scope {
    /// The scope that `config` belongs to, for the mount of this number.
    fn of(config: &mut AppService, number: usize) -> Self {
        let root = ResourceDef::root_prefix(&format!("{PROBE}{number}"));
        let mut probe = ResourceMap::new(root.clone());
        probe.add(&mut ResourceDef::new(PROBE), None);
        let probe = Rc::new(probe);
        register_never(config, root, Some(Rc::clone(&probe)), None);
        Self {
            probe,
            leaf: format!("{PROBE}{number}{PROBE}"),
        }
    }
}

/// Registers a service that no request reaches, and that keeps `app` as long as the app is there.
fn register_never(
    config: &mut AppService,
    resource: ResourceDef,
    nested: Option<Rc<ResourceMap>>,
    app: Option<Rc<App>>,
) {
    let never: Box<dyn Guard> = Box::new(fn_guard(|_| false));
    let service = fn_service(move |request: ServiceRequest| {
        let _ = &app;
        async { Ok::<_, Error>(request.into_response(HttpResponse::NotFound().finish())) }
    });
    config.register_service(resource, Some(vec![never]), service, nested);
}
