//! Tests a whole app: asks for the preflight of each policy, and checks the answer.

mod ask;
mod report;

use std::rc::Rc;

use actix_http::Request as HttpRequest;
use actix_web::Error;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{Method, StatusCode};

use self::ask::{Answerer, Assessment, ExpectedReply, Reply, request};
pub use self::report::{Audit, AuditedRoute, Evidence, Fault, FaultCause, Omission};
use crate::app::{
    AnnotatedApp, AuditTrace, LayerDeclaration, Mount, MountedPolicies, PROBE_URL_PATH, Scope,
    encoded_path, unreachable_handlers,
};
use crate::policy::{OriginEntry, OriginTable};

/// Asks the whole app for the preflight of each mounted policy, and reports every answer that is not the policy's. It takes one
/// line in a test of yours.
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, put, test};
/// use cors_runtime::{Cors, cors};
///
/// #[cors(origins = ["https://app.example.com"])]
/// #[put("/items/{id}")]
/// async fn update() -> impl Responder {
///     HttpResponse::NoContent()
/// }
///
/// # #[actix_web::main]
/// # async fn main() {
/// let app = test::init_service(App::new().service(update).wrap(Cors::annotated())).await;
/// cors_runtime::test::audit(&app).await.assert_clean();
/// # }
/// ```
///
/// It finds authentication that answers preflights; another CORS middleware outside; an OPTIONS route or another resource in
/// front; a handler that never runs, because another has its path and method; and a layer around no annotated handler.
///
/// # Requests
///
/// For each path and method of a policy, it sends the preflight from an origin that the policy allows, and from a stranger's
/// origin. If the answers are right and the policy has `enforce`, it also sends the request itself from the stranger, which
/// `enforce` refuses. For a dynamic segment it makes up a text that the segment's regular expression matches.
///
/// No annotated handler runs. A handler of yours for OPTIONS, or for any method, gets the preflights that a browser would send it.
///
/// # Limits
///
/// [`Audit::unasked`] lists what could not be tested, and the report prints it:
/// - a path with a segment for which no text could be made up;
/// - a handler behind a guard (of its route or its scope) that these requests do not pass: use [`audit_as`];
/// - an allowed origin, if only an `OriginSource` knows one.
///
/// A layer is known after a request has passed it, so one on a scope without annotated handlers is not seen. Neither is a
/// middleware that alters only the responses of handlers: test that with [`Page`](super::Page).
///
/// If something outside answers every request with an `Err`, no response shows which app has answered. The audit then takes the app
/// with annotated handlers on this thread. If there are several, none is audited.
pub async fn audit<S, B>(app: &S) -> Audit
where
    S: Service<HttpRequest, Response = ServiceResponse<B>, Error = Error>,
{
    audit_as(app, &[]).await
}

/// As [`audit`], with headers on each request for the guards of the app, such as `("host", "api.example.com")`.
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, get, guard, web, test};
/// use cors_runtime::cors;
/// use cors_runtime::test::{audit_as};
///
/// #[cors(origins = ["https://app.example.com"])]
/// #[get("/news")]
/// async fn news() -> impl Responder {
///     HttpResponse::Ok()
/// }
///
/// # #[actix_web::main]
/// # async fn main() {
/// let api = web::scope("").guard(guard::Host("api.example.com")).service(news);
/// let app = test::init_service(App::new().service(api)).await;
/// audit_as(&app, &[("host", "api.example.com")]).await.assert_clean();
/// # }
/// ```
///
/// # Panics
///
/// If a header name or value is not valid.
pub async fn audit_as<S, B>(app: &S, headers: &[(&str, &str)]) -> Audit
where
    S: Service<HttpRequest, Response = ServiceResponse<B>, Error = Error>,
{
    let mut auditor = Auditor {
        service: app,
        headers,
        trace: AuditTrace::new(),
        audit: Audit::default(),
    };
    auditor.run().await;
    auditor.audit
}

/// An origin that no policy names: `.invalid` is never registered.
const STRANGER: &str = "https://cors-audit.invalid";

