//! In generated apps, a layer gives each request the policy of the handler that it reaches, or none. The apps have trees of scopes,
//! patterns that overlap, methods, policies, guards, and resources without an annotation between them.
//!
//! Each app is built seven times. With actix's attributes alone, it tells which handler gets a request; with `#[cors]` and no layer,
//! it also tells the answer of that handler's policy. The other five are compared with these two:
//!
//! - under `Cors::annotated()`, and under `Cors::annotated()` around an authentication that refuses every request: the layer adds the headers
//!   of the right policy or none, and never those of another policy;
//! - under a fallback: the fallback answers whatever no annotated handler answers;
//! - under a layer that enforces a policy which allows no origin of the requests: nothing without an annotation runs for a page;
//! - with such layers on some scopes: nothing without an annotation in these scopes runs for a page.

mod audited;
mod pool;

use std::cell::Cell;
use std::fmt;
use std::future::ready;

use actix_http::Request;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ResourceDef, Service, ServiceRequest, ServiceResponse, Url};
use actix_web::http::Method;
use actix_web::middleware::{Condition, Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::ServiceConfig;
use actix_web::{App, Error, HttpResponse, error, guard, web};
use cors_runtime::{Cors, cors};
use pool::{Handler, POOL};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const REQUESTS: usize = 48;

#[derive(Clone, Debug)]
enum Node {
    Annotated(Handler),
    /// A resource without an annotation, for one method or for all.
    Plain(&'static str, Option<Method>),
    /// A default service of the scope or the app.
    Default,
    Scope {
        prefix: &'static str,
        guarded: bool,
        /// Whether the scope has a layer in [`Kind::Layered`] apps.
        layered: bool,
        inside: Vec<Node>,
    },
}

/// How an app is registered.
#[derive(Clone, Copy)]
enum Kind {
    /// With actix's attributes alone.
    Route,
    Cors,
    /// With layers on scopes, and whether one of them is around this node.
    Layered(bool),
}

/// Allows no origin that a request here has.
#[cors(origins = ["https://nobody.example"], enforce)]
struct Nobody;

#[cors(origins = ["https://fallback.example"], methods = ["GET", "PUT", "DELETE", "POST"])]
struct Fallback;

impl Node {
    fn register(&self, kind: Kind, app: &mut ServiceConfig) {
        // The body tells which resource ran.
        let (plain, default) = match kind {
            Kind::Layered(true) => ("plain inside", "default inside"),
            _ => ("plain", "default"),
        };
        match self {
            Self::Annotated(handler) => match kind {
                Kind::Route => (handler.register_plain)(app),
                Kind::Cors | Kind::Layered(_) => (handler.register)(app),
            },
            Self::Plain(path, method) => {
                let resource = web::resource(*path).to(move || ready(plain));
                app.service(match method {
                    Some(method) => resource.guard(guard::Method(method.clone())),
                    None => resource,
                });
            }
            Self::Default => {
                app.default_service(web::to(move || ready(default)));
            }
            Self::Scope {
                prefix,
                guarded,
                layered,
                inside,
            } => {
                let has_layer = *layered && matches!(kind, Kind::Layered(_));
                let kind = if has_layer { Kind::Layered(true) } else { kind };
                let mut scope = web::scope(prefix).configure(|app| register(inside, kind, app));
                if *guarded {
                    scope = scope.guard(guard::fn_guard(pool::side));
                }
                if has_layer {
                    app.service(scope.wrap(Cors::of::<Nobody>()));
                } else {
                    app.service(scope);
                }
            }
        }
    }

    /// Whether this node or one inside it passes the test.
    fn any(&self, test: &impl Fn(&Self) -> bool) -> bool {
        let inside = match self {
            Self::Scope { inside, .. } => &inside[..],
            _ => &[],
        };
        test(self) || inside.iter().any(|node| node.any(test))
    }

    fn has_plain(&self) -> bool {
        self.any(&|node| matches!(node, Self::Plain(..) | Self::Default))
    }

    fn has_guard(&self) -> bool {
        self.any(&|node| matches!(node, Self::Scope { guarded: true, .. }))
    }

    fn has_annotation(&self) -> bool {
        self.any(&|node| matches!(node, Self::Annotated(_)))
    }
}

fn register(nodes: &[Node], kind: Kind, app: &mut ServiceConfig) {
    for node in nodes {
        node.register(kind, app);
    }
}

/// The annotated handlers whose pattern and method match a request, whether or not the router would take it there.
fn matching(nodes: &[Node], path: &str, method: &Method) -> Vec<Handler> {
    let mut handlers = Vec::new();
    for node in nodes {
        match node {
            Node::Annotated(handler) => {
                let matches = |(pattern, methods): &(&'static str, &[&str])| {
                    ResourceDef::new(*pattern).is_match(path) && methods.contains(&method.as_str())
                };
                if handler.routes.iter().any(matches) {
                    handlers.push(*handler);
                }
            }
            Node::Plain(..) | Node::Default => {}
            Node::Scope { prefix, inside, .. } => {
                if let Some(end) = ResourceDef::root_prefix(prefix).find_match(path) {
                    handlers.extend(matching(inside, &path[end..], method));
                }
            }
        }
    }
    handlers
}

fn annotated() -> impl Strategy<Value = Node> {
    // The handlers of one path are chosen more often than the others, because they overlap.
    let (of_a, others) = POOL.split_at(8);
    prop_oneof![prop::sample::select(of_a), prop::sample::select(others)].prop_map(Node::Annotated)
}

fn leaf() -> impl Strategy<Value = Node> {
    let path = prop::sample::select(vec![
        "/a",
        "/{any}",
        "/a/b",
        "/s/a",
        "/{x}/{y}",
        "/{tail:.*}",
    ]);
    let method = prop::option::of(prop::sample::select(vec![Method::GET, Method::PUT]));
    let plain = (path, method).prop_map(|(path, method)| Node::Plain(path, method));
    prop_oneof![12 => annotated(), 3 => plain, 1 => Just(Node::Default)]
}

fn nodes() -> impl Strategy<Value = Vec<Node>> {
    let leaves = prop::collection::vec(leaf(), 0..5);
    let tree = leaves.prop_recursive(3, 20, 4, |inside| {
        let scope = (
            prop::sample::select(vec!["/s", "/a", "/{t}", "/s/{t}", ""]),
            prop::bool::weighted(0.4),
            prop::bool::weighted(0.4),
            inside.clone(),
        )
            .prop_map(|(prefix, guarded, layered, inside)| Node::Scope {
                prefix,
                guarded,
                layered,
                inside,
            });
        prop::collection::vec(prop_oneof![3 => leaf(), 2 => scope], 0..6)
    });
    tree.prop_map(|nodes| in_order(&nodes))
}

/// The same nodes in an order that `Cors` supports: it cannot see a resource between two annotated handlers of one path, so that such
/// a resource moves behind them.
fn in_order(nodes: &[Node]) -> Vec<Node> {
    let paths = |nodes: &[Node]| -> Vec<&str> {
        let annotated = |node: &Node| match node {
            Node::Annotated(handler) => handler.routes,
            Node::Plain(..) | Node::Default | Node::Scope { .. } => &[],
        };
        let routes = nodes.iter().flat_map(annotated);
        routes.map(|(path, _)| *path).collect()
    };
    let (mut kept, mut behind) = (Vec::new(), Vec::new());
    for (index, node) in nodes.iter().enumerate() {
        let before = paths(&nodes[..index]);
        let is_between = paths(&nodes[index..])
            .iter()
            .any(|path| before.contains(path));
        let mut node = node.clone();
        if let Node::Scope { inside, .. } = &mut node {
            *inside = in_order(inside);
        }
        if is_between && !matches!(node, Node::Annotated(_)) {
            behind.push(node);
        } else {
            kept.push(node);
        }
    }
    kept.extend(behind);
    kept
}

#[derive(Clone)]
struct Ask {
    path: String,
    method: Method,
    origin: Option<&'static str>,
    side: bool,
}

fn ask() -> impl Strategy<Value = Ask> {
    let prefix = prop::sample::select(vec!["", "", "/s", "/a", "/x", "/s/x", "/s/a", "/x/a"]);
    let path = prop::sample::select(vec!["/a", "/a", "/a", "/b", "/a/b", "/7", "/x", "/", ""]);
    let strange = prop::sample::select(vec![
        "/%61", "/A", "//a", "/x%2Fy", "/s/../a", "/a+b", "/a/", "/a/.", "/%2e/a",
    ]);
    let path = (prefix, prop_oneof![9 => path, 1 => strange])
        .prop_map(|(prefix, path)| format!("{prefix}{path}"))
        .prop_filter("a path", |path| !path.is_empty());
    let method = prop::sample::select(vec![Method::GET, Method::PUT, Method::DELETE, Method::POST]);
    let origin = prop::sample::select(vec![
        Some("https://one.example"),
        Some("https://two.example"),
        Some("https://three.example"),
        Some("https://evil.example"),
        Some("https://fallback.example"),
        None,
    ]);
    (path, method, origin, any::<bool>()).prop_map(|(path, method, origin, side)| Ask {
        path,
        method,
        origin,
        side,
    })
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, method, .. } = self;
        let side = if self.side { " on the side" } else { "" };
        write!(f, "{method} {path} from {:?}{side}", self.origin)
    }
}

