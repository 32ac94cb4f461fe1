//! Tests against the defects in `docs/never.md`, in the order of its sections. The page has the source of each defect, and names the
//! tests elsewhere.

mod page;

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Response, send, send_raw, serve};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, Responder, error, get, options, post, put, route, web};
use actix_web::{body::BoxBody, body::MessageBody, dev::ServiceRequest, dev::ServiceResponse};
use cors_runtime::{OriginSet, PolicyConfig, cors};

const APP: (&str, &str) = ("origin", "https://app.example.com");
const ADMIN: (&str, &str) = ("origin", "https://admin.example.com");
const EVIL: (&str, &str) = ("origin", "https://evil.example");

fn preflight(method: &str) -> (&str, &str) {
    ("access-control-request-method", method)
}

fn allows(response: &Response, origin: (&str, &str)) -> bool {
    response.allow_origin() == Some(origin.1)
}

mod alike {
    use super::*;

    #[cors(origins = ["https://app.example.com"], credentials)]
    #[get("/items/{id}")]
    pub(crate) async fn narrow() -> impl Responder {
        "app"
    }

    #[cors(origins = ["https://admin.example.com"])]
    #[get("/Items/{id}")]
    pub(crate) async fn upper_case() -> impl Responder {
        "admin"
    }

    #[cors(origins = ["https://app.example.com"])]
    #[get("/files/a+b")]
    pub(crate) async fn plus() -> impl Responder {
        "app"
    }

    #[cors(origins = ["https://admin.example.com"])]
    #[get("/files/a b")]
    pub(crate) async fn space() -> impl Responder {
        "admin"
    }

    #[cors(origins = ["https://app.example.com"])]
    #[get("/files/secret")]
    pub(crate) async fn secret() -> impl Responder {
        "app"
    }

    #[cors(origins = ["*"])]
    #[get("/files/{name}.txt")]
    pub(crate) async fn text() -> impl Responder {
        "anyone"
    }

    #[cors(origins = ["*"])]
    #[get("/files/{tail:.*secret.*}")]
    pub(crate) async fn longer_pattern() -> impl Responder {
        "anyone"
    }
}

/// Section 1.
#[test]
fn the_policy_is_that_of_the_handler_that_the_router_runs() {
    use alike::{longer_pattern, narrow, plus, secret, space, text, upper_case};
    macro_rules! routes {
        () => {
            App::new()
                .service(narrow)
                .service(upper_case)
                .service(plus)
                .service(space)
                .service(secret)
                .service(text)
                .service(longer_pattern)
        };
    }
    let paths = [
        ("/items/1", "app"),
        ("/it%65ms/1", "app"),
        ("/items/%31", "app"),
        ("/items/a%2Fb", "app"),
        ("/items/..", "app"),
        ("/items/1?/Items/1", "app"),
        ("/items/1;Items", "app"),
        ("/Items/1", "admin"),
        ("/%49tems/1", "admin"),
        ("/ITEMS/1", ""),
        ("//items/1", ""),
        ("/items/1/", ""),
        ("/x/../items/1", ""),
        ("/items%2F1", ""),
        ("/files/a+b", "app"),
        ("/files/a%2Bb", ""),
        ("/files/a%20b", "admin"),
        ("/files/secret", "app"),
        ("/files/s%65cret", "app"),
        ("/files/secret.txt", "anyone"),
        ("/files/secrets", "anyone"),
        ("/files/Secret", ""),
    ];
    for server in [
        serve(|| routes!()),
        serve(|| routes!().wrap(cors_runtime::Cors::annotated())),
    ] {
        for (path, runs) in paths {
            for (origin, name) in [(APP, "app"), (ADMIN, "admin"), (EVIL, "evil")] {
                let allowed = match runs {
                    "anyone" => Some("*"),
                    _ => Some(origin.1).filter(|_| runs == name),
                };
                let response = send(server, "GET", path, &[origin]);
                assert_eq!(response.body, runs, "{path}");
                let header = response.allow_origin();
                assert_eq!(header, allowed, "{path} from {name}");
                let reply = send(server, "OPTIONS", path, &[origin, preflight("GET")]);
                let header = reply.allow_origin();
                assert_eq!(header, allowed, "preflight for {path} from {name}");
            }
        }
    }
}

mod one_path_two_policies {
    use super::*;