struct Auditor<'a, S> {
    service: &'a S,
    headers: &'a [(&'a str, &'a str)],
    trace: AuditTrace,
    audit: Audit,
}

/// One method of a mount, with a path that was made up for its pattern.
struct Site<'a> {
    app: &'a AnnotatedApp,
    mount: &'a Rc<Mount>,
    mounts: &'a [Rc<Mount>],
    pattern: &'a str,
    path: &'a str,
    target: &'a str,
    method: &'static str,
}

impl<S, B> Auditor<'_, S>
where
    S: Service<HttpRequest, Response = ServiceResponse<B>, Error = Error>,
{
    async fn run(&mut self) {
        // No handler has this path. Any response to it shows which app has answered.
        let preflight = self.request(PROBE_URL_PATH, Method::OPTIONS, STRANGER, Some("GET"));
        let reply = Reply::of(self.service, preflight).await;
        let layers = self.trace.take_layers();
        let app = match self.app(&reply) {
            Ok(app) => app,
            Err(fault) => return self.audit.faults.push(*fault),
        };
        let mounts = app.as_deref().map_or_else(Vec::new, AnnotatedApp::mounts);
        if mounts.is_empty() {
            for layer in layers.iter().filter(|layer| layer.policy.is_none()) {
                self.audit.faults.push(report::idle(layer));
            }
        }
        let Some(app) = app else { return };
        self.audit.remarks = MountedPolicies::new(Some(&app), &app.layers()).remarks();
        let unreachable = unreachable_handlers(&mounts, app.routes());
        for pair in &unreachable {
            self.audit.faults.push(report::unreachable(pair));
        }
        for mount in &mounts {
            let is_unreachable = |method: &str| {
                let mut unreachable = unreachable.iter();
                unreachable.any(|pair| Rc::ptr_eq(&pair.second, mount) && pair.method == method)
            };
            self.mount(&app, mount, &mounts, is_unreachable).await;
        }
    }

    /// The app that has answered, if it has annotated handlers; a fault if the app cannot be known.
    fn app(&self, reply: &Reply) -> Result<Option<Rc<AnnotatedApp>>, Box<Fault>> {
        if let Some(request) = &reply.request {
            return Ok(AnnotatedApp::serving(request));
        }
        if let Some(number) = self.trace.app_number() {
            return Ok(AnnotatedApp::numbered(number));
        }
        let mut apps = AnnotatedApp::all();
        match apps[..] {
            [] | [_] => Ok(apps.pop()),
            _ => Err(Box::new(report::unknown(reply.status, apps.len()))),
        }
    }

    fn request(
        &self,
        target: &str,
        method: Method,
        origin: &str,
        asks: Option<&str>,
    ) -> HttpRequest {
        request(self.headers, &self.trace, target, method, origin, asks)
    }

    /// Tests one mount.
    async fn mount(
        &mut self,
        app: &AnnotatedApp,
        mount: &Rc<Mount>,
        mounts: &[Rc<Mount>],
        is_unreachable: impl Fn(&str) -> bool,
    ) {
        let declaration = mount.annotation.declaration();
        let methods = if mount.annotation.is_off() {
            mount.served
        } else {
            &mount.cors_methods[..]
        };
        let mut unasked = |method: &str, pattern: &str, why: &str| {
            self.audit
                .unasked
                .push(report::unasked(method, pattern, declaration, why));
        };
        let all = methods.join(" ");
        let Some(pattern) = mount.full_pattern() else {
            return unasked(&all, &mount.pattern, "its scope's prefix is not known");
        };
        if methods.is_empty() {
            return unasked(
                &all,
                &pattern,
                "it has no method that other origins may use",
            );
        }
        if mount.answers_preflights_itself() {
            return unasked(&all, &pattern, "it is `off` and serves OPTIONS itself");
        }
        let is_first = |path: &&String| {
            let routes = app.routes();
            routes.is_some_and(|routes| routes.match_pattern(path).as_ref() == Some(&pattern))
        };
        let mut paths = mount.sample_paths().iter();
        let path = paths.clone().find(is_first).or_else(|| paths.next());
        let Some((path, target)) = path.and_then(|path| Some((path, encoded_path(path)?))) else {
            let why = "no path could be made up for the pattern";
            return unasked(&all, &pattern, why);
        };
        let target = if target.is_empty() { "/" } else { &target };
        for &method in methods.iter().filter(|method| !is_unreachable(method)) {
            let site = Site {
                app,
                mount,
                mounts,
                pattern: &pattern,
                path,
                target,
                method,
            };
            self.site(&site).await;
        }
    }

    async fn site(&mut self, site: &Site<'_>) {
        let allowed = allowed_origin(site.mount);
        if let Err(why) = &allowed {
            self.omit(site, why);
        }
        let mut is_reached = false;
        let allowed = allowed.ok().flatten();
        for origin in allowed.as_deref().into_iter().chain([STRANGER]) {
            let preflight = self.request(site.target, Method::OPTIONS, origin, Some(site.method));
            let expected = ExpectedReply::preflight(site.mount, &preflight).await;
            let reply = Reply::of(self.service, preflight).await;
            self.audit.asked += 1;
            let layers = self.trace.take_layers();
            match site.assess(&expected, &reply, &layers) {
                Assessment::Right => is_reached |= reply.answerer(site.mounts).is(site.mount),
                Assessment::Unclear(why) => return self.omit(site, why),
                Assessment::Wrong(fault) => {
                    let asked = format!(
                        "OPTIONS {} from {origin}, which asks for {}",
                        site.target, site.method
                    );
                    let fault = site.fault(*fault, asked, reply.said(), expected.says());
                    self.audit.faults.push(fault);
                    return;
                }
            }
        }
        self.audit.answered.push(site.about());
        if site.mount.annotation.policy().enforce && !site.mount.annotation.is_off() {
            self.enforced(site, is_reached).await;
        }
    }

    /// Records that a method of a mount could not be tested.
    fn omit(&mut self, site: &Site<'_>, why: &str) {
        let declaration = site.mount.annotation.declaration();
        let omission = report::unasked(site.method, site.pattern, declaration, why);
        self.audit.unasked.push(omission);
    }

    /// Sends the request itself from a stranger, if it is certain that `enforce` refuses it.
    async fn enforced(&mut self, site: &Site<'_>, is_reached: bool) {
        let targets = site.app.index();
        let is_certain = targets
            .and_then(|targets| targets.handler(site.path, site.method, Scope::APP))
            .is_some_and(|target| {
                Rc::ptr_eq(&target.mount, site.mount) && (target.is_certain || is_reached)
            });
        let Ok(method) = Method::from_bytes(site.method.as_bytes()) else {
            return;
        };
        let request = self.request(site.target, method, STRANGER, None);
        let expected = ExpectedReply::actual(site.mount, &request).await;
        if !is_certain || !expected.is_refused {
            let why = if is_certain {
                "the policy allows every origin that was tried, so the handler would run"
            } else {
                "the request itself might run another handler"
            };
            return self.omit(site, why);
        }
        let reply = Reply::of(self.service, request).await;
        self.audit.asked += 1;
        self.trace.take_layers();
        // Authentication inside of `Cors::annotated()` may have refused it first.
        if reply.is_error() && reply.cors.is_empty() {
            return;
        }
        let asked = format!("{} {} from {STRANGER}", site.method, site.target);
        let what = "something outside answers the request itself, which `enforce` refuses, or gives it CORS headers";
        let fault = Fault::new(FaultCause::OtherCors, what, report::OTHER_CORS);
        let fault = site.fault(fault, asked, reply.said(), expected.says());
        self.audit.faults.push(fault);
    }
}

