//! Requests to apps with authentication inside of a layer, with authentication outside of it, and without a layer.

use actix_web::middleware::from_fn;
use actix_web::{App, Responder, guard, web};
use cors_runtime::{Cors, cors};

use crate::other_crates::bearer::bearer;
use crate::other_crates::rows::Says::{Denied, For, Nothing};
use crate::other_crates::rows::{ADMIN, APP, EVIL, OTHER, ask, check, get, preflight};
use crate::support::serve;

#[cors(origins = ["https://app.example.com"], headers = ["authorization"], credentials)]
#[actix_web::get("/items/{id}")]
async fn read() -> impl Responder {
    "read"
}

#[cors(origins = ["https://admin.example.com"])]
#[actix_web::put("/items/{id}")]
async fn update() -> impl Responder {
    "update"
}

#[cors(origins = ["https://app.example.com"])]
#[actix_web::get("/alone")]
async fn alone() -> impl Responder {
    "alone"
}

#[actix_web::get("/plain")]
async fn plain() -> impl Responder {
    "plain"
}

#[cors(origins = ["https://other.example.com"], credentials)]
struct Others;

fn routes(app: &mut web::ServiceConfig) {
    app.service(read)
        .service(update)
        .service(alone)
        .service(plain)
        .service(
            web::scope("/of/{tenant}").service(web::scope("/deep").service(read).service(update)),
        );
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
            (preflight("GET", "/items/1").from(APP), 204, For(APP)),
            (preflight("GET", "/it%65ms/1").from(APP), 204, For(APP)),
            (
                preflight("GET", "/of/a/deep/items/1").from(APP),
                204,
                For(APP),
            ),
            (
                preflight("PUT", "/of/a/deep/items/1").from(ADMIN),
                204,
                For(ADMIN),
            ),
            (preflight("GET", "/alone").from(APP), 204, For(APP)),
            (preflight("GET", "/items/1").from(ADMIN), 403, Denied),
            (preflight("PUT", "/items/1").from(APP), 403, Denied),
            (preflight("GET", "/items/1").from(OTHER), 403, Denied),
            // No annotated handler has the method, so the fallback answers.
            (preflight("DELETE", "/items/1").from(ADMIN), 403, Denied),
            (preflight("DELETE", "/items/1").from(OTHER), 204, For(OTHER)),
            (preflight("get", "/items/1").from(APP), 403, Denied),
            // These are no preflights: authentication answers them.
            (preflight("GET PUT", "/items/1").from(APP), 401, Denied),
            (ask("OPTIONS", "/items/1").from(APP), 401, Denied),
            // Other spellings are other paths for the router, and so for the layer. A middleware inside could normalise those with
            // odd slashes to the handler's path, so authentication answers these.
            (preflight("GET", "/Items/1").from(APP), 403, Denied),
            (preflight("GET", "/items/1/").from(APP), 401, Nothing),
            (preflight("GET", "//items/1").from(APP), 401, Nothing),
            (preflight("GET", "/items/1/../1").from(APP), 403, Denied),
            // A 401 in place of the handler's response has the handler's policy.
            (get("/items/1").from(APP), 401, For(APP)),
            (get("/of/a/deep/items/1").from(APP), 401, For(APP)),
            (ask("PUT", "/items/1").from(ADMIN), 401, For(ADMIN)),
            (ask("PUT", "/items/1").from(APP), 401, Denied),
            (get("/items/1").from(EVIL), 401, Denied),
            (get("/items/1").from(OTHER), 401, Denied),
            (
                get("/items/1").from(APP).with("authorization", "1"),
                200,
                For(APP),
            ),
            (
                get("/items/1").from(OTHER).with("authorization", "1"),
                200,
                Denied,
            ),
            // The fallback answers for other methods of an annotated path.
            (
                ask("DELETE", "/alone")
                    .from(OTHER)
                    .with("authorization", "1"),
                404,
                For(OTHER),
            ),
            (
                ask("DELETE", "/alone").from(APP).with("authorization", "1"),
                404,
                Denied,
            ),
            (
                ask("DELETE", "/items/1")
                    .from(APP)
                    .with("authorization", "1"),
                404,
                Denied,
            ),
            // The fallback answers for paths without an annotated handler.
            (
                get("/nowhere").from(OTHER).with("authorization", "1"),
                404,
                For(OTHER),
            ),
            (
                get("/nowhere").from(APP).with("authorization", "1"),
                404,
                Denied,
            ),
            (get("/nowhere").from(OTHER), 401, For(OTHER)),
            (preflight("GET", "/nowhere").from(OTHER), 204, For(OTHER)),
        ],
    );
    let readable = get("/items/1").from(APP).send(server);
    assert_eq!(
        readable.one("access-control-allow-credentials"),
        Some("true")
    );
    assert_eq!(readable.list("vary"), ["origin"]);
    check(server, &[(get("/items/1"), 401, Denied)]);
}