    #[cors(origins = ["https://app.example.com"])]
    #[get("/items/{id}")]
    pub(crate) async fn read(id: web::Path<u32>) -> impl Responder {
        id.to_string()
    }

    #[cors(origins = ["https://admin.example.com"], headers = ["content-type"], credentials)]
    #[put("/items/{id}")]
    pub(crate) async fn update(id: web::Path<u32>) -> impl Responder {
        id.to_string()
    }
}

/// Section 2.
#[test]
fn the_policy_of_get_does_not_answer_for_put_on_the_same_path() {
    use one_path_two_policies::{read, update};
    let registrations = [
        serve(|| App::new().service(read).service(update)),
        serve(|| App::new().service(update).service(read)),
    ];
    for server in registrations {
        for (method, its_own, not_its_own) in [("GET", APP, ADMIN), ("PUT", ADMIN, APP)] {
            let allowed = send(server, "OPTIONS", "/items/1", &[its_own, preflight(method)]);
            assert_eq!(allowed.status, 204);
            assert!(allows(&allowed, its_own));
            assert_eq!(allowed.one("access-control-allow-methods"), Some(method));
            let refused = send(
                server,
                "OPTIONS",
                "/items/1",
                &[not_its_own, preflight(method)],
            );
            assert_eq!((refused.status, refused.cors_headers()), (403, vec![]));

            let allowed = send(server, method, "/items/1", &[its_own]);
            assert!(allows(&allowed, its_own));
            let refused = send(server, method, "/items/1", &[not_its_own]);
            assert_eq!((refused.status, refused.cors_headers()), (200, vec![]));
        }
        let no_handler = send(server, "OPTIONS", "/items/1", &[APP, preflight("DELETE")]);
        assert_eq!(
            (no_handler.status, no_handler.cors_headers()),
            (404, vec![])
        );
    }
}

#[cors(origins = ["https://app.example.com"], headers = ["content-type"])]
mod in_front {
    use super::*;

    #[cors(off)]
    #[put("/secret")]
    pub(crate) async fn secret() -> impl Responder {
        "secret"
    }

    #[cors(methods = ["GET", "POST"])]
    #[route("/narrow", method = "GET", method = "POST", method = "PUT")]
    pub(crate) async fn no_put() -> impl Responder {
        "narrow"
    }

    #[cors(methods = ["PUT"])]
    #[route("/narrower", method = "POST", method = "PUT")]
    pub(crate) async fn no_post() -> impl Responder {
        "narrower"
    }

    #[cors(origins = ["*"])]
    #[route("/{any}", method = "GET", method = "POST", method = "PUT")]
    pub(crate) async fn any() -> impl Responder {
        "any"
    }
}

/// Section 2.
#[test]
fn a_method_that_a_handler_leaves_out_is_not_answered_by_a_handler_behind_it() {
    use in_front::{any, no_post, no_put, secret};
    macro_rules! routes {
        () => {
            App::new()
                .service(secret)
                .service(no_put)
                .service(no_post)
                .service(any)
        };
    }
    for server in [
        serve(|| routes!()),
        serve(|| routes!().wrap(cors_runtime::Cors::annotated())),
    ] {
        let ask = |path, method| send(server, "OPTIONS", path, &[APP, preflight(method)]);
        let closed = ask("/secret", "PUT");
        assert_eq!((closed.status, closed.cors_headers()), (404, vec![]));
        assert_eq!(closed.list("vary"), Vec::<&str>::new());

        // The browser compares PUT with the methods of the answer, and names the cause in its console.
        let narrow = ask("/narrow", "PUT");
        assert_eq!(narrow.status, 204);
        assert!(allows(&narrow, APP));
        assert_eq!(
            narrow.one("access-control-allow-methods"),
            Some("GET, POST")
        );
        assert_eq!(ask("/narrow", "POST").status, 204);

        // Browsers do not compare POST with the methods of the answer, so that the server refuses.
        let narrower = ask("/narrower", "POST");
        assert_eq!(narrower.status, 403);
        assert_eq!(narrower.one("access-control-allow-methods"), Some("PUT"));
        assert_eq!(
            narrower.body,
            "CORS: this method is not among those that other origins may use here"
        );
        assert_eq!(ask("/narrower", "PUT").status, 204);

        for (path, method) in [("/secret", "POST"), ("/else", "PUT")] {
            let reply = ask(path, method);
            assert_eq!(reply.allow_origin(), Some("*"));
        }
    }
}