impl Site<'_> {
    /// Compares the answer to a preflight with the policy's.
    fn assess(
        &self,
        expected: &ExpectedReply,
        reply: &Reply,
        layers: &[LayerDeclaration],
    ) -> Assessment {
        if expected.is(reply) {
            return Assessment::Right;
        }
        let other_cors = || {
            Assessment::wrong(
                FaultCause::OtherCors,
                expected.difference(reply),
                report::OTHER_CORS,
            )
        };
        let is_not_found = matches!(
            reply.status,
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
        );
        match reply.answerer(self.mounts) {
            Answerer::Handler(other) if !Rc::ptr_eq(&other, self.mount) => Assessment::wrong(
                FaultCause::HandlerInFront,
                format!(
                    "another handler, {}, is in front, and its policy answers the preflight",
                    other.annotation.declaration()
                ),
                "register the right handler in front of the other, or remove one of the two",
            ),
            // The handler does not answer, because a resource without an annotation is in front.
            Answerer::Handler(_) if is_not_found && reply.cors.is_empty() => {
                let routes = self.app.routes();
                let pattern = routes.and_then(|routes| routes.match_pattern(self.path));
                let pattern = pattern.unwrap_or_default();
                let what = format!(
                    "a resource without #[cors], `{pattern}`, is in front and may get the request, so nobody answers its preflight"
                );
                Assessment::wrong(FaultCause::ResourceInFront, what, report::IN_FRONT)
            }
            Answerer::Resource(pattern) => {
                let what = format!(
                    "a resource without #[cors], `{pattern}`, is in front and has answered the preflight"
                );
                Assessment::wrong(FaultCause::ResourceInFront, what, report::IN_FRONT)
            }
            Answerer::Handler(_) => other_cors(),
            Answerer::Outside if !reply.cors.is_empty() || expected.is_status_of(reply) => {
                other_cors()
            }
            Answerer::Outside
                if is_not_found && (self.mount.is_guarded || self.mount.is_scoped()) =>
            {
                Assessment::Unclear(
                    "the preflight reaches no handler: a guard turns it away (`audit_as` sends headers for guards), or a scope in \
                     front takes the path",
                )
            }
            Answerer::Outside if is_not_found => Assessment::wrong(
                FaultCause::Unanswered,
                "the preflight reaches no handler: a scope in front takes the path",
                "register the handler in front of the scope, or in it",
            ),
            Answerer::Outside => {
                let what = format!(
                    "something in front of the policy, such as an authentication, has answered the preflight with {}",
                    reply.status
                );
                Assessment::wrong(FaultCause::TurnedAway, what, report::turned_away(layers))
            }
        }
    }

    fn about(&self) -> AuditedRoute {
        let declaration = self.mount.annotation.declaration();
        AuditedRoute {
            method: self.method.to_owned(),
            pattern: self.pattern.to_owned(),
            handler: declaration.name,
            place: declaration.to_string(),
            path: self.path.to_owned(),
        }
    }

    /// A fault of this handler, with the answer that shows it.
    fn fault(&self, fault: Fault, asked: String, said: String, expected: String) -> Fault {
        Fault {
            about: Some(self.about()),
            exchange: Some(Evidence {
                asked,
                said,
                expected,
            }),
            ..fault
        }
    }
}

