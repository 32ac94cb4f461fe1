//! Policies inside one another: those of an annotated handler, its module, a scope and the app.

use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use crate::support::{preflight, send, serve};
use actix_web::body::BoxBody;
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::rt::time::sleep;
use actix_web::test::{TestRequest, call_and_read_body, init_service};
use actix_web::{App, Error, HttpRequest, HttpResponse, Responder, get, guard, post, route, web};
use cors_runtime::{
    Allows, Cors, MountedPolicies, OriginSet, OriginSource, PolicyConfig, RuntimePolicy, cors,
};

const APP: (&str, &str) = ("origin", "https://app.example.com");
const OTHER: (&str, &str) = ("origin", "https://other.example.com");
const TENANT: (&str, &str) = ("origin", "https://tenant.example.com");
const EVIL: (&str, &str) = ("origin", "https://evil.example");

#[cors(origins = ["https://app.example.com"], methods = ["*"], headers = ["*"], credentials)]
struct Wide;

#[cors(origins = ["https://app.example.com"], enforce)]
struct Enforced;

#[cors(origins = ["https://other.example.com"], methods = ["GET"])]
struct Strict;

static TENANTS: OriginSet = OriginSet::new();

#[cors(origins = [TENANTS], credentials)]
struct Tenants;

#[cors(origins = ["https://other.example.com"])]
#[post("/annotated")]
async fn annotated() -> impl Responder {
    "annotated"
}

#[cors(origins = ["https://app.example.com"])]
#[route("/annotated", method = "GET", method = "POST")]
async fn for_app() -> impl Responder {
    "for the app"
}

/// Takes the path of `annotated` as well.
#[cors(origins = ["https://app.example.com"])]
#[post("/{again}")]
async fn again() -> impl Responder {
    "again"
}

#[cors(origins = ["https://other.example.com"], methods = ["GET"])]
#[route("/narrow", method = "GET", method = "PUT", method = "POST")]
async fn narrow() -> impl Responder {
    "narrow"
}

#[cors(origins = ["https://other.example.com"])]
#[get("/{tail:.*}")]
async fn everything() -> impl Responder {
    "everything"
}

#[cors(origins = ["https://app.example.com"])]
#[get("")]
async fn at_its_scope() -> impl Responder {
    HttpResponse::Ok()
        .insert_header(("access-control-allow-private-network", "true"))
        .finish()
}

#[cors(origins = ["https://app.example.com"])]
#[get("/type")]
async fn r#type() -> impl Responder {
    "type"
}

#[cors(origins = ["https://app.example.com"], credentials)]
mod module {
    use super::*;

    #[cors(off)]
    #[get("/off")]
    pub async fn off() -> impl Responder {
        HttpResponse::Ok()
            .insert_header(("access-control-allow-origin", "https://by-hand.example"))
            .finish()
    }

    #[cors(off)]
    #[route("/by-hand", method = "GET", method = "OPTIONS")]
    pub async fn by_hand() -> impl Responder {
        HttpResponse::Ok()
            .insert_header(("access-control-allow-origin", "https://by-hand.example"))
            .body("by hand")
    }

    #[cors(policy = super::Strict)]
    #[get("/strict")]
    pub async fn strict() -> impl Responder {
        "strict"
    }
}

async fn unauthorized(
    request: ServiceRequest,
    _: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    Ok(request.into_response(HttpResponse::Unauthorized().finish()))
}

#[test]
fn a_layer_knows_its_handlers_from_the_first_request_on() {
    let by_hand = || web::post().to(async || "by hand");
    for cors in [
        || Cors::of::<Enforced>(),
        || Cors::annotated().fallback::<Enforced>(),
    ] {
        let server = serve(move || {
            App::new()
                .service(annotated)
                .route("/by-hand", by_hand())
                .wrap(cors())
        });
        let response = send(server, "POST", "/annotated", &[OTHER]);
        assert_eq!(
            (response.status, response.allow_origin()),
            (200, Some(OTHER.1)),
            "{response:?}"
        );
        assert_eq!(send(server, "POST", "/annotated", &[EVIL]).status, 200);
        assert_eq!(send(server, "POST", "/by-hand", &[EVIL]).status, 403);
        assert_eq!(send(server, "POST", "/by-hand", &[APP]).status, 200);
    }

    TENANTS.replace([TENANT.1]).expect("a good origin");
    let server = serve(|| {
        App::new()
            .service(annotated)
            .wrap(from_fn(unauthorized))
            .wrap(Cors::annotated().fallback::<Tenants>())
    });
    for (path, origin, readable) in [
        ("/annotated", TENANT, false),
        ("/annotated", OTHER, true),
        ("/elsewhere", TENANT, true),
        ("/elsewhere", OTHER, false),
    ] {
        let response = send(server, "POST", path, &[origin]);
        assert_eq!(response.status, 401);
        assert_eq!(
            response.allow_origin().is_some(),
            readable,
            "{path} {origin:?} {response:?}"
        );
    }
}