/// Section 4.
#[test]
fn a_handler_without_an_annotation_sends_no_cors_header() {
    #[get("/plain")]
    async fn plain() -> impl Responder {
        "plain"
    }
    #[cors(origins = ["https://app.example.com"])]
    #[post("/plain")]
    async fn annotated() -> impl Responder {
        "annotated"
    }
    let server = serve(|| App::new().service(plain).service(annotated));
    for (method, headers) in [
        ("GET", &[APP][..]),
        ("GET", &[]),
        ("OPTIONS", &[APP, preflight("GET")]),
        ("OPTIONS", &[APP]),
    ] {
        assert_eq!(
            send(server, method, "/plain", headers).cors_headers(),
            Vec::<&str>::new(),
            "{method} {headers:?}"
        );
    }
    assert!(
        allows(&send(server, "POST", "/plain", &[APP]), APP),
        "the annotated handler has its own headers"
    );
}

mod own_headers {
    use super::*;

    #[cors(origins = ["https://app.example.com"], expose_headers = ["etag"])]
    #[get("/own")]
    pub(crate) async fn own() -> impl Responder {
        HttpResponse::Ok()
            .append_header(("access-control-allow-origin", "*"))
            .append_header(("access-control-allow-origin", "https://evil.example"))
            .append_header(("access-control-allow-credentials", "true"))
            .append_header(("access-control-expose-headers", "x-secret"))
            .append_header(("access-control-allow-methods", "*"))
            .append_header(("access-control-allow-headers", "*"))
            .append_header(("access-control-max-age", "600"))
            .finish()
    }

    #[cors(origins = ["https://app.example.com"])]
    #[options("/own")]
    pub(crate) async fn own_options() -> impl Responder {
        "own options"
    }
}

/// Section 4.
#[test]
fn cors_headers_of_the_handler_itself_are_replaced() {
    let server = serve(|| App::new().service(own_headers::own));
    let allowed = send(server, "GET", "/own", &[APP]);
    assert!(allows(&allowed, APP));
    assert_eq!(allowed.one("access-control-expose-headers"), Some("etag"));
    assert_eq!(allowed.cors_headers().len(), 2, "{allowed:?}");
    for headers in [&[EVIL][..], &[]] {
        assert_eq!(
            send(server, "GET", "/own", headers).cors_headers(),
            Vec::<&str>::new()
        );
    }
}

static EXTRACTED: AtomicUsize = AtomicUsize::new(0);
static HANDLED: AtomicUsize = AtomicUsize::new(0);
static WRAPPED: AtomicUsize = AtomicUsize::new(0);

struct Counted;

impl actix_web::FromRequest for Counted {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(_: &actix_web::HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        EXTRACTED.fetch_add(1, Ordering::SeqCst);
        std::future::ready(Ok(Self))
    }
}

async fn count(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    WRAPPED.fetch_add(1, Ordering::SeqCst);
    next.call(request).await
}

/// Section 5.
#[test]
fn a_preflight_runs_no_handler_no_extractor_and_no_inner_middleware() {
    #[cors(origins = ["https://app.example.com"], headers = ["content-type"])]
    #[route(
        "/counted",
        method = "PUT",
        method = "OPTIONS",
        wrap = "from_fn(count)"
    )]
    async fn counted(_counted: Counted) -> impl Responder {
        HANDLED.fetch_add(1, Ordering::SeqCst);
        HttpResponse::Ok()
    }
    let counts = || [&EXTRACTED, &HANDLED, &WRAPPED].map(|count| count.load(Ordering::SeqCst));
    let server = serve(|| App::new().service(counted));
    for origin in [APP, EVIL] {
        for method in ["PUT", "OPTIONS"] {
            send(server, "OPTIONS", "/counted", &[origin, preflight(method)]);
        }
    }
    assert_eq!(counts(), [0, 0, 0]);
    send(server, "PUT", "/counted", &[APP]);
    assert_eq!(counts(), [1, 1, 1], "the counters count");
    send(server, "OPTIONS", "/counted", &[APP]);
    assert_eq!(
        counts(),
        [2, 2, 2],
        "an OPTIONS request that is no preflight is the handler's"
    );
}

/// Turns every request away.
async fn turn_away(
    request: ServiceRequest,
    _: Next<impl MessageBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    Ok(request.into_response(HttpResponse::Unauthorized().finish()))
}

