//! The forms of a policy: named, of a module, with constants, and with origins that are known only at run time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{preflight, send, serve};
use actix_web::dev::RequestHead;
use actix_web::{App, HttpResponse, Responder, get, post, route, web};
use cors_runtime::{Allows, Cors, OriginSet, OriginSource, cors};

const APP: (&str, &str) = ("origin", "https://app.example.com");
const ADMIN: (&str, &str) = ("origin", "https://admin.example.com");
const EVIL: (&str, &str) = ("origin", "https://evil.example");

#[track_caller]
fn assert_reads(server: SocketAddr, path: &str, origin: (&str, &str), reads: bool) {
    let expected = reads.then_some(origin.1);
    let actual = send(server, "GET", path, &[origin]);
    assert_eq!(
        actual.allow_origin(),
        expected,
        "{path} {origin:?} {actual:?}"
    );
    let asked = preflight(server, path, origin, "GET");
    assert_eq!(
        asked.allow_origin(),
        expected,
        "{path} {origin:?} {asked:?}"
    );
    assert_eq!(
        asked.status,
        if reads { 204 } else { 403 },
        "{path} {origin:?}"
    );
}

#[cors(origins = ["https://app.example.com"], methods = ["DELETE", "GET"], headers = ["x-named"], max_age = 60)]
pub struct Named;

#[cors(policy = Named, credentials)]
struct Derived;

mod handlers {
    use super::*;

    #[cors(policy = Named)]
    #[route("/named", method = "GET", method = "PUT", method = "POST")]
    pub(super) async fn named() -> impl Responder {
        "named"
    }

    #[cors(policy = Named, methods = ["PUT"])]
    #[route("/own-methods", method = "GET", method = "PUT")]
    pub(super) async fn own_methods() -> impl Responder {
        "own methods"
    }

    #[cors(policy = super::Derived, origins = ["https://admin.example.com"], max_age = 5)]
    #[get("/derived")]
    pub(super) async fn derived() -> impl Responder {
        "derived"
    }
}

#[test]
fn a_handler_replaces_single_keys_of_its_named_policy() {
    let server = serve(|| {
        App::new()
            .service(handlers::named)
            .service(handlers::derived)
            .service(handlers::own_methods)
            .service(
                web::scope("/of")
                    .wrap(Cors::of::<Named>())
                    .route("/x", web::delete().to(HttpResponse::Ok)),
            )
    });
    assert_reads(server, "/named", APP, true);
    assert_reads(server, "/named", ADMIN, false);
    let reply = preflight(server, "/named", APP, "GET");
    assert_eq!(reply.one("access-control-allow-headers"), Some("x-named"));
    assert_eq!(reply.one("access-control-max-age"), Some("60"));
    assert_eq!(
        reply.one("access-control-allow-methods"),
        Some("GET"),
        "the route's methods that the policy names"
    );
    let put = preflight(server, "/named", APP, "PUT");
    assert_eq!(put.one("access-control-allow-methods"), Some("GET"));
    assert_eq!(preflight(server, "/named", APP, "POST").status, 403);
    let own = preflight(server, "/own-methods", APP, "PUT");
    assert_eq!(own.one("access-control-allow-methods"), Some("PUT"));
    assert_eq!(reply.one("access-control-allow-credentials"), None);

    assert_reads(server, "/derived", ADMIN, true);
    assert_reads(server, "/derived", APP, false);
    let reply = preflight(server, "/derived", ADMIN, "GET");
    assert_eq!(reply.one("access-control-allow-headers"), Some("x-named"));
    assert_eq!(reply.one("access-control-max-age"), Some("5"));
    assert_eq!(reply.one("access-control-allow-credentials"), Some("true"));

    let reply = preflight(server, "/of/x", APP, "DELETE");
    assert_eq!(
        reply.one("access-control-allow-methods"),
        Some("DELETE, GET")
    );
}