impl Ask {
    fn actual(&self) -> TestRequest {
        let mut request = TestRequest::with_uri(&self.path).method(self.method.clone());
        if let Some(origin) = self.origin {
            request = request.insert_header(("origin", origin));
        }
        if self.side {
            request = request.insert_header(("x-side", "1"));
        }
        request
    }

    fn preflight(&self) -> TestRequest {
        self.actual()
            .method(Method::OPTIONS)
            .insert_header(("access-control-request-method", self.method.as_str()))
    }
}

/// The parts of a response that CORS may change.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    status: u16,
    body: String,
    cors: Vec<String>,
    vary: Vec<String>,
    /// The methods that a 405 names.
    allow: Option<String>,
}

impl Seen {
    /// Whether a policy has answered a preflight: such an answer varies by three headers.
    fn is_preflight_answer(&self) -> bool {
        self.vary.len() == 3
    }

    fn says_of(&self, policy: &str, origin: Option<&str>) -> bool {
        (self.cors.clone(), self.vary.clone()) == says(policy, origin)
    }

    fn allowed_methods(&self) -> Option<String> {
        let mut lines = self.cors.iter();
        let line = lines.find_map(|line| line.strip_prefix("access-control-allow-methods: "))?;
        Some(line.to_owned())
    }

    fn says_nothing(&self) -> bool {
        self.cors.is_empty() && self.vary.is_empty()
    }
}