/// A policy for any method.
#[cors(origins = ["https://app.example.com"], methods = ["*"])]
struct AnyMethod;

/// A request: method, path and headers.
type Request<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// Section 6.
#[test]
fn nothing_but_a_preflight_gets_past_an_authentication() {
    #[cors(origins = ["https://app.example.com"], credentials)]
    #[route("/guarded", method = "PUT", method = "GET", method = "OPTIONS")]
    async fn guarded() -> impl Responder {
        "guarded"
    }
    let server = serve(|| {
        App::new()
            .service(guarded)
            .route("/plain", web::to(async || "plain"))
            .wrap(from_fn(turn_away))
            .wrap(cors_runtime::Cors::annotated())
    });
    let genuine = send(server, "OPTIONS", "/guarded", &[APP, preflight("PUT")]);
    assert_eq!(genuine.status, 204);
    let refused = send(server, "OPTIONS", "/guarded", &[EVIL, preflight("PUT")]);
    assert_eq!(refused.status, 403);
    let requests: [Request; 14] = [
        ("PUT", "/guarded", &[APP]),
        ("PUT", "/guarded", &[APP, preflight("PUT")]),
        ("GET", "/guarded", &[APP, preflight("GET")]),
        ("OPTIONS", "/guarded", &[]),
        ("OPTIONS", "/guarded", &[APP]),
        ("OPTIONS", "/guarded", &[preflight("PUT")]),
        ("OPTIONS", "/guarded", &[APP, preflight("")]),
        ("OPTIONS", "/guarded", &[APP, preflight("P UT")]),
        ("OPTIONS", "/guarded", &[APP, preflight("PUT, GET")]),
        (
            "OPTIONS",
            "/guarded",
            &[APP, preflight("PUT"), preflight("PUT")],
        ),
        ("OPTIONS", "/guarded", &[APP, preflight("DELETE")]),
        ("OPTIONS", "/plain", &[APP, preflight("GET")]),
        ("OPTIONS", "/nowhere", &[APP, preflight("GET")]),
        ("options", "/guarded", &[APP, preflight("PUT")]),
    ];
    for (method, path, headers) in requests {
        let response = send(server, method, path, headers);
        assert_eq!(response.status, 401, "{method} {path} {headers:?}");
    }

    // A policy for any method answers for one valid method, and nothing else.
    let server = serve(|| {
        App::new()
            .route("/plain", web::to(async || "plain"))
            .wrap(from_fn(turn_away))
            .wrap(cors_runtime::Cors::of::<AnyMethod>())
    });
    let genuine = send(server, "OPTIONS", "/plain", &[APP, preflight("DELETE")]);
    assert_eq!(genuine.status, 204);
    let requests: [&[(&str, &str)]; 6] = [
        &[APP],
        &[preflight("PUT")],
        &[APP, preflight("")],
        &[APP, preflight("P UT")],
        &[APP, preflight("PUT, GET")],
        &[APP, preflight("PUT"), preflight("PUT")],
    ];
    for headers in requests {
        let response = send(server, "OPTIONS", "/plain", headers);
        assert_eq!(response.status, 401, "{headers:?}");
    }
}

/// Section 6.
#[test]
fn an_options_handler_gets_every_options_request_that_is_no_preflight() {
    #[options("/own")]
    async fn plain_options() -> impl Responder {
        "plain options"
    }
    // An annotated OPTIONS handler leaves preflights to the other handler, in either order of registration.
    let annotated = [
        serve(|| {
            App::new()
                .service(own_headers::own)
                .service(own_headers::own_options)
        }),
        serve(|| {
            App::new()
                .service(own_headers::own_options)
                .service(own_headers::own)
        }),
    ];
    let plain = serve(|| App::new().service(own_headers::own).service(plain_options));
    for (server, body) in [
        (annotated[0], "own options"),
        (annotated[1], "own options"),
        (plain, "plain options"),
    ] {
        let no_preflights = [
            &[][..],
            &[APP],
            &[preflight("GET")],
            &[APP, preflight("GET"), preflight("PUT")],
        ];
        for headers in no_preflights {
            let response = send(server, "OPTIONS", "/own", headers);
            assert_eq!(
                (response.status, response.body.as_str()),
                (200, body),
                "{headers:?}"
            );
        }
        let response = send(server, "OPTIONS", "/own", &[APP, preflight("GET")]);
        assert_eq!((response.status, response.body.as_str()), (204, ""));
    }
    for server in annotated {
        let response = send(server, "OPTIONS", "/own", &[APP, preflight("DELETE")]);
        assert_eq!(
            (response.status, response.cors_headers()),
            (404, vec![]),
            "no handler has DELETE"
        );
    }
}