#[test]
fn a_layer_that_enforces_refuses_where_it_cannot_tell_the_handler() {
    let server = serve(|| {
        App::new()
            .route("/by-hand", web::get().to(async || "by hand"))
            .service(everything)
            .wrap(Cors::of::<Enforced>())
    });
    for _ in 0..2 {
        let status = |origin| send(server, "GET", "/by-hand", &[origin]).status;
        assert_eq!((status(EVIL), status(APP), status(OTHER)), (403, 200, 403));
        // Also after a preflight.
        preflight(server, "/by-hand", EVIL, "GET");
    }

    // The guard of a scope may send a request elsewhere, so the handler that seems to be meant has to allow the origin.
    let server = serve(|| {
        App::new()
            .service(web::scope("/scope").service(annotated))
            .wrap(Cors::of::<Enforced>())
    });
    let status = |origin| send(server, "POST", "/scope/annotated", &[origin]).status;
    assert_eq!((status(EVIL), status(OTHER)), (403, 200));
}

#[test]
fn a_layer_never_allows_a_method_that_its_handler_does_not_allow() {
    let wide = serve(|| App::new().service(narrow).wrap(Cors::of::<Wide>()));
    for method in ["PUT", "POST"] {
        let reply = preflight(wide, "/narrow", APP, method);
        assert_eq!(
            (reply.status, reply.allow_origin()),
            (403, None),
            "{method}"
        );
    }
    for (method, status) in [("GET", 204), ("PUT", 204), ("POST", 403)] {
        let reply = preflight(wide, "/narrow", OTHER, method);
        let said = reply.one("access-control-allow-methods");
        assert_eq!((reply.status, said), (status, Some("GET")), "{method}");
    }
    let enforced = serve(|| App::new().service(narrow).wrap(Cors::of::<Enforced>()));
    let response = send(enforced, "POST", "/narrow", &[OTHER]);
    assert_eq!(
        (response.status, response.allow_origin()),
        (200, Some(OTHER.1))
    );
}

#[test]
fn a_layer_answers_preflights_only_for_the_methods_of_its_policy() {
    let server = serve(|| {
        App::new()
            .route("/x", web::to(async || "x"))
            .wrap(Cors::of::<Strict>())
    });
    // Browsers use POST whatever `Access-Control-Allow-Methods` says, and not PUT.
    for (method, status) in [("GET", 204), ("PUT", 204), ("HEAD", 403), ("POST", 403)] {
        let reply = preflight(server, "/x", OTHER, method);
        assert_eq!(reply.status, status, "{method}");
        let said = reply.one("access-control-allow-methods");
        assert_eq!(said, Some("GET"), "{method}");
    }
}

#[test]
fn a_page_reads_the_answer_of_a_middleware_around_its_handlers_scope() {
    let scope = || {
        web::scope("/scope")
            .service(at_its_scope)
            .wrap(from_fn(unauthorized))
    };
    let server = serve(move || App::new().service(scope()).wrap(Cors::annotated()));
    let response = send(server, "GET", "/scope", &[APP]);
    assert_eq!(
        (response.status, response.allow_origin()),
        (401, Some(APP.1))
    );
    let response = send(server, "GET", "/scope", &[EVIL]);
    assert_eq!((response.status, response.allow_origin()), (401, None));
    let bare = serve(|| App::new().service(web::scope("/scope").service(at_its_scope)));
    let response = send(bare, "GET", "/scope", &[EVIL]);
    assert_eq!(
        response.cors_headers(),
        Vec::<&str>::new(),
        "the policy removes every `Access-Control-*` header of the handler"
    );
}

