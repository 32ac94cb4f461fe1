//! `Cors::annotated()` against what the handlers say for themselves, in generated apps: trees of scopes, patterns that
//! overlap, methods, policies, guards, and resources without an annotation between them.
//!
//! Each app is built four times: with actix's attributes alone, bare, under `Cors::annotated()`, and under it with an
//! authentication inside that turns everything away. The first is the truth about who gets a request, and with the second
//! about what a policy says. The other two may stand aside, and must never say anything else.

#[path = "generated/audited.rs"]
mod audited;
#[path = "generated/pool.rs"]
mod pool;

use std::cell::Cell;
use std::fmt;

use actix_http::Request;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ResourceDef, Service, ServiceRequest, ServiceResponse, Url};
use actix_web::http::Method;
use actix_web::middleware::{Condition, Next, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::web::ServiceConfig;
use actix_web::{App, Error, HttpResponse, error, guard, web};
use cors_runtime::Cors;
use pool::{Handler, POOL};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestRunner};

const APPS: u32 = 4096;
const REQUESTS: usize = 48;

#[derive(Clone, Debug)]
enum Node {
    Annotated(Handler),
    /// A resource without an annotation, for one method or for all.
    Plain(&'static str, Option<Method>),
    Scope {
        prefix: &'static str,
        guarded: bool,
        inside: Vec<Node>,
    },
}

impl Node {
    fn register(&self, attribute: Attribute, app: &mut ServiceConfig) {
        match self {
            Self::Annotated(handler) => match attribute {
                Attribute::Cors => (handler.register)(app),
                Attribute::Route => (handler.register_plain)(app),
            },
            Self::Plain(path, method) => {
                let resource = web::resource(*path).to(async || "plain");
                app.service(match method {
                    Some(method) => resource.guard(guard::Method(method.clone())),
                    None => resource,
                });
            }
            Self::Scope {
                prefix,
                guarded,
                inside,
            } => {
                let scope = web::scope(prefix).configure(|app| register(inside, attribute, app));
                app.service(if *guarded {
                    scope.guard(guard::fn_guard(pool::side))
                } else {
                    scope
                });
            }
        }
    }
}

impl Node {
    fn has_plain(&self) -> bool {
        match self {
            Self::Annotated(_) => false,
            Self::Plain(..) => true,
            Self::Scope { inside, .. } => inside.iter().any(Self::has_plain),
        }
    }
}

/// What stands on the handlers: `#[cors]` with a route attribute, or that alone.
#[derive(Clone, Copy)]
enum Attribute {
    Cors,
    Route,
}

fn register(nodes: &[Node], attribute: Attribute, app: &mut ServiceConfig) {
    for node in nodes {
        node.register(attribute, app);
    }
}

/// The annotated handlers of which pattern and method are the request's, or the pattern alone, whether or
/// not it gets there.
fn meant(nodes: &[Node], path: &str, method: Option<&Method>) -> Vec<Handler> {
    let mut handlers = Vec::new();
    for node in nodes {
        match node {
            Node::Annotated(handler) => {
                let is_meant = |(pattern, methods): &(&'static str, &[&str])| {
                    ResourceDef::new(*pattern).is_match(path)
                        && method.is_none_or(|method| methods.contains(&method.as_str()))
                };
                if handler.routes.iter().any(is_meant) {
                    handlers.push(*handler);
                }
            }
            Node::Plain(..) => {}
            Node::Scope { prefix, inside, .. } => {
                if let Some(end) = ResourceDef::root_prefix(prefix).find_match(path) {
                    handlers.extend(meant(inside, &path[end..], method));
                }
            }
        }
    }
    handlers
}

/// Whether guards of scopes may be in the app, or resources without an annotation. Not both: `Cors` documents that it
/// cannot know of a scope's guard, and so of a resource without an annotation to which a request goes for one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Guarded,
    Plain,
}

fn annotated() -> impl Strategy<Value = Node> {
    // Those of one path more often than the others: they get into each other's way.
    let (of_a, others) = POOL.split_at(8);
    prop_oneof![prop::sample::select(of_a), prop::sample::select(others)].prop_map(Node::Annotated)
}

fn leaf(kind: Kind) -> impl Strategy<Value = Node> {
    let path = prop::sample::select(vec!["/a", "/{any}", "/a/b", "/s/a", "/{tail:.*}"]);
    let method = prop::option::of(prop::sample::select(vec![Method::GET, Method::PUT]));
    let plain = (path, method).prop_map(|(path, method)| Node::Plain(path, method));
    let plain_weight = u32::from(kind == Kind::Plain);
    prop_oneof![6 => annotated(), plain_weight => plain]
}