/// Section 7.
#[test]
fn no_other_origin_passes_for_a_listed_one() {
    #[cors(origins = ["https://a.com"])]
    #[get("/exact")]
    async fn exact() -> impl Responder {
        "exact"
    }
    #[cors(origins = ["https://foo.com", "https://bar.com"])]
    #[get("/two")]
    async fn two() -> impl Responder {
        "two"
    }
    #[cors(origins = ["https://*.a.com"])]
    #[get("/subdomains")]
    async fn subdomains() -> impl Responder {
        "subdomains"
    }
    #[cors(origins = ["http://localhost:*"])]
    #[get("/ports")]
    async fn ports() -> impl Responder {
        "ports"
    }
    let server = serve(|| {
        App::new()
            .service(exact)
            .service(two)
            .service(subdomains)
            .service(ports)
    });
    let allowed = [
        ("/exact", "https://a.com"),
        ("/two", "https://foo.com"),
        ("/two", "https://bar.com"),
        ("/subdomains", "https://x.a.com"),
        ("/subdomains", "https://x_1.y.a.com"),
        ("/ports", "http://localhost"),
        ("/ports", "http://localhost:3000"),
    ];
    let refused = [
        ("/exact", "https://a.com.evil"),
        ("/exact", "https://evila.com"),
        ("/exact", "https://a.com_.evil"),
        ("/exact", "https://a.com`.evil"),
        ("/exact", "http://a.com"),
        ("/exact", "https://a.com:8443"),
        ("/exact", "https://a.com:443"),
        ("/exact", "https://a.com@evil"),
        ("/exact", "https://A.com"),
        ("/exact", "https://a.com/"),
        ("/exact", "https://a.com."),
        ("/exact", "null"),
        ("/exact", "https://x.a.com"),
        ("/two", "https://barfoo.com"),
        ("/two", "https://foobar.com"),
        ("/two", "https://foo.com, https://bar.com"),
        ("/two", "https://foo.com https://bar.com"),
        ("/subdomains", "https://a.com"),
        ("/subdomains", "https://evil.com/.a.com"),
        ("/subdomains", "https://.a.com"),
        ("/subdomains", "https://x..a.com"),
        ("/subdomains", "https://evila.com"),
        ("/subdomains", "https://x.a.com:8443"),
        ("/subdomains", "http://x.a.com"),
        ("/subdomains", "https://evil.com#.a.com"),
        ("/subdomains", "https://evil.com?.a.com"),
        ("/subdomains", "https://evil.com\\.a.com"),
        ("/subdomains", "https://evil@x.a.com"),
        ("/subdomains", "https://X.a.com"),
        ("/ports", "http://localhost:0"),
        ("/ports", "http://localhost:65536"),
        ("/ports", "http://localhost:080"),
        ("/ports", "http://localhost:80"),
        ("/ports", "http://localhost:"),
        ("/ports", "http://localhost:3000/"),
        ("/ports", "http://localhost:3000:3000"),
        ("/ports", "http://localhost.evil.com:3000"),
        ("/ports", "http://localhost:3000@evil.com"),
        ("/ports", "https://localhost:3000"),
    ];
    for (path, origin) in allowed {
        let origin = ("origin", origin);
        assert!(
            allows(&send(server, "GET", path, &[origin]), origin),
            "{path} {origin:?}"
        );
        assert_eq!(
            send(server, "OPTIONS", path, &[origin, preflight("GET")]).status,
            204,
            "{path} {origin:?}"
        );
    }
    for (path, origin) in refused {
        let origin = ("origin", origin);
        let response = send(server, "GET", path, &[origin]);
        assert_eq!(
            (response.status, response.cors_headers()),
            (200, vec![]),
            "{path} {origin:?}"
        );
        let response = send(server, "OPTIONS", path, &[origin, preflight("GET")]);
        assert_eq!(
            (response.status, response.cors_headers()),
            (403, vec![]),
            "{path} {origin:?}"
        );
    }
}