#[test]
fn a_handler_may_be_named_like_a_keyword() {
    let server = serve(|| {
        App::new()
            .service(r#type)
            .wrap(from_fn(unauthorized))
            .wrap(Cors::annotated())
    });
    assert_eq!(preflight(server, "/type", APP, "GET").status, 204);
    assert_eq!(
        send(server, "GET", "/type", &[APP]).allow_origin(),
        Some(APP.1)
    );
}

#[test]
fn another_app_that_a_handler_calls_decides_nothing_about_its_response() {
    async fn asks_another_app() -> impl Responder {
        let app = init_service(App::new().service(annotated)).await;
        let request = TestRequest::post().uri("/annotated").insert_header(OTHER);
        call_and_read_body(&app, request.to_request()).await
    }

    let server = serve(|| {
        App::new()
            .route("/asks", web::get().to(asks_another_app))
            .wrap(Cors::of::<Wide>())
    });
    let response = send(server, "GET", "/asks", &[APP]);
    assert_eq!(
        (&*response.body, response.allow_origin()),
        ("annotated", Some(APP.1))
    );
    let response = send(server, "GET", "/asks", &[OTHER]);
    assert_eq!(
        (&*response.body, response.allow_origin()),
        ("annotated", None)
    );
}

#[test]
fn of_two_nested_layers_the_inner_one_decides_preflights_too() {
    let inner = || {
        web::scope("/strict")
            .wrap(Cors::of::<Strict>())
            .route("/x", web::to(async || "x"))
    };
    let beside = || {
        web::scope("/beside")
            .wrap(Cors::of::<Wide>())
            .service(web::resource("/x").route(web::put().to(async || "x")))
            .route("/any", web::to(async || "any"))
    };
    let turned_away = || web::scope("/turned-away").wrap(from_fn(unauthorized));
    for outer in [
        || Cors::of::<Wide>().with_layers_inside(),
        || Cors::annotated().fallback::<Wide>().with_layers_inside(),
    ] {
        let server = serve(move || {
            App::new()
                .service(inner())
                .service(beside())
                .service(turned_away())
                .route("/y", web::put().to(async || "y"))
                .service(web::resource("/z").route(web::put().to(async || "z")))
                .route("/any", web::to(async || "any"))
                .service(annotated)
                .wrap(outer())
        });
        // Twice, because the second answer may come from a cache that the first has filled.
        for _ in 0..2 {
            assert_eq!(preflight(server, "/strict/x", APP, "PUT").status, 403);
            let reply = preflight(server, "/strict/x", OTHER, "GET");
            assert_eq!((reply.status, reply.allow_origin()), (204, Some(OTHER.1)));
            assert_eq!(
                send(server, "GET", "/strict/x", &[APP]).allow_origin(),
                None
            );
            for path in ["/y", "/z", "/any", "/beside/x", "/beside/any", "/nowhere"] {
                let reply = preflight(server, path, APP, "PUT");
                assert_eq!(
                    (reply.status, reply.allow_origin()),
                    (204, Some(APP.1)),
                    "{path}"
                );
                assert_eq!(preflight(server, path, OTHER, "PUT").status, 403, "{path}");
            }
            assert_eq!(preflight(server, "/annotated", OTHER, "POST").status, 204);
            let reply = preflight(server, "/turned-away/x", APP, "PUT");
            assert_eq!((reply.status, reply.allow_origin()), (401, None));
        }
    }
}

#[test]
fn a_layer_on_a_scope_gives_no_response_the_policy_of_a_handler_outside_of_the_scope() {
    let scope = || {
        let scope = web::scope("/scope").wrap(from_fn(unauthorized));
        scope.wrap(Cors::of::<Wide>())
    };
    let in_another = || web::scope("").service(everything);
    for server in [
        serve(move || App::new().service(scope()).service(everything)),
        serve(move || App::new().service(scope()).service(in_another())),
    ] {
        for (origin, allowed) in [(APP, Some(APP.1)), (OTHER, None)] {
            let response = send(server, "GET", "/scope/x", &[origin]);
            assert_eq!((response.status, response.allow_origin()), (401, allowed));
        }
    }
}

#[test]
fn a_layer_knows_a_handler_in_front_of_a_catch_all() {
    let server = serve_turned_away(|app| {
        app.service(annotated).service(for_app).service(everything);
    });
    let reply = preflight(server, "/annotated", APP, "GET");
    assert_eq!((reply.status, reply.allow_origin()), (204, Some(APP.1)));
    let server = serve_turned_away(|app| {
        let scope = web::scope("/scope").service(annotated);
        app.service(scope.service(again));
    });
    let reply = preflight(server, "/scope/annotated", OTHER, "POST");
    assert_eq!((reply.status, reply.allow_origin()), (204, Some(OTHER.1)));
}

/// Serves these handlers inside of `Cors::annotated()`, behind a middleware that answers every request with a 401.
fn serve_turned_away(handlers: fn(&mut web::ServiceConfig)) -> SocketAddr {
    serve(move || {
        App::new()
            .configure(handlers)
            .wrap(from_fn(unauthorized))
            .wrap(Cors::annotated())
    })
}

#[test]
fn a_layer_waits_for_the_verdict_of_a_source_that_takes_its_time() {
    struct Later;

    impl OriginSource for Later {
        fn allows(&self, origin: &str, _: &RequestHead) -> Allows {
            let is_app = origin == APP.1;
            Allows::later(async move {
                sleep(Duration::from_millis(1)).await;
                Ok::<_, Error>(is_app)
            })
        }
    }

    static LATER: Later = Later;

    #[cors(origins = [LATER])]
    struct OfLater;

    #[cors(origins = [LATER])]
    #[get("/later")]
    async fn later() -> impl Responder {
        "later"
    }

    let server = serve(|| {
        App::new()
            .route("/by-hand", web::get().to(async || "by hand"))
            .wrap(Cors::of::<OfLater>())
    });
    for (origin, allowed) in [(APP, Some(APP.1)), (EVIL, None)] {
        let response = send(server, "GET", "/by-hand", &[origin]);
        assert_eq!((response.status, response.allow_origin()), (200, allowed));
    }
    let server = serve_turned_away(|app| {
        app.service(later);
    });
    for (origin, allowed) in [(APP, Some(APP.1)), (EVIL, None)] {
        let response = send(server, "GET", "/later", &[origin]);
        assert_eq!((response.status, response.allow_origin()), (401, allowed));
    }
}

#[test]
fn a_handler_that_is_off_gets_no_policy_from_its_module_or_a_fallback() {
    let server = serve(|| {
        App::new()
            .service(module::off)
            .wrap(Cors::annotated().fallback::<Wide>())
    });
    for origin in [APP, EVIL] {
        let response = send(server, "GET", "/off", &[origin]);
        assert_eq!(
            response.allow_origin(),
            Some("https://by-hand.example"),
            "the handler's own header"
        );
        assert_eq!(response.list("vary"), Vec::<&str>::new());
        assert_eq!(response.cors_headers().len(), 1);
        assert_eq!(preflight(server, "/off", origin, "GET").status, 404);
    }

    let listed = serve(|| {
        let list = async |request: HttpRequest| MountedPolicies::of(&request).to_string();
        App::new()
            .service(module::off)
            .route("/list", web::get().to(list))
    });
    let table = send(listed, "GET", "/list", &[]).body;
    let row = table
        .lines()
        .find(|row| row.contains("/off"))
        .expect("a row");
    let words: Vec<_> = row.split_whitespace().collect();
    assert_eq!(words[..3], ["GET", "/off", "off"], "{table}");
    // The row names the handler's own line, not that of the module's attribute.
    let source = include_str!("layers.rs").lines();
    let line = 1 + source
        .take_while(|line| !line.contains("async fn off("))
        .count();
    assert!(
        row.ends_with(&format!("(tests/it/layers.rs:{line})")),
        "{row}"
    );
}

#[test]
fn a_handler_that_is_off_may_answer_its_preflights_by_hand() {
    for server in [
        serve(|| App::new().service(module::by_hand)),
        serve(|| {
            App::new()
                .service(module::by_hand)
                .wrap(Cors::annotated().fallback::<Wide>())
        }),
    ] {
        for method in ["GET", "PUT"] {
            let reply = preflight(server, "/by-hand", APP, method);
            assert_eq!((reply.status, &*reply.body), (200, "by hand"));
            assert_eq!(reply.allow_origin(), Some("https://by-hand.example"));
        }
    }
}

#[test]
fn a_default_response_behind_a_guarded_scope_gets_no_handlers_policy() {
    let server = serve(|| {
        let scope = web::scope("/scope")
            .guard(guard::Header("x-version", "1"))
            .service(annotated);
        App::new()
            .service(scope)
            .default_service(web::to(async || "private"))
            .wrap(Cors::annotated())
    });
    let version = ("x-version", "1");
    let response = send(server, "POST", "/scope/annotated", &[OTHER, version]);
    assert_eq!(
        (&*response.body, response.allow_origin()),
        ("annotated", Some(OTHER.1))
    );
    let response = send(server, "POST", "/scope/annotated", &[OTHER]);
    assert_eq!(
        (&*response.body, response.cors_headers()),
        ("private", vec![])
    );
}

#[test]
fn a_policy_of_a_handler_replaces_every_key_of_its_module() {
    let server = serve(|| App::new().service(module::strict));
    assert_eq!(send(server, "GET", "/strict", &[APP]).allow_origin(), None);
    let response = send(server, "GET", "/strict", &[OTHER]);
    assert_eq!(response.allow_origin(), Some(OTHER.1));
    assert_eq!(response.one("access-control-allow-credentials"), None);
}

#[test]
fn a_policy_that_is_replaced_holds_from_the_next_request_on() {
    let config = |origin: &str, enforce| PolicyConfig {
        origins: vec![origin.to_owned()],
        methods: Some(vec!["POST".to_owned()]),
        enforce,
        ..PolicyConfig::default()
    };
    let read = |origin: &str, enforce| config(origin, enforce).check().expect("a good policy");
    for with in [Cors::with, |policy| Cors::annotated().fallback_with(policy)] {
        let policy = read(APP.1, false);
        let of_the_app = policy.clone();
        let server = serve(move || {
            App::new()
                .route("/by-hand", web::post().to(async || "by hand"))
                .service(annotated)
                .wrap(with(of_the_app.clone()))
        });
        for (origin, other) in [(APP, EVIL), (EVIL, APP)] {
            let response = send(server, "POST", "/by-hand", &[origin]);
            assert_eq!(
                (response.status, response.allow_origin()),
                (200, Some(origin.1))
            );
            let reply = preflight(server, "/by-hand", origin, "POST");
            assert_eq!((reply.status, reply.allow_origin()), (204, Some(origin.1)));
            let response = send(server, "POST", "/by-hand", &[other]);
            assert_eq!((response.status, response.allow_origin()), (200, None));
            // The annotated handler keeps its policy.
            let response = send(server, "POST", "/annotated", &[OTHER]);
            assert_eq!(
                (response.status, response.allow_origin()),
                (200, Some(OTHER.1))
            );
            assert_eq!(preflight(server, "/annotated", origin, "POST").status, 403);
            policy.replace(&read(other.1, false));
        }
        policy.replace(&read(APP.1, true));
        assert_eq!(send(server, "POST", "/by-hand", &[EVIL]).status, 403);
        assert_eq!(send(server, "POST", "/by-hand", &[APP]).status, 200);
        assert_eq!(send(server, "POST", "/annotated", &[EVIL]).status, 200);
    }
}

#[test]
fn a_policy_for_nobody_allows_nobody_until_it_is_replaced() {
    static POLICY: LazyLock<RuntimePolicy> = LazyLock::new(RuntimePolicy::nobody);
    let server = serve(|| {
        App::new()
            .route("/items", web::get().to(async || "items"))
            .wrap(Cors::with(POLICY.clone()))
    });
    let ask = || {
        let preflight = [APP, ("access-control-request-method", "GET")];
        [
            send(server, "OPTIONS", "/items", &preflight),
            send(server, "GET", "/items", &[APP]),
        ]
    };
    let [preflight, actual] = ask();
    assert_eq!((preflight.status, actual.status), (403, 200));
    for response in [preflight, actual] {
        assert_eq!(response.allow_origin(), None);
        assert!(response.list("vary").contains(&"origin".to_owned()));
    }
    let config = PolicyConfig {
        origins: vec![APP.1.to_owned()],
        ..PolicyConfig::default()
    };
    POLICY.replace(&config.check().expect("a right policy"));
    let [preflight, actual] = ask();
    assert_eq!((preflight.status, actual.status), (204, 200));
    assert_eq!(actual.allow_origin(), Some(APP.1));
}
