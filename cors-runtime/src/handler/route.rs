//! One path of an annotated handler: a resource that takes the handler's requests and the preflights meant for it.

use std::cell::{Cell, OnceCell};

use actix_web::Resource;
use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::guard::{self, Guard, GuardContext};
use actix_web::http::Method;
use actix_web::http::header::HeaderValue;

use super::middleware::{ApplyPolicy, Preflights};
use crate::annotation::Annotation;
use crate::app::{AnnotatedApp, Mount};
use crate::respond::requested_method;

/// One path of an annotated handler.
pub struct Route {
    annotation: &'static Annotation,
    resource: &'static str,
    path: &'static str,
    /// The methods that the handler serves.
    routed: &'static [&'static str],
    /// The methods that other origins may use.
    allowed: Vec<&'static str>,
    is_guarded: bool,
}

impl Route {
    /// The handler, the name of its resource, the path, and the methods that the handler serves there.
    #[must_use]
    pub fn new(
        annotation: &'static Annotation,
        resource: &'static str,
        path: &'static str,
        routed: &'static [&'static str],
    ) -> Self {
        Self {
            annotation,
            resource,
            path,
            routed,
            allowed: left_by(annotation, routed),
            is_guarded: false,
        }
    }

    /// Those of the methods that browsers can use for a page, where those are not all. The policy may leave fewer.
    #[must_use]
    pub fn allowed(mut self, methods: &'static [&'static str]) -> Self {
        self.allowed = left_by(self.annotation, methods);
        self
    }

    /// Says that the resource has guards of the user's.
    #[must_use]
    pub fn guarded(mut self) -> Self {
        self.is_guarded = true;
        self
    }

    /// The resource, for guards, middleware and the handler to be added.
    #[must_use]
    pub fn resource(&self) -> Resource {
        Resource::new(self.path)
            .name(self.resource)
            .guard(MethodGuard::new(self.routed, self.answers_itself()))
    }

    /// The outermost middleware of the resource.
    #[must_use]
    pub fn policy(&self) -> ApplyPolicy {
        ApplyPolicy::new(self.annotation, self.preflights())
    }

    /// Registers the resource, to which the route's guards and middleware have been added.
    pub fn register(self, resource: impl HttpServiceFactory, app: &mut AppService) {
        resource.register(app);
        let allow_methods = match self.preflights() {
            Preflights::Answered { methods, .. } => Some(methods),
            Preflights::Unclaimed | Preflights::Handlers => None,
        };
        AnnotatedApp::mount(
            app,
            Mount {
                annotation: self.annotation,
                resource: self.resource,
                methods: self.allowed,
                routed: self.routed,
                allow_methods,
                is_guarded: self.is_guarded,
                path: with_slash(self.path),
                has_warned: Cell::new(false),
                paths: OnceCell::new(),
                probe: None,
            },
        );
    }

    fn preflights(&self) -> Preflights {
        // The attribute has checked the names to be tokens.
        match HeaderValue::try_from(self.allowed.join(", ")) {
            Ok(names) if !names.is_empty() => Preflights::answered(names),
            _ if self.answers_itself() => Preflights::Handlers,
            _ => Preflights::Unclaimed,
        }
    }

    /// Whether the handler is `off` and serves OPTIONS, and so answers preflights by hand.
    fn answers_itself(&self) -> bool {
        self.annotation.is_off() && self.routed.contains(&"OPTIONS")
    }
}

/// Those of a route's methods that the policy names, its own or the named one's that it starts from.
fn left_by(annotation: &Annotation, routed: &[&'static str]) -> Vec<&'static str> {
    let named = annotation.policy().methods();
    let is_left = |name: &&str| named.is_none_or(|named| named.contains(name));
    routed.iter().copied().filter(is_left).collect()
}

/// Lets the handler's methods pass, and the preflights that ask for one of them, also if other origins may not use it. Otherwise
/// another handler would answer the preflight.
struct MethodGuard {
    names: &'static [&'static str],
    /// Whether the handler takes preflights as it takes any OPTIONS request.
    is_plain: bool,
    /// actix's own guards: they tell a resource that takes no method of a request which ones its neighbours take.
    routed: Vec<Box<dyn Guard>>,
}

impl MethodGuard {
    fn new(names: &'static [&'static str], is_plain: bool) -> Self {
        Self {
            names,
            is_plain,
            // The attribute has checked the names to be tokens.
            routed: names
                .iter()
                .filter_map(|name| Method::from_bytes(name.as_bytes()).ok())
                .map(|method| Box::new(guard::Method(method)) as Box<dyn Guard>)
                .collect(),
        }
    }
}

impl Guard for MethodGuard {
    fn check(&self, request: &GuardContext<'_>) -> bool {
        let is_routed = || self.routed.iter().any(|guard| guard.check(request));
        match requested_method(request.head()) {
            None => is_routed(),
            Some(_) if self.is_plain => is_routed(),
            Some(asked) if self.names.iter().any(|method| asked == method) => true,
            Some(_) => {
                is_routed();
                false
            }
        }
    }
}

/// The path as `actix_web::Resource` registers it: with a leading slash, unless it is empty.
fn with_slash(path: &str) -> String {
    let slash = if path.is_empty() || path.starts_with('/') {
        ""
    } else {
        "/"
    };
    format!("{slash}{path}")
}