/// Section 8. `tests/ui/combinations` has the policies that the attribute refuses.
#[test]
fn no_spelling_of_everyone_has_credentials() {
    static ORIGINS: OriginSet = OriginSet::new();
    let everyone = [
        "*",
        "null",
        "",
        "https",
        "https://",
        "https://*",
        "https://*:*",
        "http*://*",
        "*://*",
        "*://example.com",
        "h*",
        ".*",
        "https://.*",
        "https://*.",
        "https://*.*",
        "https://*.*.example",
        "https://exam*.example",
        "https://example.*",
        "*.com",
        "https://*.com",
        "https://*.co.uk",
        "https://*.github.io",
        "https://*.amazonaws.com",
        "https://*.corp",
        "http://*.example.com",
    ];
    for origin in everyone {
        let mut config = PolicyConfig {
            origins: vec![origin.to_owned()],
            credentials: true,
            ..PolicyConfig::default()
        };
        assert!(config.check().is_err(), "{origin}");
        config.origins.push("https://app.example.com".to_owned());
        assert!(config.check().is_err(), "{origin} beside another");
        assert!(ORIGINS.replace([origin]).is_err(), "{origin} in a set");
        assert!(!ORIGINS.contains("https://evil.example"), "{origin}");
    }
}

#[cors(origins = ["https://app.example.com"], credentials, expose_headers = ["x-total-count"])]
#[get("/session")]
async fn session() -> impl Responder {
    HttpResponse::Ok()
        .insert_header(("x-total-count", "3"))
        .body("mine")
}

/// Section 9.
#[test]
fn of_two_origin_headers_none_is_used() {
    let server = serve(|| App::new().service(session));
    for pair in [[APP, APP], [APP, EVIL], [EVIL, APP]] {
        let response = send(server, "GET", "/session", &pair);
        assert_eq!(
            (response.status, response.cors_headers()),
            (200, vec![]),
            "{pair:?}"
        );
        let response = send(
            server,
            "OPTIONS",
            "/session",
            &[pair[0], pair[1], preflight("GET")],
        );
        assert_eq!(
            (response.status, response.cors_headers()),
            (403, vec![]),
            "{pair:?}"
        );
    }
    assert!(
        allows(&send(server, "GET", "/session", &[APP]), APP),
        "a single one is used"
    );
}

/// Section 10.
#[test]
fn credentials_and_exposed_headers_go_only_to_allowed_origins() {
    let server = serve(|| App::new().service(session));
    let allowed = send(server, "GET", "/session", &[APP]);
    assert_eq!(
        allowed.one("access-control-allow-credentials"),
        Some("true")
    );
    assert_eq!(
        allowed.one("access-control-expose-headers"),
        Some("x-total-count")
    );
    for headers in [&[EVIL][..], &[("origin", "null")], &[("origin", "")], &[]] {
        let response = send(server, "GET", "/session", headers);
        assert_eq!(
            (response.status, response.cors_headers()),
            (200, vec![]),
            "{headers:?}"
        );
        assert_eq!(response.list("vary"), ["origin"], "{headers:?}");
    }
}

mod vary {
    use super::*;

    #[cors(origins = ["https://app.example.com"])]
    #[get("/vary/{what}")]
    pub(crate) async fn varies(what: web::Path<String>) -> impl Responder {
        let mut response = HttpResponse::Ok();
        match what.as_str() {
            "two-lines" => response
                .append_header(("vary", "accept-encoding"))
                .append_header(("vary", "accept-language")),
            "two-names" => response.append_header(("vary", "accept-encoding, Accept-Language")),
            "says-so" => response.append_header(("vary", "accept, ORIGIN")),
            "second-line-says-so" => response
                .append_header(("vary", "accept"))
                .append_header(("vary", "origin")),
            "star" => response.append_header(("vary", "*")),
            "near" => response.append_header(("vary", "x-origin")),
            _ => &mut response,
        };
        response.finish()
    }

    #[cors(origins = ["*"])]
    #[get("/anyone")]
    pub(crate) async fn anyone() -> impl Responder {
        HttpResponse::Ok()
            .insert_header(("vary", "accept"))
            .finish()
    }
}

