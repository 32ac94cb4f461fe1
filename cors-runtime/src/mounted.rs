//! The annotated handlers of an app, as it registers them: who is mounted where.
//!
//! actix calls `register` for each service of an app and then builds the middleware, all on the worker's thread; neither
//! is told of the other. So handlers are set down in a list of the thread, by the app whose `AppService` they get, and
//! the middleware takes what is there when it is built. With the first request it knows its own app by a resource that
//! is named for it.

use std::any::Any;
use std::cell::RefCell;
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
    static APPS: RefCell<Vec<Rc<App>>> = const { RefCell::new(Vec::new()) };
}

/// The annotated handlers of one app on one worker.
pub(crate) struct App {
    /// The app's default service: each app has its own, and hands it on to its scopes.
    identity: Weak<dyn Any>,
    /// The name of the resource that tells the app's requests.
    marker: String,
    mounts: RefCell<Vec<Rc<Mount>>>,
}

/// One path of one annotated handler.
pub(crate) struct Mount {
    pub(crate) annotation: &'static Annotation,
    /// The name of the handler's resource.
    pub(crate) resource: &'static str,
    pub(crate) methods: &'static [&'static str],
    pub(crate) allow_methods: HeaderValue,
    /// Whether the route attribute has a guard of the user's.
    pub(crate) is_guarded: bool,
    path: String,
    scope: Option<Rc<ResourceMap>>,
}

/// A path that no request has: it would have to be percent-encoded.
const PROBE: &str = "/\u{1}cors";

impl Mount {
    pub(crate) fn new(
        annotation: &'static Annotation,
        resource: &'static str,
        path: String,
        methods: &'static [&'static str],
        allow_methods: HeaderValue,
    ) -> Self {
        Self {
            annotation,
            resource,
            methods,
            allow_methods,
            is_guarded: false,
            path,
            scope: None,
        }
    }

    pub(crate) fn guarded(mut self, is_guarded: bool) -> Self {
        self.is_guarded = is_guarded;
        self
    }

    /// The mount's full pattern, every enclosing scope's prefix in front. Known once the app is built.
    pub(crate) fn full_pattern(&self) -> Option<String> {
        let Some(scope) = &self.scope else {
            return Some(self.path.clone());
        };
        let mut pattern = scope.match_pattern(&format!("{PROBE}{PROBE}"))?;
        let prefix = pattern.len().checked_sub(2 * PROBE.len())?;
        pattern.truncate(prefix);
        pattern.push_str(&self.path);
        Some(pattern)
    }

    /// Whether another resource of the same path can be told from this one by the guard of a scope.
    pub(crate) fn is_scoped(&self) -> bool {
        self.scope.is_some()
    }
}

impl App {
    /// Sets down one path of one handler for the app that `config` belongs to.
    pub(crate) fn mount(config: &mut AppService, mut mount: Mount) {
        let app = Self::of(config);
        mount.scope = (!config.is_root()).then(|| probe(config));
        app.mounts.borrow_mut().push(Rc::new(mount));
    }

    fn of(config: &mut AppService) -> Rc<Self> {
        let default: Rc<dyn Any> = config.default_service();
        let identity = Rc::downgrade(&default);
        let known = APPS.with_borrow_mut(|apps| {
            apps.retain(|app| app.identity.strong_count() > 0);
            apps.iter()
                .find(|app| Weak::ptr_eq(&app.identity, &identity))
                .cloned()
        });
        if let Some(app) = known {
            return app;
        }
        let marker = format!("\u{1}cors app {:p}", Rc::as_ptr(&default));
        let mut resource = ResourceDef::new(PROBE);
        resource.set_name(&marker);
        register_never(config, resource, None);
        let app = Rc::new(Self {
            identity,
            marker,
            mounts: RefCell::default(),
        });
        APPS.with_borrow_mut(|apps| apps.push(Rc::clone(&app)));
        app
    }

    /// The apps that are being built, or were, on this thread.
    pub(crate) fn candidates() -> Vec<Rc<Self>> {
        APPS.with_borrow(Clone::clone)
    }

    /// Whether the request came to this app.
    pub(crate) fn has(&self, request: &HttpRequest) -> bool {
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

/// A resource map inside the scope that `config` belongs to: what it says of its own pattern has the scope's in front.
fn probe(config: &mut AppService) -> Rc<ResourceMap> {
    let root = ResourceDef::root_prefix(PROBE);
    let mut map = ResourceMap::new(root.clone());
    map.add(&mut ResourceDef::new(PROBE), None);
    let map = Rc::new(map);
    register_never(config, root, Some(Rc::clone(&map)));
    map
}

/// Registers a service that no request reaches.
fn register_never(config: &mut AppService, resource: ResourceDef, nested: Option<Rc<ResourceMap>>) {
    let never: Box<dyn Guard> = Box::new(fn_guard(|_| false));
    let service = fn_service(|request: ServiceRequest| async {
        Ok::<_, Error>(request.into_response(HttpResponse::NotFound().finish()))
    });
    config.register_service(resource, Some(vec![never]), service, nested);
}