#[cors(off)]
#[get("/metrics")]
async fn metrics() -> impl Responder {
    "metrics"
}

#[cors(off)]
#[doc(alias = "metrics")]
#[actix_web::post("/metrics")]
async fn reset() -> impl Responder {
    "reset"
}

#[test]
fn a_handler_that_is_off_is_closed_under_a_wider_fallback() {
    let server = serve(|| {
        App::new()
            .service(metrics)
            .service(reset)
            .wrap(Cors::annotated().fallback::<Derived>())
    });
    for method in ["GET", "POST"] {
        let response = send(server, method, "/metrics", &[APP]);
        assert_eq!(response.status, 200, "{method}");
        assert_eq!(response.cors_headers(), Vec::<&str>::new(), "{method}");
        assert_eq!(preflight(server, "/metrics", APP, method).status, 404);
    }
    assert_reads(server, "/nothing-here", EVIL, false);
}

#[cors(origins = ["https://app.example.com"], credentials, max_age = 60)]
mod api {
    use super::*;

    #[get("/api/default")]
    pub(super) async fn default() -> impl Responder {
        helper()
    }

    #[cors(origins = ["https://admin.example.com"])]
    #[get("/api/stricter")]
    pub(super) async fn stricter() -> impl Responder {
        helper()
    }

    #[cors(off)]
    #[get("/api/off")]
    pub(super) async fn off() -> impl Responder {
        helper()
    }

    fn helper() -> &'static str {
        "no handler, so left alone"
    }
}

#[actix_web::scope("/scope-first")]
#[cors(origins = ["https://app.example.com"])]
mod scope_first {
    use actix_web::{Responder, get};

    #[get("/x")]
    pub async fn x() -> impl Responder {
        "x"
    }
}

#[cors(origins = ["https://app.example.com"])]
#[actix_web::scope("/scope-second")]
mod scope_second {
    use actix_web::{Responder, get};

    #[get("/x")]
    pub async fn x() -> impl Responder {
        "x"
    }
}

#[test]
fn a_module_gives_its_handlers_the_keys_that_they_leave_out() {
    let server = serve(|| {
        App::new()
            .service(api::default)
            .service(api::stricter)
            .service(api::off)
            .service(scope_first::x)
            .service(scope_second::x)
    });
    assert_reads(server, "/api/default", APP, true);
    assert_reads(server, "/api/default", ADMIN, false);
    assert_reads(server, "/api/stricter", ADMIN, true);
    assert_reads(server, "/api/stricter", APP, false);
    for (path, origin) in [("/api/default", APP), ("/api/stricter", ADMIN)] {
        let reply = preflight(server, path, origin, "GET");
        assert_eq!(
            reply.one("access-control-allow-credentials"),
            Some("true"),
            "{path}"
        );
        assert_eq!(reply.one("access-control-max-age"), Some("60"), "{path}");
    }
    assert_eq!(
        send(server, "GET", "/api/off", &[APP]).cors_headers(),
        Vec::<&str>::new()
    );
    assert_eq!(preflight(server, "/api/off", APP, "GET").status, 404);
    assert_reads(server, "/scope-first/x", APP, true);
    assert_reads(server, "/scope-second/x", APP, true);
}

const INNER: &str = "https://inner.example.com";

#[cors(origins = [super::INNER], credentials, max_age = 60)]
mod outer {
    pub mod plain {
        use actix_web::{Responder, get};

        #[get("/inner/plain")]
        pub async fn plain() -> impl Responder {
            "plain"
        }
    }

    #[super::cors(origins = ["https://app.example.com"])]
    pub mod replaced {
        use actix_web::{Responder, get};
        use cors_runtime::cors;

        #[get("/inner/replaced")]
        pub async fn replaced() -> impl Responder {
            "replaced"
        }

        #[cors(max_age = 5)]
        #[get("/inner/replaced-twice")]
        pub async fn twice() -> impl Responder {
            "twice"
        }