/// Section 11.
#[test]
fn vary_keeps_the_handlers_names_and_has_the_origin_once() {
    let server = serve(|| App::new().service(vary::varies).service(vary::anyone));
    let cases = [
        ("/vary/nothing", &["origin"][..]),
        (
            "/vary/two-lines",
            &["accept-encoding", "accept-language", "origin"],
        ),
        (
            "/vary/two-names",
            &["accept-encoding", "accept-language", "origin"],
        ),
        ("/vary/says-so", &["accept", "origin"]),
        ("/vary/second-line-says-so", &["accept", "origin"]),
        ("/vary/star", &["*"]),
        ("/vary/near", &["x-origin", "origin"]),
        ("/anyone", &["accept"]),
    ];
    for (path, expected) in cases {
        for headers in [&[APP][..], &[EVIL], &[]] {
            assert_eq!(
                send(server, "GET", path, headers).list("vary"),
                expected,
                "{path} {headers:?}"
            );
        }
    }
    for origin in [APP, EVIL] {
        assert_eq!(
            send(server, "OPTIONS", "/vary/x", &[origin, preflight("GET")]).list("vary"),
            [
                "origin",
                "access-control-request-method",
                "access-control-request-headers"
            ]
        );
    }
}

mod errors {
    use super::*;

    #[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials)]
    #[post("/errors/{what}", wrap = "from_fn(refuse)")]
    pub(crate) async fn fails(
        what: web::Path<String>,
        body: web::Json<u32>,
    ) -> actix_web::Result<HttpResponse> {
        match what.as_str() {
            "not-found" => Err(error::ErrorNotFound("no such thing")),
            "internal" => Err(error::ErrorInternalServerError("broken")),
            "redirect" => Ok(HttpResponse::SeeOther()
                .insert_header(("location", "/"))
                .finish()),
            "not-modified" => Ok(HttpResponse::NotModified().finish()),
            _ => Ok(HttpResponse::Ok().json(body.into_inner())),
        }
    }

    #[derive(serde::Deserialize)]
    pub(crate) struct Form {
        n: u32,
    }

    #[cors(origins = ["https://app.example.com"], credentials)]
    #[post("/form")]
    pub(crate) async fn form(form: web::Form<Form>) -> impl Responder {
        form.n.to_string()
    }

    pub(crate) async fn refuse(
        request: ServiceRequest,
        next: Next<impl MessageBody>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        if request.path().ends_with("teapot") {
            return Err(error::InternalError::new(
                "teapot",
                actix_web::http::StatusCode::IM_A_TEAPOT,
            )
            .into());
        }
        next.call(request).await
    }
}

/// Section 12.
#[test]
fn a_response_made_from_an_error_carries_the_headers() {
    let server = serve(|| {
        App::new()
            .app_data(web::JsonConfig::default().limit(8))
            .service(errors::fails)
            .service(errors::form)
    });
    let post = |path: &str, origin: &str, content_type: &str, body: &str| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\norigin: {origin}\r\n\
             content-type: {content_type}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        send_raw(server, head.as_bytes())
    };
    let cases = [
        ("/errors/fine", "application/json", "1", 200),
        ("/errors/fine", "application/json", "one", 400),
        ("/errors/fine", "text/plain", "1", 400),
        ("/form", "text/plain", "n=1", 415),
        ("/form", "application/x-www-form-urlencoded", "n=1", 200),
        ("/errors/fine", "application/json", "111111111111", 413),
        ("/errors/not-found", "application/json", "1", 404),
        ("/errors/internal", "application/json", "1", 500),
        ("/errors/redirect", "application/json", "1", 303),
        ("/errors/not-modified", "application/json", "1", 304),
        ("/errors/teapot", "application/json", "1", 418),
    ];
    for (path, content_type, body, status) in cases {
        let response = post(path, APP.1, content_type, body);
        assert_eq!(response.status, status, "{path} {content_type} {body}");
        assert!(allows(&response, APP), "{path} {status} {response:?}");
        assert_eq!(
            response.one("access-control-allow-credentials"),
            Some("true"),
            "{path} {status}"
        );
        assert_eq!(response.list("vary"), ["origin"], "{path} {status}");

        let response = post(path, EVIL.1, content_type, body);
        assert_eq!(
            (response.status, response.cors_headers()),
            (status, vec![]),
            "{path} {content_type} {body}"
        );
        assert_eq!(response.list("vary"), ["origin"], "{path} {status}");
    }
}

