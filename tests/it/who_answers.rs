//! Who answers what, with authentication inside the app's CORS middleware, outside of it, and without either.

use std::net::SocketAddr;

use crate::support::{send, serve};
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, Responder, error, get, guard, put, web};
use cors_runtime::{Cors, cors};

const APP: &str = "https://app.example.com";
const ADMIN: &str = "https://admin.example.com";
const OTHER: &str = "https://other.example.com";
const EVIL: &str = "https://evil.example";

#[cors(origins = ["https://app.example.com"], headers = ["authorization"], credentials)]
#[get("/items/{id}")]
async fn read() -> impl Responder {
    "read"
}

#[cors(origins = ["https://admin.example.com"])]
#[put("/items/{id}")]
async fn update() -> impl Responder {
    "update"
}

#[cors(origins = ["https://app.example.com"])]
#[get("/alone")]
async fn alone() -> impl Responder {
    "alone"
}

#[get("/plain")]
async fn plain() -> impl Responder {
    "plain"
}

#[cors(origins = ["https://other.example.com"], credentials)]
struct Others;

async fn bearer(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.headers().contains_key("authorization") {
        next.call(request).await
    } else {
        Err(error::ErrorUnauthorized("who are you?"))
    }
}

fn routes(app: &mut web::ServiceConfig) {
    app.service(read)
        .service(update)
        .service(alone)
        .service(plain)
        .service(
            web::scope("/of/{tenant}").service(web::scope("/deep").service(read).service(update)),
        );
}

/// One row: a request, and the status and `Access-Control-Allow-Origin` that it gets.
type Row<'a> = (
    &'a str,
    &'a str,
    Option<&'a str>,
    &'a str,
    bool,
    u16,
    Option<&'a str>,
);

