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

/// Builds and registers the resource of one path of an annotated handler.
pub struct Route {
    annotation: &'static Annotation,
    resource: &'static str,
    path: &'static str,
    /// The methods that the handler serves.
    served: &'static [&'static str],
    /// The methods that other origins may use.
    cors_methods: Vec<&'static str>,
    is_guarded: bool,
}

impl Route {
    /// The route of the handler that `annotation` describes: the name of its resource, its path, and the methods that it serves.
    #[must_use]
    pub fn new(
        annotation: &'static Annotation,
        resource: &'static str,
        path: &'static str,
        served: &'static [&'static str],
    ) -> Self {
        Self {
            annotation,
            resource,
            path,
            served,
            cors_methods: allowed_by(annotation, served),
            is_guarded: false,
        }
    }

    /// Sets the methods that browsers can send and the attribute allows, if they are fewer than the served ones.
    #[must_use]
    pub fn allowed(mut self, methods: &'static [&'static str]) -> Self {
        self.cors_methods = allowed_by(self.annotation, methods);
        self
    }

    /// Records that the route attribute has a `guard`.
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
            .guard(MethodGuard {
                served: self.served,
                takes_preflights_as_options: self.takes_preflights_as_options(),
                has_other_guards: self.is_guarded,
            })
    }

    /// The outermost middleware of the resource.
    #[must_use]
    pub fn policy(&self) -> ApplyPolicy {
        let preflights = match self.allow_methods() {
            Some(methods) => Preflights::answered(methods),
            None if self.takes_preflights_as_options() => Preflights::ByHandler,
            None => Preflights::NotFound,
        };
        ApplyPolicy::new(self.annotation, preflights)
    }

    /// Registers the resource, to which the route's guards and middleware have been added.
    pub fn register(self, resource: impl HttpServiceFactory, app: &mut AppService) {
        resource.register(app);
        let allow_methods = self.allow_methods();
        AnnotatedApp::mount(app, |probe| Mount {
            annotation: self.annotation,
            resource: self.resource,
            cors_methods: self.cors_methods,
            served: self.served,
            allow_methods,
            is_guarded: self.is_guarded,
            pattern: with_slash(self.path),
            has_warned_of_answer_in_front: Cell::default(),
            sample_paths: OnceCell::new(),
            probe,
        });
    }

    /// `Access-Control-Allow-Methods`; `None` if no preflight is answered.
    fn allow_methods(&self) -> Option<HeaderValue> {
        let names = self.cors_methods.join(", ");
        // The attribute has checked the names to be tokens.
        HeaderValue::try_from(names)
            .ok()
            .filter(|names| !names.is_empty())
    }

    fn takes_preflights_as_options(&self) -> bool {
        self.annotation.leaves_preflights_to_handler(self.served)
    }
}

/// The methods that the policy allows.
fn allowed_by(annotation: &Annotation, methods: &[&'static str]) -> Vec<&'static str> {
    let named = annotation.policy().methods();
    let is_allowed = |name: &&str| named.is_none_or(|named| named.contains(name));
    methods.iter().copied().filter(is_allowed).collect()
}

/// Lets the handler's methods pass, and the preflights that ask for one of them. A preflight also passes if other origins may not use
/// the method, since otherwise another handler would answer it.
struct MethodGuard {
    served: &'static [&'static str],
    /// Whether preflights are OPTIONS requests like others to this handler.
    takes_preflights_as_options: bool,
    has_other_guards: bool,
}

impl Guard for MethodGuard {
    fn check(&self, request: &GuardContext<'_>) -> bool {
        let head = request.head();
        let is_served = match requested_method(head) {
            Some(asked) if !self.takes_preflights_as_options => {
                self.served.iter().any(|method| asked == method)
            }
            _ => self.served.iter().any(|method| head.method == *method),
        };
        if !is_served || self.has_other_guards {
            self.note_methods(request);
        }
        is_served
    }
}

impl MethodGuard {
    /// Runs actix's method guards, because each notes its method in the request, for the `Allow` header of a 405. That takes two
    /// allocations. A request that the handler gets has no 405, so this is not called for it.
    #[cold]
    fn note_methods(&self, request: &GuardContext<'_>) {
        for name in self.served {
            // The attribute has checked the names to be tokens.
            if let Ok(method) = Method::from_bytes(name.as_bytes()) {
                guard::Method(method).check(request);
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