async fn see<S>(app: &S, request: TestRequest) -> Seen
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    let response = match app.call(request.to_request()).await {
        Ok(response) => response.into_parts().1,
        Err(error) => error.error_response(),
    };
    let lower = |name: &str| name.to_ascii_lowercase();
    let mut cors: Vec<_> = response
        .headers()
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("access-control-"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?")))
        .collect();
    cors.sort();
    let mut vary: Vec<_> = response
        .headers()
        .get_all("vary")
        .flat_map(|line| line.to_str().unwrap_or("?").split(','))
        .map(|name| lower(name.trim()))
        .collect();
    vary.sort();
    Seen {
        status: response.status().as_u16(),
        cors,
        vary,
        allow: response
            .headers()
            .get("allow")
            .map(|methods| methods.to_str().unwrap_or("?").to_owned()),
        body: String::from_utf8_lossy(&response.into_body().try_into_bytes().unwrap_or_default())
            .into_owned(),
    }
}

/// The `Access-Control-*` headers and `Vary` that a policy gives an actual request, written by hand.
fn says(policy: &str, origin: Option<&str>) -> (Vec<String>, Vec<String>) {
    let allows = match (policy, origin) {
        ("Anyone", _) => return (vec!["access-control-allow-origin: *".to_owned()], vec![]),
        ("Off", _) => return (vec![], vec![]),
        ("One", Some("https://one.example"))
        | ("Two", Some("https://two.example"))
        | ("Three", Some("https://one.example" | "https://three.example"))
        | ("Fallback", Some("https://fallback.example")) => origin,
        _ => None,
    };
    let mut cors = Vec::new();
    if let Some(origin) = allows {
        if policy == "Two" {
            cors.push("access-control-allow-credentials: true".to_owned());
        }
        cors.push(format!("access-control-allow-origin: {origin}"));
    }
    (cors, vec!["origin".to_owned()])
}

/// The status of the answer to a preflight for a handler, and the methods that it names, written by hand.
fn preflight_of(handler: &Handler, ask: &Ask) -> (u16, Option<String>) {
    let method = ask.method.as_str();
    let mut routes = handler.routes.iter();
    let route = routes.find(|(_, methods)| methods.contains(&method));
    let (_, routed) = route.expect("it has the method");
    let allowed = handler.allowed.unwrap_or(routed);
    let is_allowed = allowed.contains(&method);
    match (handler.policy, is_allowed, &ask.method) {
        ("Off", ..) => (404, None),
        (policy, ..) if says(policy, ask.origin).0.is_empty() => (403, None),
        // Browsers do not compare GET with the methods of the answer, so that the server refuses.
        (_, false, &Method::GET) => (403, Some(allowed.join(", "))),
        _ => (204, Some(allowed.join(", "))),
    }
}

async fn unauthorized(
    request: ServiceRequest,
    _: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.path().len().is_multiple_of(2) {
        Err(error::ErrorUnauthorized("who are you?"))
    } else {
        Ok(request.into_response(HttpResponse::Unauthorized().body("who are you?")))
    }
}

