//! A handler in an app, and the probe by which its scope is found.

use std::cell::{Cell, OnceCell};
use std::future::ready;
use std::rc::Rc;

use actix_web::dev::{
    AppService, ResourceDef, ResourceMap, ServiceRequest, fn_factory, fn_service,
};
use actix_web::guard::{Guard, fn_guard};
use actix_web::http::header::HeaderValue;
use actix_web::{Error, HttpResponse};

use super::audit_trace::AuditTrace;
use super::sample::sample_paths;
use crate::annotation::Annotation;
use crate::respond::PolicyRef;

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

/// A resource beside the handler, in its scope or at the root of the app. actix's map of resources has the patterns of the scopes around
/// it, and so around the handler. Its guard passes only the requests of an audit.
#[derive(Clone)]
pub(crate) struct Probe {
    map: Rc<ResourceMap>,
    /// The probe's path, behind the prefix of its scope.
    leaf: String,
    pub(super) is_scoped: bool,
}

/// The beginning of a probe's path. No handler's path begins with it.
const PROBE: &str = "/\u{1}cors";
/// The path of the probe at the root, percent-encoded. An audit asks for it, to learn which app it is.
pub(crate) const PROBE_URL_PATH: &str = "/%01cors0";
/// The number of segments behind the first in a probe's path: only a pattern with an open tail matches so many.
const DEPTH: usize = 12;
/// The name of the external resource whose address carries an app's number.
pub(super) const MARKER: &str = "\u{1}cors";

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

impl Probe {
    /// Registers the probe of this number, for the app of `app_number`. Its service, which only an audit's requests reach, owns `app` as
    /// long as actix's app lives. `start` is called when all services of the app are registered.
    pub(super) fn new<A: 'static>(
        config: &mut AppService,
        number: usize,
        app_number: u64,
        app: &Rc<A>,
        start: fn(&A),
    ) -> Self {
        let root = ResourceDef::root_prefix(&format!("{PROBE}{number}"));
        let tail = PROBE.repeat(DEPTH);
        let mut marker = ResourceDef::new(format!("cors://{app_number}"));
        marker.set_name(MARKER);
        let mut map = ResourceMap::new(root.clone());
        map.add(&mut ResourceDef::new(tail.as_str()), None);
        map.add(&mut marker, None);
        let map = Rc::new(map);
        let app = Rc::clone(app);
        let factory = fn_factory(move || {
            start(&app);
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