        #[actix_web::scope("/inner/scope")]
        pub mod scope {
            use actix_web::{Responder, get};

            #[get("/x")]
            pub async fn x() -> impl Responder {
                "x"
            }
        }
    }

    #[super::cors(policy = super::super::Named)]
    pub mod with_a_policy {
        use actix_web::{Responder, get};
        use cors_runtime::cors;

        #[get("/inner/policy")]
        pub async fn policy() -> impl Responder {
            "policy"
        }

        #[cors(off)]
        #[get("/inner/off")]
        pub async fn off() -> impl Responder {
            "off"
        }
    }
}

#[test]
fn inner_modules_inherit_key_by_key() {
    use outer::{plain, replaced, with_a_policy};
    const OF_INNER: (&str, &str) = ("origin", INNER);
    let server = serve(|| {
        App::new()
            .service(plain::plain)
            .service(replaced::replaced)
            .service(replaced::twice)
            .service(replaced::scope::x)
            .service(with_a_policy::policy)
            .service(with_a_policy::off)
    });
    let rows = [
        ("/inner/plain", OF_INNER, Some("true"), Some("60")),
        ("/inner/replaced", APP, Some("true"), Some("60")),
        ("/inner/replaced-twice", APP, Some("true"), Some("5")),
        ("/inner/scope/x", APP, Some("true"), Some("60")),
        ("/inner/policy", APP, None, Some("60")),
    ];
    for (path, origin, credentials, max_age) in rows {
        assert_reads(server, path, origin, true);
        let other = if origin == APP { OF_INNER } else { APP };
        assert_reads(server, path, other, false);
        let reply = preflight(server, path, origin, "GET");
        assert_eq!(
            reply.one("access-control-allow-credentials"),
            credentials,
            "{path}"
        );
        assert_eq!(reply.one("access-control-max-age"), max_age, "{path}");
    }
    let off = send(server, "GET", "/inner/off", &[APP]);
    assert_eq!(off.cors_headers(), Vec::<&str>::new());
    assert_eq!(preflight(server, "/inner/off", APP, "GET").status, 404);
}

#[cors(origins = ["https://app.example.com"])]
mod under_conditions {
    use actix_web::{Responder, get};
    use cors_runtime::cors;

    #[cfg_attr(any(), get("/v1"))]
    #[cfg_attr(all(), get("/v2"))]
    pub async fn second() -> impl Responder {
        "second"
    }

    #[cfg_attr(all(), cfg_attr(all(), doc = "By a condition.", get("/nested")))]
    pub async fn nested() -> impl Responder {
        "nested"
    }

    #[cors(off)]
    #[cfg_attr(any(), get("/off/v1"))]
    #[cfg_attr(all(), cfg_attr(all(), get("/off/v2")))]
    pub async fn off() -> impl Responder {
        "off"
    }

    #[cfg_attr(all(), cfg_attr(any(), get("/never")))]
    pub fn no_handler() {}
}

#[test]
fn a_module_sees_the_route_attributes_that_conditions_give() {
    use under_conditions::{nested, no_handler, off, second};
    no_handler();
    let server = serve(|| App::new().service(second).service(nested).service(off));
    assert_reads(server, "/v2", APP, true);
    assert_reads(server, "/nested", APP, true);
    let closed = send(server, "GET", "/off/v2", &[APP]);
    assert_eq!((&*closed.body, closed.cors_headers()), ("off", vec![]));
    assert_eq!(preflight(server, "/off/v2", APP, "GET").status, 404);
}

const CONSTANT: &str = "https://app.example.com";
const SEVERAL: [&str; 2] = ["https://one.example.org", "https://*.two.example.org"];
const SLICE: &[&str] = &["https://three.example.org"];
const ARRAY: &[&str; 1] = &["https://four.example.org"];
static SET: OriginSet = OriginSet::new();
static EMPTY: OriginSet = OriginSet::new();
static SOURCES: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];