/// Counts of what the layers did, so that the test fails if it tried nothing.
#[derive(Default)]
struct Tally {
    /// A layer gave an error the headers of a handler's policy.
    answered: Cell<usize>,
    /// A layer left such an error without headers, because it could not tell the handler.
    silent: Cell<usize>,
    /// A fallback gave headers.
    fell_back: Cell<usize>,
    /// `enforce` of a layer kept a page from a resource without an annotation.
    enforced: Cell<usize>,
    /// `enforce` of a layer kept a page from an annotated handler.
    kept_out: Cell<usize>,
}

async fn check(nodes: &[Node], asks: &[Ask], tally: &Tally) -> Result<(), TestCaseError> {
    let app = |kind| App::new().configure(move |app| register(nodes, kind, app));
    // A middleware that is off, so that the body has the same type as below.
    let never = || Condition::new(false, from_fn(unauthorized));
    let plain = init_service(app(Kind::Route).wrap(from_fn(boxed))).await;
    let bare = init_service(app(Kind::Cors).wrap(never()).wrap(from_fn(boxed))).await;
    let wrapped = app(Kind::Cors).wrap(Cors::annotated());
    let wrapped = init_service(wrapped.wrap(from_fn(boxed))).await;
    let guarded = app(Kind::Cors).wrap(from_fn(unauthorized));
    let guarded = init_service(guarded.wrap(Cors::annotated()).wrap(from_fn(boxed))).await;
    let fallback = app(Kind::Cors).wrap(Cors::annotated().fallback::<Fallback>());
    let fallback = init_service(fallback.wrap(from_fn(boxed))).await;
    let enforced = app(Kind::Cors).wrap(Cors::of::<Nobody>());
    let enforced = init_service(enforced.wrap(from_fn(boxed))).await;
    let layered = init_service(app(Kind::Layered(false)).wrap(from_fn(boxed))).await;
    let has_plain = nodes.iter().any(Node::has_plain);
    // Before routing, a layer around the app cannot see the guard of a scope, nor the resources behind the scope.
    let may_guess = has_plain && nodes.iter().any(Node::has_guard);

    for ask in asks {
        let truth = see(&bare, ask.actual()).await;
        let routed = see(&plain, ask.actual()).await;
        prop_assert_eq!(
            (truth.status, &truth.body, &truth.allow),
            (routed.status, &routed.body, &routed.allow),
            "the attribute changes where {:?} is routed",
            ask
        );
        let handler = POOL.iter().find(|handler| handler.name == truth.body);
        let reached = handler.map(|handler| handler.policy);
        // A guard may keep a request out of a scope, and a scope may keep it from the handlers behind: then no handler gets the request,
        // and its 404 may have the policy of any handler with the path and the method.
        let path = Url::new(ask.path.parse().expect("a path"));
        let matching = matching(nodes, path.path(), &ask.method);

        // An actual request, after its preflight, as browsers send them.
        if ask.origin.is_some() {
            see(&wrapped, ask.preflight()).await;
        }
        let seen = see(&wrapped, ask.actual()).await;
        prop_assert_eq!(&seen, &truth, "{:?}", ask);
        let seen = see(&fallback, ask.actual()).await;
        prop_assert_eq!((seen.status, &seen.body), (truth.status, &truth.body));
        if reached.is_some() {
            prop_assert_eq!(&seen, &truth, "{:?} under a fallback", ask);
        } else {
            let is_right = seen.says_of("Fallback", ask.origin)
                // The fallback adds nothing only where the request may have been for an annotated handler.
                || seen.says_nothing() && (truth.status == 404 || truth.body == "default");
            prop_assert!(is_right, "{ask:?} under a fallback: {seen:?}");
            if !seen.says_nothing() {
                tally.fell_back.set(tally.fell_back.get() + 1);
            }
        }
        let seen = (
            see(&enforced, ask.actual()).await,
            see(&layered, ask.actual()).await,
        );
        for (seen, inside) in [(seen.0, ""), (seen.1, " inside")] {
            let plain = [format!("plain{inside}"), format!("default{inside}")];
            let ran = plain.contains(&seen.body);
            // The request may have seemed to be for a handler that names its origin, until the guard of a scope sent it elsewhere.
            let named = |handler: &Handler| {
                handler.policy != "Anyone" && !says(handler.policy, ask.origin).0.is_empty()
            };
            let seemed_named = may_guess && matching.iter().any(named);
            prop_assert!(
                !(ran && ask.origin.is_some()) || seemed_named,
                "{ask:?} ran although a layer enforces its policy: {seen:?}"
            );
            if seen.status == 403 && reached.is_some() && inside.is_empty() {
                tally.kept_out.set(tally.kept_out.get() + 1);
            }
            if seen.status == 403 && reached.is_none() {
                tally.enforced.set(tally.enforced.get() + 1);
            }
            if ask.origin.is_none() {
                prop_assert_eq!(seen.status, truth.status, "{:?}", ask);
            }
        }
        if let Some(reached) = reached {
            prop_assert!(truth.says_of(reached, ask.origin), "{ask:?}: {truth:?}");
        }

        // An actual request that authentication turns away.
        let seen = see(&guarded, ask.actual()).await;
        prop_assert_eq!(seen.status, 401);
        if !seen.says_nothing() {
            let is_right = match reached {
                Some(policy) if seen.says_of(policy, ask.origin) => true,
                Some(_) if !may_guess => false,
                _ => {
                    (truth.status == 404 || may_guess)
                        && matching
                            .iter()
                            .any(|handler| seen.says_of(handler.policy, ask.origin))
                }
            };
            prop_assert!(
                is_right,
                "{ask:?} is refused: {seen:?}, but its handler answers {truth:?}"
            );
        }
        if reached.is_some_and(|policy| policy != "Anyone" && policy != "Off") {
            let count = if seen.says_nothing() {
                &tally.silent
            } else {
                &tally.answered
            };
            count.set(count.get() + 1);
        }

        // A request without an origin has no preflight.
        if ask.origin.is_none() {
            continue;
        }
        let truth = see(&bare, ask.preflight()).await;
        // The policy of the handler that gets the request answers its preflight. A resource without an annotation may take one of the two
        // and leave the other.
        if !has_plain && (truth.is_preflight_answer() || reached.is_some()) {
            prop_assert_eq!(
                handler.map(|handler| preflight_of(handler, ask)),
                Some((truth.status, truth.allowed_methods())),
                "the preflight of {:?}: {:?}",
                ask,
                truth
            );
        }
        // The actual request came first: a layer gives up a guess that the router has contradicted.
        let is_guess = |seen: &Seen| {
            let said = (seen.status, seen.allowed_methods());
            may_guess
                && matching
                    .iter()
                    .any(|handler| preflight_of(handler, ask) == said)
        };
        let is_contradicted = routed.body == "plain";
        let is_right = |seen: &Seen| {
            if truth.is_preflight_answer() || !has_plain && reached == Some("Off") {
                *seen == truth
            } else {
                let said = (seen.status, seen.allowed_methods());
                truth.status == 404
                    && seen.is_preflight_answer()
                    && matching
                        .iter()
                        .any(|handler| preflight_of(handler, ask) == said)
            }
        };
        let seen = see(&wrapped, ask.preflight()).await;
        prop_assert!(
            seen == truth || is_right(&seen) || !is_contradicted && is_guess(&seen),
            "the preflight of {ask:?}: {seen:?}, but {truth:?} from the handler"
        );
        let seen = see(&guarded, ask.preflight()).await;
        let turned_away = seen.status == 401 && seen.says_nothing();
        prop_assert!(
            turned_away || is_right(&seen) || is_guess(&seen),
            "the preflight of {ask:?}: {seen:?}, but {truth:?} from the handler"
        );
    }
    Ok(())
}