#[track_caller]
fn check(server: SocketAddr, rows: &[Row<'_>]) {
    for &(method, path, asks, origin, signed_in, status, allowed) in rows {
        let mut headers = vec![("origin", origin)];
        headers.extend(asks.map(|asks| ("access-control-request-method", asks)));
        if signed_in {
            headers.push(("authorization", "Bearer 1"));
        }
        let response = send(server, method, path, &headers);
        let row =
            format!("{method} {path} {asks:?} from {origin}, signed in: {signed_in}: {response:?}");
        assert_eq!(response.status, status, "{row}");
        assert_eq!(
            response.one("access-control-allow-origin"),
            allowed,
            "{row}"
        );
        if allowed.is_none() {
            assert_eq!(response.cors_headers(), Vec::<&str>::new(), "{row}");
        }
        let mut vary = response.list("vary");
        let names = vary.len();
        vary.sort();
        vary.dedup();
        assert_eq!(vary.len(), names, "{row}");
    }
}

#[test]
fn with_authentication_inside_preflights_pass_and_errors_can_be_read() {
    let server = serve(|| {
        App::new()
            .configure(routes)
            .wrap(from_fn(bearer))
            .wrap(Cors::annotated().fallback::<Others>())
    });
    check(
        server,
        &[
            (
                "OPTIONS",
                "/items/1",
                Some("GET"),
                APP,
                false,
                204,
                Some(APP),
            ),
            (
                "OPTIONS",
                "/it%65ms/1",
                Some("GET"),
                APP,
                false,
                204,
                Some(APP),
            ),
            (
                "OPTIONS",
                "/of/a/deep/items/1",
                Some("GET"),
                APP,
                false,
                204,
                Some(APP),
            ),
            (
                "OPTIONS",
                "/of/a/deep/items/1",
                Some("PUT"),
                ADMIN,
                false,
                204,
                Some(ADMIN),
            ),
            ("OPTIONS", "/alone", Some("GET"), APP, false, 204, Some(APP)),
            ("OPTIONS", "/items/1", Some("GET"), ADMIN, false, 403, None),
            ("OPTIONS", "/items/1", Some("PUT"), APP, false, 403, None),
            ("OPTIONS", "/items/1", Some("GET"), OTHER, false, 403, None),
            // No annotated handler has the method: the fallback is for it.
            (
                "OPTIONS",
                "/items/1",
                Some("DELETE"),
                ADMIN,
                false,
                403,
                None,
            ),
            (
                "OPTIONS",
                "/items/1",
                Some("DELETE"),
                OTHER,
                false,
                204,
                Some(OTHER),
            ),
            ("OPTIONS", "/items/1", Some("get"), APP, false, 403, None),
            // It is no preflight: authentication sees it.
            (
                "OPTIONS",
                "/items/1",
                Some("GET PUT"),
                APP,
                false,
                401,
                None,
            ),
            ("OPTIONS", "/items/1", None, APP, false, 401, None),
            // Other spellings are other paths, for the router and so for us. A middleware inside may normalise the one or the
            // other to the handler's, whose policy it is not to say: authentication sees them.
            ("OPTIONS", "/Items/1", Some("GET"), APP, false, 403, None),
            ("OPTIONS", "/items/1/", Some("GET"), APP, false, 401, None),
            ("OPTIONS", "//items/1", Some("GET"), APP, false, 401, None),
            (
                "OPTIONS",
                "/items/1/../1",
                Some("GET"),
                APP,
                false,
                403,
                None,
            ),
            // The handler's own policy for what was answered in its place.
            ("GET", "/items/1", None, APP, false, 401, Some(APP)),
            (
                "GET",
                "/of/a/deep/items/1",
                None,
                APP,
                false,
                401,
                Some(APP),
            ),
            ("PUT", "/items/1", None, ADMIN, false, 401, Some(ADMIN)),
            ("PUT", "/items/1", None, APP, false, 401, None),
            ("GET", "/items/1", None, EVIL, false, 401, None),
            ("GET", "/items/1", None, OTHER, false, 401, None),
            ("GET", "/items/1", None, APP, true, 200, Some(APP)),
            ("GET", "/items/1", None, OTHER, true, 200, None),
            // The fallback is also for another method of an annotated path.
            ("DELETE", "/alone", None, OTHER, true, 404, Some(OTHER)),
            ("DELETE", "/alone", None, APP, true, 404, None),
            ("DELETE", "/items/1", None, APP, true, 404, None),
            // The fallback is for what no annotated handler has.
            ("GET", "/nowhere", None, OTHER, true, 404, Some(OTHER)),
            ("GET", "/nowhere", None, APP, true, 404, None),
            ("GET", "/nowhere", None, OTHER, false, 401, Some(OTHER)),
            (
                "OPTIONS",
                "/nowhere",
                Some("GET"),
                OTHER,
                false,
                204,
                Some(OTHER),
            ),
        ],
    );
    let readable = send(server, "GET", "/items/1", &[("origin", APP)]);
    assert_eq!(
        readable.one("access-control-allow-credentials"),
        Some("true")
    );
    assert_eq!(readable.list("vary"), ["origin"]);
    assert_eq!(
        send(server, "GET", "/items/1", &[]).list("vary"),
        ["origin"],
        "also without an origin"
    );
}

#[test]
fn without_the_middleware_or_with_authentication_outside_the_handlers_answer_for_themselves() {
    let bare = serve(|| App::new().configure(routes));
    check(
        bare,
        &[
            (
                "OPTIONS",
                "/items/1",
                Some("GET"),
                APP,
                false,
                204,
                Some(APP),
            ),
            ("OPTIONS", "/items/1", Some("PUT"), APP, false, 403, None),
            ("OPTIONS", "/items/1", Some("DELETE"), APP, false, 404, None),
            ("GET", "/items/1", None, APP, false, 200, Some(APP)),
            ("DELETE", "/alone", None, APP, false, 404, None),
            ("GET", "/plain", None, APP, false, 200, None),
        ],
    );
    let outside = serve(|| {
        App::new()
            .configure(routes)
            .wrap(Cors::annotated())
            .wrap(from_fn(bearer))
    });
    check(
        outside,
        &[
            ("OPTIONS", "/items/1", Some("GET"), APP, false, 401, None),
            (
                "OPTIONS",
                "/items/1",
                Some("GET"),
                APP,
                true,
                204,
                Some(APP),
            ),
            ("GET", "/items/1", None, APP, false, 401, None),
            ("GET", "/items/1", None, APP, true, 200, Some(APP)),
            ("GET", "/plain", None, APP, true, 200, None),
            ("GET", "/nowhere", None, APP, true, 404, None),
        ],
    );
}

/// Line 3 of what must never happen.
#[test]
fn a_policy_around_an_annotated_handler_never_widens_its_own() {
    let around_the_app = serve(|| App::new().configure(routes).wrap(Cors::of::<Others>()));
    let around_a_scope = serve(|| {
        App::new()
            .service(web::scope("").configure(routes).wrap(Cors::of::<Others>()))
            .wrap(Cors::annotated())
    });
    for server in [around_the_app, around_a_scope] {
        check(
            server,
            &[
                ("OPTIONS", "/items/1", Some("GET"), OTHER, false, 403, None),
                (
                    "OPTIONS",
                    "/items/1",
                    Some("GET"),
                    APP,
                    false,
                    204,
                    Some(APP),
                ),
                ("GET", "/items/1", None, OTHER, false, 200, None),
                ("GET", "/items/1", None, APP, false, 200, Some(APP)),
                ("PUT", "/items/1", None, ADMIN, false, 200, Some(ADMIN)),
                ("PUT", "/of/a/deep/items/1", None, OTHER, false, 200, None),
                ("GET", "/plain", None, OTHER, false, 200, Some(OTHER)),
                ("GET", "/plain", None, APP, false, 200, None),
                (
                    "OPTIONS",
                    "/plain",
                    Some("GET"),
                    OTHER,
                    false,
                    204,
                    Some(OTHER),
                ),
                ("OPTIONS", "/plain", Some("GET"), APP, false, 403, None),
            ],
        );
    }
    let around_a_resource = serve(|| {
        App::new()
            .service(
                web::resource("/by-hand")
                    .wrap(Cors::of::<Others>())
                    .route(web::put().to(async || "by hand")),
            )
            .service(plain)
    });
    check(
        around_a_resource,
        &[
            ("PUT", "/by-hand", None, OTHER, false, 200, Some(OTHER)),
            ("PUT", "/by-hand", None, APP, false, 200, None),
            (
                "OPTIONS",
                "/by-hand",
                Some("PUT"),
                OTHER,
                false,
                204,
                Some(OTHER),
            ),
            ("GET", "/plain", None, OTHER, false, 200, None),
        ],
    );
    let preflight = [("origin", OTHER), ("access-control-request-method", "PUT")];
    let reply = send(around_a_resource, "OPTIONS", "/by-hand", &preflight);
    assert_eq!(
        reply.one("access-control-allow-methods"),
        Some("GET, HEAD, POST"),
        "the browser says no to PUT"
    );
}

#[test]
fn where_a_guard_decides_between_two_handlers_the_app_stands_aside() {
    mod one {
        use actix_web::{Responder, get};
        use cors_runtime::cors;

        #[cors(origins = ["https://app.example.com"])]
        #[get("/x")]
        pub async fn x() -> impl Responder {
            "one"
        }
    }
    mod two {
        use actix_web::{Responder, get};
        use cors_runtime::cors;

        #[cors(origins = ["https://admin.example.com"])]
        #[get("/x")]
        pub async fn x() -> impl Responder {
            "two"
        }
    }
    let server = serve(|| {
        App::new()
            .service(
                web::scope("/v")
                    .guard(guard::Header("x-host", "one"))
                    .service(one::x),
            )
            .service(web::scope("/v").service(two::x))
            .wrap(from_fn(bearer))
            .wrap(Cors::annotated())
    });
    for origin in [APP, ADMIN] {
        check(
            server,
            &[
                ("OPTIONS", "/v/x", Some("GET"), origin, false, 401, None),
                ("GET", "/v/x", None, origin, false, 401, None),
            ],
        );
    }
    check(
        server,
        &[
            (
                "OPTIONS",
                "/v/x",
                Some("GET"),
                ADMIN,
                true,
                204,
                Some(ADMIN),
            ),
            ("OPTIONS", "/v/x", Some("GET"), APP, true, 403, None),
            ("GET", "/v/x", None, ADMIN, true, 200, Some(ADMIN)),
        ],
    );
    let to_one = [("origin", APP), ("x-host", "one"), ("authorization", "1")];
    assert_eq!(
        send(server, "GET", "/v/x", &to_one).one("access-control-allow-origin"),
        Some(APP)
    );
}
