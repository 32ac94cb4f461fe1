//! One path of an annotated handler: a resource that takes the handler's requests and the preflights meant for it.

use std::rc::Rc;

use actix_web::Resource;
use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::guard::{self, Guard, GuardContext};
use actix_web::http::Method;
use actix_web::http::header::HeaderValue;

use crate::annotation::Annotation;
use crate::middleware::ApplyPolicy;
use crate::mounted::{App, Mount};
use crate::preflight::requested_method;

/// One path of an annotated handler.
pub struct Route {
    annotation: &'static Annotation,
    resource: &'static str,
    path: &'static str,
    methods: Methods,
    allow_methods: Rc<HeaderValue>,
    is_guarded: bool,
}

/// Those that the handler serves, and those of them that other origins may use.
#[derive(Clone, Copy)]
struct Methods {
    routed: &'static [&'static str],
    allowed: &'static [&'static str],
}

impl Route {
    pub(crate) fn new(
        annotation: &'static Annotation,
        resource: &'static str,
        path: &'static str,
        routed: &'static [&'static str],
    ) -> Self {
        let methods = Methods {
            routed,
            allowed: routed,
        };
        Self {
            annotation,
            resource,
            path,
            methods,
            allow_methods: Rc::new(methods.header()),
            is_guarded: false,
        }
    }

    /// The methods that the policy lets other origins use, where those are not all.
    #[must_use]
    pub fn allowed(mut self, methods: &'static [&'static str]) -> Self {
        self.methods.allowed = methods;
        self.allow_methods = Rc::new(self.methods.header());
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
            .guard(MethodGuard::new(self.methods))
    }

    /// The outermost middleware of the resource.
    #[must_use]
    pub fn policy(&self) -> ApplyPolicy {
        ApplyPolicy::new(self.annotation, Rc::clone(&self.allow_methods))
    }

    /// Registers what has become of the resource.
    pub fn register(self, resource: impl HttpServiceFactory, app: &mut AppService) {
        resource.register(app);
        self.set_down(app);
    }

    /// Sets down what is registered already.
    pub fn set_down(self, app: &mut AppService) {
        let Self {
            annotation,
            resource,
            path,
            methods,
            allow_methods,
            is_guarded,
        } = self;
        App::mount(
            app,
            Mount {
                annotation,
                resource,
                methods: methods.allowed,
                routed: methods.routed,
                allow_methods: HeaderValue::clone(&allow_methods),
                is_guarded,
                path: with_slash(path),
                scope: None,
            },
        );
    }
}

impl Methods {
    /// `Access-Control-Allow-Methods`. The attribute has checked the names to be tokens.
    fn header(self) -> HeaderValue {
        HeaderValue::try_from(self.allowed.join(", "))
            .unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// Takes the handler's methods, and the preflights for those that other origins may use.
struct MethodGuard {
    allowed: &'static [&'static str],
    /// actix's own guards: they tell a resource that takes no method of a request which ones its neighbours take.
    routed: Vec<Box<dyn Guard>>,
}

impl MethodGuard {
    fn new(methods: Methods) -> Self {
        let names = methods.routed.iter();
        Self {
            allowed: methods.allowed,
            // The attribute has checked the names to be tokens.
            routed: names
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
            Some(asked) if self.allowed.iter().any(|method| asked == method) => true,
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