/// Answers with a future, and fails or panics for some origins.
struct Slow;

impl OriginSource for Slow {
    fn allows(&self, origin: &str, request: &RequestHead) -> Allows {
        SOURCES[0].fetch_add(1, Ordering::SeqCst);
        assert!(!origin.contains("panic-now"), "the source panics");
        let origin = origin.to_owned();
        let by_query = request.uri.query() == Some("let-me-in");
        Allows::later(async move {
            actix_web::rt::time::sleep(std::time::Duration::from_millis(5)).await;
            SOURCES[1].fetch_add(1, Ordering::SeqCst);
            assert!(!origin.contains("panic-later"), "the source panics");
            if origin.contains("fail") {
                return Err("the database is gone");
            }
            Ok(by_query || origin == "https://tenant.example")
        })
    }
}

static SLOW: Slow = Slow;

#[cors(origins = [CONSTANT, SET, EMPTY])]
#[get("/set")]
async fn from_set() -> impl Responder {
    "set"
}

#[cors(origins = [SEVERAL, "https://app.example.com", SLICE, ARRAY])]
#[get("/constants")]
async fn constants() -> impl Responder {
    "constants"
}

#[test]
fn an_array_or_slice_among_the_origins_stands_for_its_elements() {
    let server = serve(|| App::new().service(constants));
    for origin in [
        "https://one.example.org",
        "https://sub.two.example.org",
        "https://three.example.org",
        "https://four.example.org",
        APP.1,
    ] {
        assert_reads(server, "/constants", ("origin", origin), true);
    }
    assert_reads(
        server,
        "/constants",
        ("origin", "https://two.example.org"),
        false,
    );
}

#[cors(origins = ["https://app.example.com", SLOW], credentials)]
#[get("/slow")]
async fn from_source() -> impl Responder {
    "slow"
}

#[test]
fn a_set_is_replaced_as_a_whole_or_not_at_all() {
    let server = serve(|| App::new().service(from_set));
    let one = ("origin", "https://one.example");
    let two = ("origin", "https://shop.two.example");
    assert_reads(server, "/set", APP, true);
    assert_reads(server, "/set", one, false);
    SET.replace(["https://one.example", "https://*.two.example"])
        .expect("two good origins");
    assert_reads(server, "/set", one, true);
    assert_reads(server, "/set", two, true);
    assert_reads(server, "/set", EVIL, false);

    let error = SET.replace([
        "https://three.example",
        "*",
        "https://four.example/",
        "http://five.example",
    ]);
    let error = error.expect_err("three bad origins");
    let refused: Vec<_> = error
        .refused()
        .map(|(origin, rule)| (origin, rule.name()))
        .collect();
    assert_eq!(
        refused,
        [
            ("*", "wildcard_with_credentials"),
            ("https://four.example/", "origin_with_path"),
            ("http://five.example", "insecure_origin_with_credentials"),
        ]
    );
    for (origin, rule) in refused {
        assert!(
            error
                .to_string()
                .contains(&format!("\"{origin}\": {rule}: ")),
            "{error}"
        );
    }
    // A set has no `allow(…)`, so the message names the set's function.
    assert!(
        error
            .to_string()
            .contains("`OriginSet::new().allow_insecure_origins()`"),
        "{error}"
    );
    let long = "x".repeat(100_000);
    let error = SET.replace([&long]).expect_err("no origin");
    assert!(error.to_string().len() < 1000, "{error}");
    assert_reads(server, "/set", one, true);

    SET.replace(Vec::<String>::new()).expect("nothing is fine");
    assert_reads(server, "/set", one, false);
    assert_reads(server, "/set", APP, true);
}