fn nodes(kind: Kind) -> impl Strategy<Value = Vec<Node>> {
    let leaves = prop::collection::vec(leaf(kind), 0..5);
    let tree = leaves.prop_recursive(3, 20, 4, move |inside| {
        let scope = (
            prop::sample::select(vec!["/s", "/a", "/{t}", "/s/{t}"]),
            prop::bool::weighted(if kind == Kind::Guarded { 0.5 } else { 0.0 }),
            inside.clone(),
        )
            .prop_map(|(prefix, guarded, inside)| Node::Scope {
                prefix,
                guarded,
                inside,
            });
        prop::collection::vec(prop_oneof![3 => leaf(kind), 2 => scope], 0..6)
    });
    tree.prop_map(|nodes| in_order(&nodes))
}

/// The same nodes, without the other limit that `Cors` documents: a resource without an annotation between two annotated
/// handlers of one path goes behind them.
fn in_order(nodes: &[Node]) -> Vec<Node> {
    let paths = |nodes: &[Node]| -> Vec<&str> {
        let annotated = |node: &Node| match node {
            Node::Annotated(handler) => handler.routes,
            Node::Plain(..) | Node::Scope { .. } => &[],
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
        let node = match node.clone() {
            Node::Scope {
                prefix,
                guarded,
                inside,
            } => Node::Scope {
                prefix,
                guarded,
                inside: in_order(&inside),
            },
            leaf => leaf,
        };
        if is_between && node.has_plain() {
            behind.push(node);
        } else {
            kept.push(node);
        }
    }
    kept.extend(behind);
    kept
}

fn app() -> impl Strategy<Value = Vec<Node>> {
    prop_oneof![nodes(Kind::Guarded), nodes(Kind::Plain)]
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

/// What came back, as far as CORS has a say in it.
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
    /// A policy has decided about a preflight.
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

/// What a policy says of an actual request, by hand.
fn says(policy: &str, origin: Option<&str>) -> (Vec<String>, Vec<String>) {
    let allows = match (policy, origin) {
        ("Anyone", _) => return (vec!["access-control-allow-origin: *".to_owned()], vec![]),
        ("Off", _) => return (vec![], vec![]),
        ("One", Some("https://one.example"))
        | ("Two", Some("https://two.example"))
        | ("Three", Some("https://one.example" | "https://three.example")) => origin,
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

/// The status of the answer to a preflight for a handler, and the methods that it names, by hand.
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
        // The browser would not look.
        (_, false, &Method::GET) => (403, Some(allowed.join(", "))),
        _ => (204, Some(allowed.join(", "))),
    }
}

async fn everyone_out(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let _ = next;
    if request.path().len().is_multiple_of(2) {
        Err(error::ErrorUnauthorized("who are you?"))
    } else {
        Ok(request.into_response(HttpResponse::Unauthorized().body("who are you?")))
    }
}

/// How often the app-level middleware spoke for a handler, and how often it stood aside.
#[derive(Default)]
struct Tally {
    spoke: Cell<usize>,
    stood_aside: Cell<usize>,
}

async fn check(nodes: &[Node], asks: &[Ask], tally: &Tally) -> Result<(), TestCaseError> {
    let bare = init_service(
        App::new()
            .configure(|app| register(nodes, Attribute::Cors, app))
            .wrap(
                // For a body of the same type.
                Condition::new(false, from_fn(everyone_out)),
            )
            .wrap(from_fn(boxed)),
    );
    let plain = init_service(
        App::new()
            .configure(|app| register(nodes, Attribute::Route, app))
            .wrap(from_fn(boxed)),
    );
    let wrapped = init_service(
        App::new()
            .configure(|app| register(nodes, Attribute::Cors, app))
            .wrap(Cors::annotated())
            .wrap(from_fn(boxed)),
    );
    let guarded = init_service(
        App::new()
            .configure(|app| register(nodes, Attribute::Cors, app))
            .wrap(from_fn(everyone_out))
            .wrap(Cors::annotated())
            .wrap(from_fn(boxed)),
    );
    let (plain, bare) = (plain.await, bare.await);
    let (wrapped, guarded) = (wrapped.await, guarded.await);
    let has_plain = nodes.iter().any(Node::has_plain);

    for ask in asks {
        let truth = see(&bare, ask.actual()).await;
        let routed = see(&plain, ask.actual()).await;
        prop_assert_eq!(
            (truth.status, &truth.body, &truth.allow),
            (routed.status, &routed.body, &routed.allow),
            "{:?} is routed elsewhere by the attribute",
            ask
        );
        let handler = POOL.iter().find(|handler| handler.name == truth.body);
        let reached = handler.map(|handler| handler.policy);
        // Nobody gets what the guard of a scope keeps out, or what a scope takes from the handlers behind it. No handler is
        // told anything wrong then, and the policy may be that of a handler which has the path and the method.
        let path = Url::new(ask.path.parse().expect("a path"));
        let meant = meant(nodes, path.path(), Some(&ask.method));

        // An actual request.
        let seen = see(&wrapped, ask.actual()).await;
        if reached.is_some() || truth.status != 404 {
            prop_assert_eq!(&seen, &truth, "{:?}", ask);
        } else if !seen.says_nothing() {
            let mut of_path = self::meant(nodes, path.path(), None);
            of_path.dedup_by_key(|handler| handler.policy);
            let is_right = if meant.is_empty() {
                of_path.len() == 1 && seen.says_of(of_path[0].policy, ask.origin)
            } else {
                meant
                    .iter()
                    .any(|handler| seen.says_of(handler.policy, ask.origin))
            };
            prop_assert!(is_right, "{ask:?} is for nobody, and gets {seen:?}");
        }
        if let Some(reached) = reached {
            prop_assert!(truth.says_of(reached, ask.origin), "{ask:?}: {truth:?}");
        }

        // One that is turned away before.
        let seen = see(&guarded, ask.actual()).await;
        prop_assert_eq!(seen.status, 401);
        if !seen.says_nothing() {
            let is_right = match reached {
                Some(policy) => seen.says_of(policy, ask.origin),
                None => {
                    truth.status == 404
                        && meant
                            .iter()
                            .any(|handler| seen.says_of(handler.policy, ask.origin))
                }
            };
            prop_assert!(
                is_right,
                "{ask:?} is turned away: {seen:?}, but it is meant for {truth:?}"
            );
        }
        if reached.is_some_and(|policy| policy != "Anyone" && policy != "Off") {
            let count = if seen.says_nothing() {
                &tally.stood_aside
            } else {
                &tally.spoke
            };
            count.set(count.get() + 1);
        }

        // The preflight: without an origin it would be none.
        if ask.origin.is_none() {
            continue;
        }
        let truth = see(&bare, ask.preflight()).await;
        // Answered by the policy of the handler that the request itself gets to. A resource without an annotation may take
        // the one without the other.
        if !has_plain && (truth.is_preflight_answer() || reached.is_some()) {
            prop_assert_eq!(
                handler.map(|handler| preflight_of(handler, ask)),
                Some((truth.status, truth.allowed_methods())),
                "the preflight of {:?}: {:?}",
                ask,
                truth
            );
        }
        let is_right = |seen: &Seen| {
            if truth.is_preflight_answer() || !has_plain && reached == Some("Off") {
                *seen == truth
            } else {
                let said = (seen.status, seen.allowed_methods());
                truth.status == 404
                    && seen.is_preflight_answer()
                    && meant
                        .iter()
                        .any(|handler| preflight_of(handler, ask) == said)
            }
        };
        let seen = see(&wrapped, ask.preflight()).await;
        prop_assert!(
            seen == truth || is_right(&seen),
            "the preflight of {ask:?}: {seen:?}, but {truth:?} from the handler"
        );
        let seen = see(&guarded, ask.preflight()).await;
        let turned_away = seen.status == 401 && seen.says_nothing();
        prop_assert!(
            turned_away || is_right(&seen),
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
        cases: APPS,
        failure_persistence: None,
        // The same apps each time.
        rng_seed: RngSeed::Fixed(5),
        max_shrink_iters: 4096,
        ..Config::default()
    };
    let cases = (app(), prop::collection::vec(ask(), 1..=REQUESTS));
    let outcome = TestRunner::new(config).run(&cases, |(app, asks)| {
        system.block_on(check(&app, &asks, &tally))
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let (spoke, stood_aside) = (tally.spoke.get(), tally.stood_aside.get());
    println!(
        "{APPS} apps, up to {REQUESTS} requests each: spoke {spoke} times, stood aside {stood_aside} times"
    );
    assert!(
        spoke > stood_aside,
        "it stands aside more often than not: {spoke} to {stood_aside}"
    );
}