/// Section 13.
#[test]
fn a_request_is_blocked_only_by_enforce() {
    #[cors(origins = ["https://app.example.com"])]
    #[post("/open")]
    async fn open() -> impl Responder {
        "open"
    }
    #[cors(origins = ["https://app.example.com"], enforce)]
    #[post("/enforced")]
    async fn enforced() -> impl Responder {
        "enforced"
    }
    let server = serve(|| App::new().service(open).service(enforced));
    let own = format!("http://{server}");
    let cases: [(&[(&str, &str)], u16); 6] = [
        (&[], 200),
        (&[APP], 200),
        (&[("origin", &own)], 200),
        (&[EVIL, ("sec-fetch-site", "same-origin")], 200),
        (&[EVIL], 403),
        (&[("origin", "null")], 403),
    ];
    for (headers, status) in cases {
        assert_eq!(
            send(server, "POST", "/open", headers).status,
            200,
            "{headers:?}"
        );
        assert_eq!(
            send(server, "POST", "/enforced", headers).status,
            status,
            "{headers:?}"
        );
    }
}

mod header_lists {
    use super::*;

    #[cors(origins = ["https://app.example.com"], headers = ["x-one", "x-two"])]
    #[put("/listed")]
    pub(crate) async fn listed() -> impl Responder {
        "listed"
    }

    #[cors(origins = ["https://app.example.com"], headers = ["*"], credentials)]
    #[put("/echoed")]
    pub(crate) async fn echoed() -> impl Responder {
        "echoed"
    }
}

/// Section 14.
#[test]
fn a_hostile_preflight_gets_no_longer_answer_than_an_ordinary_one() {
    let server = serve(|| {
        App::new()
            .service(header_lists::listed)
            .service(header_lists::echoed)
    });
    let name = "access-control-request-headers";
    let (commas, blanks) = (",".repeat(60_000), " ,".repeat(30_000));
    let many_lines = vec![(name, "x-a"); 80];
    for hostile in [
        vec![(name, commas.as_str())],
        vec![(name, &blanks)],
        many_lines,
    ] {
        for path in ["/listed", "/echoed"] {
            let mut headers = vec![APP, preflight("PUT")];
            headers.extend(&hostile);
            let response = send(server, "OPTIONS", path, &headers);
            assert_eq!(response.status, 204, "{path}");
            let length: usize = response
                .headers
                .iter()
                .map(|(name, value)| name.len() + value.len())
                .sum();
            assert!(length < 600, "{path}: {length} bytes");
            // The answer lists no more than the headers of the policy, so that the browser refuses.
            assert!(
                response.list("access-control-allow-headers").len() <= 2,
                "{path}"
            );
        }
    }
}

/// Section 15.
#[test]
fn every_spelling_of_the_requested_headers_gets_the_same_answer() {
    let server = serve(|| {
        App::new()
            .service(header_lists::listed)
            .service(header_lists::echoed)
    });
    let spellings: [&[&str]; 6] = [
        &["x-one,x-two"],
        &["x-one, x-two"],
        &["x-one", "x-two"],
        &[",,x-one,,", " , x-two,"],
        &["\tx-one \t,\t x-two"],
        &["", "x-one", "", "x-two", ""],
    ];
    for lines in spellings {
        let mut headers = vec![APP, preflight("PUT")];
        headers.extend(
            lines
                .iter()
                .map(|line| ("access-control-request-headers", *line)),
        );
        for path in ["/listed", "/echoed"] {
            let response = send(server, "OPTIONS", path, &headers);
            assert_eq!(response.status, 204, "{path} {lines:?}");
            assert_eq!(
                response.list("access-control-allow-headers"),
                ["x-one", "x-two"],
                "{path} {lines:?}"
            );
        }
    }
}

/// Section 16.
#[test]
fn a_refused_preflight_says_why_in_one_line_of_plain_text() {
    let server = serve(|| App::new().service(session));
    for origin in [
        "https://evil.example",
        "null",
        "nonsense",
        "https://app.example.com/",
    ] {
        let response = send(
            server,
            "OPTIONS",
            "/session",
            &[("origin", origin), preflight("GET")],
        );
        assert_eq!(response.status, 403);
        assert_eq!(
            response.one("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(response.body.lines().count(), 1, "{}", response.body);
        assert!(response.body.starts_with("CORS: "), "{}", response.body);
        assert!(
            !response.body.contains("evil"),
            "the answer repeats what the client sent: {}",
            response.body
        );
    }
}