#[test]
fn a_set_reads_an_environment_variable() {
    static FROM_ENV: OriginSet = OriginSet::new();
    // Cargo sets these variables for the test.
    let error = FROM_ENV
        .replace_from_env("CARGO_PKG_VERSION")
        .expect_err("a version is no origin");
    assert_eq!(error.refused().count(), 1, "{error}");
    let said =
        "the environment variable `CARGO_PKG_VERSION`: the set of origins is not replaced\n\"0";
    assert!(error.to_string().starts_with(said), "{error}");
    assert_eq!(format!("{error:?}"), error.to_string());
    let error = FROM_ENV
        .replace_from_env("CARGO_PKG_HOMEPAGE")
        .expect_err("Cargo leaves it empty");
    assert!(
        error
            .to_string()
            .contains("`CARGO_PKG_HOMEPAGE`: it is empty"),
        "{error}"
    );
    assert_eq!(error.refused().count(), 0, "{error}");
    let error = FROM_ENV
        .replace_from_env("CORS_NO_SUCH_VARIABLE")
        .expect_err("it is not set");
    assert!(
        error.to_string().contains("CORS_NO_SUCH_VARIABLE"),
        "{error}"
    );
    assert!(!FROM_ENV.contains("https://app.example.com"));
}

#[test]
fn a_source_may_answer_later_and_one_that_fails_or_panics_allows_nothing() {
    let server = serve(|| App::new().service(from_source));
    let tenant = ("origin", "https://tenant.example");
    assert_reads(server, "/slow", tenant, true);
    let response = send(server, "GET", "/slow", &[tenant]);
    assert_eq!((response.status, response.body.as_str()), (200, "slow"));
    assert_eq!(
        response.one("access-control-allow-credentials"),
        Some("true")
    );
    assert_eq!(response.list("vary"), ["origin"]);
    assert_reads(server, "/slow?let-me-in", EVIL, true);

    let asked = || SOURCES.each_ref().map(|count| count.load(Ordering::SeqCst));
    let before = asked();
    assert_reads(server, "/slow", APP, true);
    for invalid in [
        "null",
        "https://TENANT.example",
        "https://tenant.example/",
        "nonsense",
    ] {
        assert_reads(server, "/slow", ("origin", invalid), false);
    }
    assert_eq!(
        asked(),
        before,
        "the source is asked neither about a listed origin nor about an invalid one"
    );

    for origin in [
        "https://evil.example",
        "https://fail.example",
        "https://panic-now.example",
        "https://panic-later.example",
    ] {
        assert_reads(server, "/slow", ("origin", origin), false);
        assert_eq!(
            send(server, "GET", "/slow", &[("origin", origin)]).status,
            200,
            "the handler runs"
        );
    }
}

static VOTES: AtomicUsize = AtomicUsize::new(0);

#[cors(origins = ["https://app.example.com"], enforce)]
#[post("/votes")]
async fn vote() -> impl Responder {
    VOTES.fetch_add(1, Ordering::SeqCst);
    "counted"
}

#[cors(origins = ["https://app.example.com"], methods = ["GET"], enforce)]
#[route("/narrow", method = "GET", method = "POST")]
async fn narrow() -> impl Responder {
    "narrow"
}

#[cors(origins = [SLOW], enforce)]
#[post("/slow-votes")]
async fn slow_vote() -> impl Responder {
    VOTES.fetch_add(1, Ordering::SeqCst);
    "counted"
}

#[cors(origins = ["https://app.example.com"])]
#[post("/open")]
async fn open() -> impl Responder {
    "open"
}