#[test]
fn without_a_layer_or_with_authentication_outside_the_handlers_answer_for_themselves() {
    let bare = serve(|| App::new().configure(routes));
    check(
        bare,
        &[
            (preflight("GET", "/items/1").from(APP), 204, For(APP)),
            (preflight("PUT", "/items/1").from(APP), 403, Denied),
            (preflight("DELETE", "/items/1").from(APP), 404, Nothing),
            (get("/items/1").from(APP), 200, For(APP)),
            (ask("DELETE", "/alone").from(APP), 404, Nothing),
            (get("/plain").from(APP), 200, Nothing),
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
            (preflight("GET", "/items/1").from(APP), 401, Nothing),
            (
                preflight("GET", "/items/1")
                    .from(APP)
                    .with("authorization", "1"),
                204,
                For(APP),
            ),
            (get("/items/1").from(APP), 401, Nothing),
            (
                get("/items/1").from(APP).with("authorization", "1"),
                200,
                For(APP),
            ),
            (
                get("/plain").from(APP).with("authorization", "1"),
                200,
                Nothing,
            ),
            (
                get("/nowhere").from(APP).with("authorization", "1"),
                404,
                Nothing,
            ),
        ],
    );
}

/// Section 3 of `docs/never.md`.
#[test]
fn a_layer_never_widens_the_policy_of_a_handler_inside() {
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
                (preflight("GET", "/items/1").from(OTHER), 403, Denied),
                (preflight("GET", "/items/1").from(APP), 204, For(APP)),
                (get("/items/1").from(OTHER), 200, Denied),
                (get("/items/1").from(APP), 200, For(APP)),
                (ask("PUT", "/items/1").from(ADMIN), 200, For(ADMIN)),
                (ask("PUT", "/of/a/deep/items/1").from(OTHER), 200, Denied),
                (get("/plain").from(OTHER), 200, For(OTHER)),
                (get("/plain").from(APP), 200, Denied),
                (preflight("GET", "/plain").from(OTHER), 204, For(OTHER)),
                (preflight("GET", "/plain").from(APP), 403, Denied),
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
            (ask("PUT", "/by-hand").from(OTHER), 200, For(OTHER)),
            (ask("PUT", "/by-hand").from(APP), 200, Denied),
            (preflight("PUT", "/by-hand").from(OTHER), 204, For(OTHER)),
            (get("/plain").from(OTHER), 200, Nothing),
        ],
    );
    let reply = preflight("PUT", "/by-hand")
        .from(OTHER)
        .send(around_a_resource);
    assert_eq!(
        reply.one("access-control-allow-methods"),
        Some("GET, HEAD, POST"),
        "the browser refuses PUT"
    );
}

#[test]
fn a_layer_adds_nothing_where_a_guard_decides_between_two_handlers() {
    mod one {
        use actix_web::Responder;
        use cors_runtime::cors;

        #[cors(origins = ["https://app.example.com"])]
        #[actix_web::get("/x")]
        pub async fn x() -> impl Responder {
            "one"
        }
    }
    mod two {
        use actix_web::Responder;
        use cors_runtime::cors;

        #[cors(origins = ["https://admin.example.com"])]
        #[actix_web::get("/x")]
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
                (preflight("GET", "/v/x").from(origin), 401, Nothing),
                (get("/v/x").from(origin), 401, Nothing),
            ],
        );
    }
    check(
        server,
        &[
            (
                preflight("GET", "/v/x")
                    .from(ADMIN)
                    .with("authorization", "1"),
                204,
                For(ADMIN),
            ),
            (
                preflight("GET", "/v/x")
                    .from(APP)
                    .with("authorization", "1"),
                403,
                Denied,
            ),
            (
                get("/v/x").from(ADMIN).with("authorization", "1"),
                200,
                For(ADMIN),
            ),
        ],
    );
    let to_one = get("/v/x").from(APP).with("x-host", "one");
    check(
        server,
        &[(to_one.with("authorization", "1"), 200, For(APP))],
    );
}