async fn boxed(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    Ok(next.call(request).await?.map_into_boxed_body())
}

#[test]
fn no_request_ever_gets_another_policy_than_its_handler_would_give() {
    let system = actix_web::rt::System::new();
    let tally = Tally::default();
    let config = Config {
        failure_persistence: None,
        max_shrink_iters: 4096,
        ..Config::default()
    };
    let cases = (nodes(), prop::collection::vec(ask(), 1..=REQUESTS));
    let apps = config.cases;
    let outcome = TestRunner::new(config).run(&cases, |(app, asks)| {
        system.block_on(check(&app, &asks, &tally))
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let counts = [
        &tally.answered,
        &tally.silent,
        &tally.fell_back,
        &tally.enforced,
        &tally.kept_out,
    ];
    let [answered, silent, fell_back, enforced, kept_out] = counts.map(Cell::get);
    println!(
        "{apps} apps, up to {REQUESTS} requests each: the layer answered {answered} times and added nothing {silent} times; a fallback \
answered {fell_back} times; a layer enforced {enforced} times, and kept pages from an annotated handler {kept_out} times"
    );
    assert!(
        answered > silent,
        "the layer adds nothing more often than not: it answered {answered} times, and added nothing {silent} times"
    );
    assert!(fell_back > 0 && enforced > kept_out, "nothing was tried");
}