/// Section 13 of `docs/never.md`.
#[test]
fn enforce_refuses_other_origins_and_nobody_else() {
    let server = serve(|| {
        App::new()
            .service(vote)
            .service(narrow)
            .service(slow_vote)
            .service(open)
    });
    let votes = || VOTES.load(Ordering::SeqCst);
    let own = format!("http://{server}");
    let own_https = format!("https://{server}");
    let passes: [&[(&str, &str)]; 7] = [
        &[APP],
        &[],
        &[("origin", &own)],
        &[("origin", &own_https)],
        &[
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "same-origin"),
        ],
        &[
            ("origin", "https://api.example"),
            ("x-forwarded-host", "api.example"),
            ("x-forwarded-proto", "https"),
        ],
        &[
            ("origin", "http://api.example"),
            ("x-forwarded-host", "api.example:80"),
        ],
    ];
    for headers in passes {
        let before = votes();
        let response = send(server, "POST", "/votes", headers);
        assert_eq!(
            (response.status, votes()),
            (200, before + 1),
            "{headers:?} {response:?}"
        );
    }
    let refused: [&[(&str, &str)]; 7] = [
        &[EVIL],
        &[APP, APP],
        &[("origin", "null")],
        &[
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
        ],
        &[
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "same-site"),
        ],
        &[
            ("origin", "http://api.example"),
            ("x-forwarded-host", "api.example"),
            ("x-forwarded-proto", "https"),
        ],
        &[("origin", "http://127.0.0.1:1")],
    ];
    for headers in refused {
        let before = votes();
        let response = send(server, "POST", "/votes", headers);
        assert_eq!(
            (response.status, votes()),
            (403, before),
            "{headers:?} {response:?}"
        );
        assert_eq!(response.cors_headers(), Vec::<&str>::new(), "{headers:?}");
        assert_eq!(response.list("vary"), ["origin"], "{headers:?}");
        assert!(response.body.starts_with("CORS: "), "{response:?}");
        assert_eq!(
            send(server, "POST", "/open", headers).status,
            200,
            "a handler without `enforce` runs"
        );
    }
    assert_eq!(send(server, "GET", "/narrow", &[APP]).status, 200);
    assert_eq!(
        send(server, "POST", "/narrow", &[APP]).status,
        403,
        "the policy leaves the method out"
    );
    assert_eq!(send(server, "POST", "/narrow", &[]).status, 200);

    let before = votes();
    assert_eq!(send(server, "POST", "/slow-votes", &[EVIL]).status, 403);
    assert_eq!(votes(), before);
    assert_eq!(
        send(
            server,
            "POST",
            "/slow-votes",
            &[("origin", "https://tenant.example")]
        )
        .status,
        200
    );
    assert_eq!(votes(), before + 1);
}

const MANY: usize = 1000;

/// Origins that differ only in their numbers.
static TENANTS: [[u8; 29]; MANY] = {
    let mut tenants = [*b"https://tenant000.example.com"; MANY];
    let mut number = 0;
    while number < MANY {
        let digits = [number / 100, number / 10 % 10, number % 10];
        let mut index = 0;
        while index < digits.len() {
            tenants[number][14 + index] = b"0123456789"[digits[index]];
            index += 1;
        }
        number += 1;
    }
    tenants
};

const ALL_TENANTS: [&str; MANY] = {
    let mut texts = [""; MANY];
    let mut number = 0;
    while number < MANY {
        texts[number] = match std::str::from_utf8(&TENANTS[number]) {
            Ok(text) => text,
            Err(_) => panic!("it is ASCII"),
        };
        number += 1;
    }
    texts
};

#[cors(origins = [ALL_TENANTS], credentials)]
#[get("/tenants")]
async fn all_tenants() -> impl Responder {
    "tenants"
}

#[test]
fn const_evaluation_checks_a_long_list_within_its_limit_of_steps() {
    let server = serve(|| App::new().service(all_tenants));
    let last = ("origin", "https://tenant999.example.com");
    assert_reads(server, "/tenants", last, true);
    assert_reads(server, "/tenants", EVIL, false);
}

const ANYONE: &str = "*";

#[cors(origins = [ANYONE])]
#[get("/anyone")]
async fn anyone() -> impl Responder {
    "anyone"
}

#[test]
fn a_constant_can_allow_anyone() {
    let server = serve(|| App::new().service(anyone));
    let response = send(server, "GET", "/anyone", &[]);
    assert_eq!(response.allow_origin(), Some("*"));
}