/// An origin that the policy allows. `None` if it allows no origin.
fn allowed_origin(mount: &Mount) -> Result<Option<String>, &'static str> {
    let elements = match mount.annotation.policy().origins {
        OriginTable::Anyone => return Ok(Some("https://anyone.example".to_owned())),
        OriginTable::Listed { elements, .. } => elements,
    };
    match elements.iter().flat_map(OriginEntry::texts).next() {
        None if !elements.is_empty() => {
            Err("no allowed origin was tried, since only a source knows them")
        }
        text => Ok(text.map(|text| matching_origin(text))),
    }
}

/// An origin that a pattern matches.
fn matching_origin(pattern: &str) -> String {
    pattern.replace("://*.", "://a.").replace(":*", ":8080")
}

#[cfg(test)]
mod tests {
    use cors_rules::{Origin, Pattern};

    use super::matching_origin;

    #[test]
    fn an_origin_is_made_up_that_the_pattern_matches() {
        for pattern in [
            "https://app.example.com",
            "https://*.example.com",
            "http://*.localhost:*",
        ] {
            let origin = matching_origin(pattern);
            let parsed = Origin::parse(origin.as_bytes()).expect(&origin);
            assert!(Pattern::parse(pattern).is_ok_and(|pattern| pattern.matches(&parsed)));
        }
    }
}
