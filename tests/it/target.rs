//! A layer finds the handler that a request is for: each test has an app in which this has failed once. After routing, a layer decides
//! by the router's choice. Before routing, it answers only if no other resource can be meant, and gives up a guess that the router
//! contradicts.

use std::cell::{Cell, RefCell};
use std::future::ready;
use std::net::SocketAddr;
use std::rc::Rc;

use crate::support::{Response, preflight, send, serve};
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, AUTHORIZATION, HeaderValue};
use actix_web::middleware::{Next, NormalizePath, from_fn};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpMessage, HttpResponse, Responder, error, guard, rt, web};
use cors_runtime::{Cors, cors};
use futures_util::future::join;

const APP: (&str, &str) = ("origin", "https://app.example.com");
const ADMIN: (&str, &str) = ("origin", "https://admin.example.com");
const EVIL: (&str, &str) = ("origin", "https://evil.example");

#[cors(origins = ["https://admin.example.com"], methods = ["GET", "POST", "PUT", "DELETE"], enforce)]
struct AdminOnly;

#[cors(origins = ["https://admin.example.com"], methods = ["GET", "POST", "PUT", "DELETE"])]
struct Files;

#[cors(origins = ["https://app.example.com"], credentials)]
mod api {
    use actix_web::{Responder, delete, get, post, put};
    use cors_runtime::cors;

    #[cors(policy = super::Open)]
    #[post("/{path:.*}")]
    pub async fn any() -> impl Responder {
        "any"
    }

    #[get("/{path:.*}")]
    pub async fn read_any() -> impl Responder {
        "read any"
    }

    #[put("/{path:.*}")]
    pub async fn put_any() -> impl Responder {
        "put any"
    }

    #[cors(policy = super::Open)]
    #[post("/{section}/{page}")]
    pub async fn page() -> impl Responder {
        "page"
    }

    #[get("/a")]
    pub async fn a() -> impl Responder {
        "a"
    }

    #[cors(policy = super::Open)]
    #[get("/open")]
    pub async fn open() -> impl Responder {
        "open"
    }

    #[delete("/{x}")]
    pub async fn remove() -> impl Responder {
        "remove"
    }

    #[delete("/{name}")]
    pub async fn remove_by_name() -> impl Responder {
        "remove by name"
    }

    #[put("/users/{id}")]
    pub async fn user() -> impl Responder {
        "user"
    }

    #[put("/b")]
    pub async fn b() -> impl Responder {
        "b"
    }
}

#[cors(origins = ["*"])]
struct Open;

async fn unauthorized(
    request: ServiceRequest,
    _: Next<impl MessageBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    Ok(request.into_response(HttpResponse::Unauthorized().finish()))
}

/// Turns away requests without authorization.
async fn auth(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.headers().contains_key("authorization") {
        Ok(next.call(request).await?.map_into_boxed_body())
    } else {
        Ok(request.into_response(HttpResponse::Unauthorized().finish()))
    }
}

#[track_caller]
fn assert_no_cors_headers(response: &Response) {
    assert_eq!(response.cors_headers(), Vec::<&str>::new(), "{response:?}");
}

/// A stranger's request does not run, and that of an allowed page does.
#[track_caller]
fn assert_enforced(server: SocketAddr, method: &str, path: &str) {
    let response = send(server, method, path, &[EVIL]);
    assert_eq!(
        response.status, 403,
        "{method} {path} ran: {}",
        response.body
    );
    assert_no_cors_headers(&response);
    assert_eq!(send(server, method, path, &[ADMIN]).status, 200);
}

fn admin() -> actix_web::Scope {
    web::scope("/admin")
        .route("/users", web::post().to(async || "by hand"))
        .route("/users", web::get().to(async || "by hand"))
}

#[test]
fn a_handler_outside_of_a_scope_does_not_switch_off_enforce_of_its_layer() {
    let in_front = serve(|| {
        App::new()
            .service(api::put_any)
            .service(admin().wrap(Cors::of::<AdminOnly>()))
    });
    let behind = serve(|| {
        App::new()
            .service(admin().wrap(Cors::of::<AdminOnly>()))
            .service(api::any)
            .service(api::page)
    });
    let of_segments = serve(|| {
        App::new()
            .service(admin().wrap(Cors::of::<AdminOnly>()))
            .service(api::page)
    });
    // The guard sends the request past the handler, to the scope.
    let guarded = serve(|| {
        let handlers = web::scope("").guard(guard::Header("x-version", "1"));
        App::new()
            .service(handlers.service(api::any))
            .service(admin().wrap(Cors::of::<AdminOnly>()))
    });
    let in_a_dynamic_scope = serve(|| {
        let section = web::scope("/{section}").guard(guard::Header("x-version", "1"));
        App::new()
            .service(
                section
                    .route("/{page}", web::put().to(async || ""))
                    .service(api::remove),
            )
            .service(
                admin()
                    .route("/{x}", web::delete().to(async || ""))
                    .wrap(Cors::of::<AdminOnly>()),
            )
    });
    for server in [in_front, behind, of_segments, guarded] {
        assert_enforced(server, "POST", "/admin/users");
        assert_enforced(server, "GET", "/admin/users");
    }
    assert_enforced(in_a_dynamic_scope, "DELETE", "/admin/users");
}

/// The two ways to put an app under a policy with `enforce`.
const ENFORCING_LAYERS: [fn() -> Cors; 2] = [
    || Cors::of::<AdminOnly>(),
    || Cors::annotated().fallback::<AdminOnly>(),
];

#[test]
fn a_layer_around_the_app_enforces_where_it_cannot_tell_the_handler() {
    for cors in ENFORCING_LAYERS {
        let overlapping = serve(move || {
            App::new()
                .service(admin())
                .service(api::any)
                .service(api::page)
                .wrap(cors())
        });
        assert_enforced(overlapping, "POST", "/admin/users");
        // An annotated handler behind the guard of a scope.
        let guarded = serve(move || {
            let scope = web::scope("").guard(guard::Header("x-version", "1"));
            App::new()
                .service(scope.service(api::any))
                .service(admin())
                .wrap(cors())
        });
        assert_enforced(guarded, "POST", "/admin/users");
    }
}

#[test]
fn a_layer_that_enforces_leaves_preflights_to_the_handler_that_it_cannot_tell() {
    for cors in ENFORCING_LAYERS {
        let server = serve(move || App::new().service(rivals::guarded).wrap(cors()));
        let reply = preflight(server, "/guarded", APP, "PUT");
        assert_eq!((reply.status, reply.allow_origin()), (204, Some(APP.1)));
        // The layer refuses the request itself.
        assert_eq!(send(server, "PUT", "/guarded", &[APP]).status, 403);
    }
}

#[test]
fn a_fallback_holds_for_the_other_methods_of_an_annotated_path() {
    for cors in ENFORCING_LAYERS {
        let server = serve(move || {
            App::new()
                .service(api::a)
                .route("/a", web::post().to(async || "by hand"))
                .wrap(cors())
        });
        assert_enforced(server, "POST", "/a");
        let reply = preflight(server, "/a", ADMIN, "POST");
        assert_eq!((reply.status, reply.allow_origin()), (204, Some(ADMIN.1)));
        assert_eq!(
            send(server, "POST", "/a", &[ADMIN]).allow_origin(),
            Some(ADMIN.1)
        );
        // The annotated handler's own policy does not enforce.
        assert_eq!(send(server, "GET", "/a", &[EVIL]).body, "a");
        assert_eq!(
            send(server, "GET", "/a", &[APP]).allow_origin(),
            Some(APP.1)
        );
        assert_eq!(preflight(server, "/a", ADMIN, "GET").status, 403);
    }
}

#[test]
fn a_scope_keeps_its_own_policy_beside_an_annotated_catch_all() {
    let files = || {
        web::scope("/files")
            .route("/{name}", web::get().to(async || "file"))
            .route("/{name}", web::put().to(async || "file"))
            .wrap(Cors::of::<Files>())
    };
    let behind = serve(move || {
        App::new()
            .service(api::any)
            .service(api::read_any)
            .service(files())
    });
    let in_front = serve(move || {
        App::new()
            .service(files())
            .service(api::any)
            .service(api::read_any)
    });
    for server in [behind, in_front] {
        let reply = preflight(server, "/files/a", ADMIN, "PUT");
        assert_eq!(
            (reply.status, reply.allow_origin()),
            (204, Some(ADMIN.1)),
            "{reply:?}"
        );
        assert_eq!(
            send(server, "PUT", "/files/a", &[ADMIN]).allow_origin(),
            Some(ADMIN.1)
        );
    }
    assert_eq!(
        send(in_front, "GET", "/files/a", &[ADMIN]).allow_origin(),
        Some(ADMIN.1)
    );
    // The catch-all has GET as well.
    let reply = preflight(in_front, "/files/a", ADMIN, "GET");
    assert_eq!((reply.status, reply.allow_origin()), (204, Some(ADMIN.1)));
}

#[test]
fn an_overlapping_pattern_does_not_close_an_open_handler() {
    let server = serve(|| {
        App::new()
            .service(api::open)
            .service(api::remove)
            .wrap(Cors::of::<AdminOnly>())
    });
    let response = send(server, "GET", "/open", &[EVIL]);
    assert_eq!(
        (&*response.body, response.allow_origin()),
        ("open", Some("*"))
    );
    let server = serve(|| {
        App::new()
            .service(api::remove)
            .service(
                web::scope("/s")
                    .service(api::a)
                    .wrap(Cors::of::<AdminOnly>()),
            )
            .service(api::page)
    });
    // The request might be for another resource, so that the handler's policy must name the origin to let it pass.
    let response = send(server, "GET", "/s/a", &[APP]);
    assert_eq!(
        (&*response.body, response.allow_origin()),
        ("a", Some(APP.1))
    );
    assert_eq!(send(server, "GET", "/s/a", &[EVIL]).status, 403);
}

#[test]
fn a_resource_in_front_with_two_segments_hides_no_other_resource_in_front() {
    use actix_web::{delete, get};

    #[get("/{org}/{repo}")]
    async fn repository() -> impl Responder {
        "repository"
    }

    #[delete("/{id:\\d+}")]
    async fn by_id() -> impl Responder {
        "by id"
    }

    let routes = |app: &mut web::ServiceConfig| {
        app.service(repository)
            .service(by_id)
            .service(api::remove_by_name);
    };
    let bare = serve(move || App::new().configure(routes));
    let layered = serve(move || App::new().configure(routes).wrap(Cors::annotated()));
    for server in [bare, layered] {
        assert_eq!(send(server, "DELETE", "/7", &[APP]).body, "by id");
        let reply = preflight(server, "/7", APP, "DELETE");
        assert_eq!(reply.status, 404);
        assert_no_cors_headers(&reply);
        assert_eq!(send(server, "DELETE", "/x", &[APP]).body, "remove by name");
        assert_eq!(preflight(server, "/x", APP, "DELETE").status, 204);
    }
}

/// The annotated handler of one virtual host, and another host with a handler of the same path without an annotation.
fn hosts(wrap: bool) -> (actix_web::Scope, actix_web::Scope) {
    let one = web::scope("")
        .guard(guard::Host("one.example"))
        .service(api::user);
    let other = web::scope("")
        .guard(guard::Host("other.example"))
        .route("/users/{id}", web::put().to(async || "other host's"));
    if wrap {
        let one = web::scope("").guard(guard::Host("one.example")).service(
            web::scope("")
                .service(api::user)
                .wrap(from_fn(auth))
                .wrap(Cors::annotated()),
        );
        return (one, other);
    }
    (one, other)
}

fn ask(server: SocketAddr, host: &str, method: &str, headers: &[(&str, &str)]) -> Response {
    let lines: Vec<_> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let lines = lines.concat();
    let text = format!(
        "{method} /users/1 HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 0\r\n{lines}\r\n"
    );
    crate::support::send_raw(server, text.as_bytes())
}

#[test]
fn a_layer_on_the_scope_of_a_host_answers_for_that_host_alone() {
    let server = serve(|| {
        let (one, other) = hosts(true);
        App::new().service(one).service(other.wrap(from_fn(auth)))
    });
    let asks = ("access-control-request-method", "PUT");
    let reply = ask(server, "one.example", "OPTIONS", &[APP, asks]);
    assert_eq!((reply.status, reply.allow_origin()), (204, Some(APP.1)));
    let reply = ask(server, "one.example", "PUT", &[APP]);
    assert_eq!((reply.status, reply.allow_origin()), (401, Some(APP.1)));
    let reply = ask(server, "other.example", "OPTIONS", &[APP, asks]);
    assert_eq!(reply.status, 401);
    assert_no_cors_headers(&reply);
    let reply = ask(server, "other.example", "PUT", &[APP]);
    assert_eq!(reply.status, 401);
    assert_no_cors_headers(&reply);
}

#[test]
fn a_layer_around_the_app_gives_up_a_guess_that_the_router_contradicts() {
    let server = serve(|| {
        let (one, other) = hosts(false);
        App::new()
            .service(one)
            .service(other)
            .wrap(from_fn(auth))
            .wrap(Cors::annotated())
    });
    let asks = ("access-control-request-method", "PUT");
    let signed_in = ("authorization", "1");
    // Before routing, the layer cannot tell the hosts apart.
    let reply = ask(server, "other.example", "OPTIONS", &[APP, asks]);
    assert_eq!(reply.status, 204);
    // The other host's response gets no headers. From now on the layer does not guess: preflights and 401s get none either.
    let response = ask(server, "other.example", "PUT", &[APP, signed_in]);
    assert_eq!(response.body, "other host's");
    assert_no_cors_headers(&response);
    let reply = ask(server, "other.example", "OPTIONS", &[APP, asks]);
    assert_eq!(reply.status, 401);
    assert_no_cors_headers(&reply);
    let reply = ask(server, "other.example", "PUT", &[APP]);
    assert_eq!(reply.status, 401);
    assert_no_cors_headers(&reply);
    // The handler's own responses keep their policy.
    let response = ask(server, "one.example", "PUT", &[APP, signed_in]);
    assert_eq!(
        (&*response.body, response.allow_origin()),
        ("user", Some(APP.1))
    );
}

/// Handlers of one method that the router chooses between.
mod rivals {
    use actix_web::guard::GuardContext;
    use actix_web::{Responder, delete, put};
    use cors_runtime::cors;

    fn always(_: &GuardContext<'_>) -> bool {
        true
    }

    #[cors(origins = ["https://app.example.com"])]
    #[put("/guarded", guard = "always")]
    pub async fn guarded() -> impl Responder {
        "guarded"
    }

    #[cors(origins = ["https://app.example.com"], credentials)]
    #[put("/between")]
    pub async fn first() -> impl Responder {
        "first"
    }

    #[cors(origins = ["https://admin.example.com"])]
    #[delete("/{name}")]
    pub async fn between() -> impl Responder {
        "between"
    }

    #[cors(origins = ["https://app.example.com"], credentials)]
    #[delete("/between")]
    pub async fn last() -> impl Responder {
        "last"
    }

    #[cors(origins = ["https://app.example.com"], credentials)]
    #[put("/{id}")]
    pub async fn of_one_host() -> impl Responder {
        "of one host"
    }

    #[cors(origins = ["https://admin.example.com"])]
    #[put("/{id}")]
    pub async fn of_any_host() -> impl Responder {
        "of any host"
    }

    #[cors(origins = ["https://admin.example.com"])]
    #[put("/users/{id}")]
    pub async fn user_of_any_host() -> impl Responder {
        "of any host"
    }
}

#[test]
fn a_handler_behind_another_that_takes_its_requests_answers_no_preflight_for_them() {
    let server = serve(|| {
        App::new()
            .service(rivals::first)
            .service(rivals::between)
            .service(rivals::last)
            .wrap(Cors::annotated())
    });
    assert_eq!(send(server, "DELETE", "/between", &[]).body, "between");
    assert_no_cors_headers(&preflight(server, "/between", APP, "DELETE"));
    let reply = preflight(server, "/between", ADMIN, "DELETE");
    assert_eq!((reply.status, reply.allow_origin()), (204, Some(ADMIN.1)));
}

#[test]
fn a_handler_in_a_scope_with_a_guard_answers_no_preflight_for_another_scope() {
    fn guarded(path: &str) -> actix_web::Scope {
        web::scope(path).guard(guard::Host("one.example"))
    }

    // The last three have one whole pattern for both handlers.
    let apps: [fn(&mut web::ServiceConfig); 4] = [
        |app| {
            app.service(guarded("/{section}").service(rivals::of_one_host))
                .service(web::scope("/users").service(rivals::of_any_host));
        },
        |app| {
            app.service(guarded("/users").service(rivals::of_one_host))
                .service(rivals::user_of_any_host);
        },
        |app| {
            app.service(guarded("").service(api::user))
                .service(rivals::user_of_any_host);
        },
        |app| {
            app.service(guarded("/users").service(rivals::of_one_host))
                .service(web::scope("").service(rivals::user_of_any_host));
        },
    ];
    let asks = ("access-control-request-method", "PUT");
    for (number, app) in apps.into_iter().enumerate() {
        let server = serve(move || App::new().configure(app).wrap(Cors::annotated()));
        let reply = ask(server, "other.example", "PUT", &[]);
        assert_eq!(reply.body, "of any host", "{number}");
        let reply = ask(server, "other.example", "OPTIONS", &[APP, asks]);
        assert_no_cors_headers(&reply);
        let reply = ask(server, "other.example", "OPTIONS", &[ADMIN, asks]);
        assert_eq!(
            (reply.status, reply.allow_origin()),
            (204, Some(ADMIN.1)),
            "{number}"
        );
    }
}

#[test]
fn the_response_of_a_default_service_gets_no_handlers_policy() {
    let server = serve(|| {
        let between = web::scope("")
            .guard(guard::Header("x-between", "1"))
            .default_service(web::to(async || "default"));
        App::new()
            .service(api::read_any)
            .service(between)
            .service(api::put_any)
            .wrap(Cors::annotated())
    });
    let response = send(server, "PUT", "/x", &[APP, ("x-between", "1")]);
    assert_eq!(response.body, "default");
    assert_no_cors_headers(&response);

    let server = serve(|| {
        App::new()
            .service(api::a)
            .default_service(web::to(async || HttpResponse::NotFound().body("default")))
            .wrap(Cors::annotated())
    });
    let response = send(server, "DELETE", "/a", &[APP]);
    assert_eq!((response.status, &*response.body), (404, "default"));
    assert_no_cors_headers(&response);
}

#[test]
fn what_a_middleware_answers_in_place_of_a_handler_gets_no_policy_on_a_guess() {
    let answered = |status| {
        serve(move || {
            App::new()
                .service(api::b)
                .service(rivals::guarded)
                .wrap_fn(move |request, _| {
                    let response = request.into_response(HttpResponse::new(status));
                    ready(Ok::<_, Error>(response))
                })
                .wrap(Cors::of::<Files>())
        })
    };
    let (success, not_found) = (answered(StatusCode::OK), answered(StatusCode::NOT_FOUND));
    for (server, path) in [(success, "/b"), (success, "/guarded"), (not_found, "/b")] {
        for origin in [APP, ADMIN] {
            assert_no_cors_headers(&send(server, "PUT", path, &[origin]));
        }
    }
    // The router also gives a 404 where a guard turns a request away, so it has the policy of the layer.
    let response = send(not_found, "PUT", "/guarded", &[ADMIN]);
    assert_eq!(response.allow_origin(), Some(ADMIN.1));
}

#[test]
fn an_error_of_a_resource_that_seemed_to_be_a_handler_has_the_policy_of_the_layer() {
    let server = serve(|| {
        let guarded = web::scope("").guard(guard::Host("one.example"));
        App::new()
            .service(guarded.service(api::user))
            .route("/users/{id}", web::put().to(HttpResponse::Conflict))
            .wrap(Cors::of::<Files>())
    });
    for _ in 0..2 {
        let response = ask(server, "other.example", "PUT", &[ADMIN]);
        assert_eq!(
            (response.status, response.allow_origin()),
            (409, Some(ADMIN.1))
        );
    }
}

#[test]
fn a_resource_of_the_same_pattern_in_front_keeps_the_layer_from_answering() {
    let server = serve(|| {
        App::new()
            .route("/b", web::put().to(async || "in front"))
            .service(api::b)
            .wrap(from_fn(unauthorized))
            .wrap(Cors::annotated())
    });
    let reply = preflight(server, "/b", APP, "PUT");
    assert_eq!(reply.status, 401);
    assert_no_cors_headers(&reply);
    assert_no_cors_headers(&send(server, "PUT", "/b", &[APP]));
}

#[test]
fn a_layer_on_a_scope_does_not_answer_for_another_pattern_in_front_of_it() {
    let in_front = || web::delete().to(async || "in front");
    let inside = || web::put().to(async || "inside");
    let annotated = serve(move || {
        App::new().route("/{section}/{page}", in_front()).service(
            web::scope("/files")
                .service(api::remove)
                .wrap(Cors::annotated()),
        )
    });
    let by_hand = serve(move || {
        App::new()
            .service(api::a)
            .route("/{section}/{page}", in_front())
            .service(
                web::scope("/files")
                    .route("/{x}", inside())
                    .wrap(Cors::of::<Files>()),
            )
    });
    let in_a_dynamic_scope = serve(move || {
        App::new().route("/{section}/{page}", in_front()).service(
            web::scope("/{tenant}")
                .route("/{x}", inside())
                .wrap(Cors::of::<Files>()),
        )
    });
    for (server, origin) in [
        (annotated, APP),
        (by_hand, ADMIN),
        (in_a_dynamic_scope, ADMIN),
    ] {
        let reply = preflight(server, "/files/a", origin, "DELETE");
        assert_no_cors_headers(&reply);
        assert_eq!(
            send(server, "DELETE", "/files/a", &[origin]).body,
            "in front"
        );
    }
}

#[test]
fn a_layer_on_a_dynamic_scope_knows_its_handlers() {
    let server = serve(|| {
        let scope = web::scope("/{tenant}")
            .service(api::user)
            .route("/by-hand", web::put().to(async || "by hand"))
            .wrap(from_fn(unauthorized))
            .wrap(Cors::of::<AdminOnly>());
        App::new().service(scope)
    });
    assert_eq!(preflight(server, "/one/users/1", APP, "PUT").status, 204);
    assert_eq!(preflight(server, "/one/by-hand", APP, "PUT").status, 403);
    assert_eq!(preflight(server, "/one/by-hand", ADMIN, "PUT").status, 204);
    // The handler's policy names the origin, so that the layer does not refuse.
    assert_eq!(send(server, "PUT", "/one/users/1", &[APP]).status, 401);
    assert_eq!(send(server, "PUT", "/one/by-hand", &[EVIL]).status, 403);
}

#[test]
fn two_equal_apps_behave_alike_in_whatever_order_they_are_built() {
    rt::System::new().block_on(async {
        let app = || {
            App::new()
                .route("/a", web::put().to(async || "by hand"))
                .wrap(from_fn(unauthorized))
                .wrap(Cors::of::<Files>())
        };
        // Both are created before either is built.
        let (one, other) = (app(), app());
        let (one, other) = (init_service(one).await, init_service(other).await);
        let preflight = || {
            let request = TestRequest::with_uri("/a").method("OPTIONS".parse().expect("a method"));
            let asks = ("access-control-request-method", "PUT");
            request
                .insert_header(ADMIN)
                .insert_header(asks)
                .to_request()
        };
        for _ in 0..2 {
            assert_eq!(
                one.call(preflight()).await.expect("a response").status(),
                204
            );
            assert_eq!(
                other.call(preflight()).await.expect("a response").status(),
                204
            );
        }
    });
}

/// A scope with an empty path is not in the pattern, but its guard can send a request elsewhere.
#[test]
fn a_layer_on_a_scope_enforces_also_around_a_scope_without_a_path() {
    let server = serve(|| {
        let inside = web::scope("").guard(guard::Header("x-version", "1"));
        let scope = web::scope("/s")
            .service(inside.service(api::open))
            .default_service(web::to(async || "default"))
            .wrap(Cors::of::<AdminOnly>());
        App::new().service(scope)
    });
    assert_eq!(send(server, "GET", "/s/open", &[EVIL]).status, 403);
    assert_eq!(send(server, "GET", "/s/open", &[ADMIN]).body, "default");
}

/// A middleware inside gets an `Err`, so that the request is dropped, calls another app in the same future, and returns the `Err`.
/// While actix's pool of 128 requests is full, the other app's request gets the memory of the dropped one.
#[test]
fn a_decision_in_another_app_does_not_reach_a_response_of_this_one() {
    rt::System::new().block_on(async {
        let other = Rc::new(init_service(App::new().service(api::a)).await);
        let asked = Rc::clone(&other);
        let (gone, reused) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
        let (leaves, comes) = (Rc::clone(&gone), Rc::clone(&reused));
        let app = init_service(
            App::new()
                .service(api::b)
                .wrap_fn(move |request, service| {
                    let fails = request.path() == "/fails";
                    leaves.set(std::ptr::from_ref(request.head()).addr());
                    let mut request = Some(request);
                    let response = request
                        .take_if(|_| !fails)
                        .map(|request| service.call(request));
                    async move {
                        rt::task::yield_now().await;
                        drop(request);
                        match response {
                            Some(response) => response.await,
                            None => Err(error::ErrorUnauthorized("no")),
                        }
                    }
                })
                .wrap_fn(move |request, service| {
                    let (fails, response) = (request.path() == "/fails", service.call(request));
                    let (gone, reused, other) = (gone.clone(), comes.clone(), asked.clone());
                    async move {
                        let result = response.await;
                        for _ in 0..if fails { 100 } else { 0 } {
                            let request = TestRequest::with_uri("/a").insert_header(APP);
                            let response = other.call(request.to_request()).await?;
                            let head = std::ptr::from_ref(response.request().head());
                            reused.set(reused.get() || head.addr() == gone.get());
                            let headers = response.headers();
                            assert!(
                                headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN),
                                "the other app's own response lost its headers"
                            );
                        }
                        result
                    }
                })
                .wrap(Cors::annotated()),
        )
        .await;
        let mut kept = Vec::new();
        for _ in 0..140 {
            let request = TestRequest::with_uri("/b").to_request();
            kept.push(app.call(request).await.expect("a response"));
        }
        let fails = TestRequest::with_uri("/fails").insert_header(APP);
        let fill_the_pool = async { drop(kept) };
        let (result, ()) = join(app.call(fails.to_request()), fill_the_pool).await;
        let error = result.map(|_| ()).expect_err("an error");
        let response = error.error_response();
        assert_eq!(response.status(), 401);
        let headers = response.headers();
        assert!(
            !headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN),
            "{headers:?}"
        );
        assert!(
            reused.get(),
            "no request got the memory of the dropped one, so nothing was tested"
        );
    });
}

/// A middleware lets the request for `/second` finish the one for `/first`, so that the first handler runs while the layer polls
/// the second request.
#[test]
fn a_request_that_another_one_finishes_keeps_its_own_policy() {
    #[cors(origins = ["https://app.example.com"])]
    #[actix_web::get("/first")]
    async fn first() -> &'static str {
        "first"
    }
    #[cors(origins = ["https://admin.example.com"])]
    #[actix_web::get("/second")]
    async fn second() -> &'static str {
        "second"
    }
    rt::System::new().block_on(async {
        let (waiting, finished) = (Rc::new(RefCell::new(None)), Rc::new(RefCell::new(None)));
        let app = App::new()
            .service(first)
            .service(second)
            // Calls the handler when the response is polled, and not before.
            .wrap(from_fn(async |request, next: Next<BoxBody>| {
                next.call(request).await
            }))
            .wrap_fn(move |request, service| {
                let is_first = request.path() == "/first";
                let mut response = Some(service.call(request));
                if is_first {
                    waiting.replace(response.take());
                }
                let (waiting, finished) = (Rc::clone(&waiting), Rc::clone(&finished));
                async move {
                    if let Some(response) = response {
                        let other = waiting.take().expect("it came before");
                        finished.replace(Some(other.await));
                        return response.await;
                    }
                    loop {
                        if let Some(result) = finished.take() {
                            return result;
                        }
                        rt::task::yield_now().await;
                    }
                }
            })
            .wrap(Cors::annotated());
        let app = init_service(app).await;
        let ask = |path, origin: (&'static str, &'static str)| {
            app.call(
                TestRequest::with_uri(path)
                    .insert_header(origin)
                    .to_request(),
            )
        };
        let (one, other) = join(ask("/first", APP), ask("/second", ADMIN)).await;
        for (response, origin) in [(one, APP), (other, ADMIN)] {
            let response = response.expect("a response");
            let allowed = response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN);
            assert_eq!(
                allowed.and_then(|value| value.to_str().ok()),
                Some(origin.1)
            );
        }
    });
}

#[test]
fn a_wildcard_that_a_middleware_adds_to_a_spawned_request_is_removed() {
    let server = serve(|| {
        App::new()
            .service(api::a)
            .wrap(from_fn(auth))
            .wrap_fn(|mut request, service| {
                let one = HeaderValue::from_static("1");
                request.headers_mut().insert(AUTHORIZATION, one);
                let response = rt::spawn(service.call(request));
                async move {
                    let mut response = response.await.expect("it does not panic")?;
                    let star = HeaderValue::from_static("*");
                    response
                        .headers_mut()
                        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, star);
                    Ok(response)
                }
            })
            .wrap(Cors::annotated())
    });
    let response = send(server, "GET", "/a", &[APP]);
    assert_eq!(
        (&*response.body, response.allow_origin()),
        ("a", Some(APP.1))
    );
    let response = send(server, "GET", "/a", &[EVIL]);
    assert_eq!((&*response.body, response.allow_origin()), ("a", None));
}

#[test]
fn a_fallback_does_not_answer_for_a_path_that_normalises_to_an_annotated_one() {
    let server = serve(|| {
        App::new()
            .service(api::b)
            .wrap(NormalizePath::trim())
            .wrap(Cors::annotated().fallback::<Files>())
    });
    assert_eq!(send(server, "PUT", "/b/", &[APP]).body, "b");
    for path in ["/b/", "//b", "/b//"] {
        let reply = preflight(server, path, ADMIN, "PUT");
        assert_ne!(reply.status, 204, "{path}");
        assert_eq!(reply.allow_origin(), None, "{path}");
    }
    assert_eq!(preflight(server, "/c/", ADMIN, "PUT").status, 204);
}

#[test]
fn enforce_trusts_no_header_that_comes_twice() {
    let server = serve(|| {
        App::new()
            .route("/a", web::post().to(async || "ran"))
            .wrap(Cors::of::<AdminOnly>())
    });
    let own = format!("http://{server}");
    let own = ("origin", &*own);
    let site = |site| ("sec-fetch-site", site);
    let status = |headers: &[(&str, &str)]| send(server, "POST", "/a", headers).status;
    assert_eq!(status(&[own]), 200);
    assert_eq!(status(&[EVIL, site("same-origin")]), 200);
    assert_eq!(status(&[own, EVIL]), 403);
    assert_eq!(status(&[own, own]), 403);
    assert_eq!(
        status(&[EVIL, site("same-origin"), site("cross-site")]),
        403
    );
    assert_eq!(
        status(&[EVIL, site("same-origin"), site("same-origin")]),
        403
    );
    let empty = b"POST /a HTTP/1.1\r\nhost:\r\norigin: http://\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(crate::support::send_raw(server, empty).status, 403);
}

/// actix reads `X-Forwarded-*` once and keeps the result in the request, so that a layer must not read it first.
#[test]
fn a_middleware_inside_may_still_strip_forwarded_headers() {
    use actix_web::HttpRequest;
    use actix_web::http::header::HeaderName;

    let server = serve(|| {
        App::new()
            .service(api::a)
            .route(
                "/who",
                web::to(async |request: HttpRequest| {
                    let info = request.connection_info();
                    format!("{} {:?}", info.host(), info.realip_remote_addr())
                }),
            )
            .wrap_fn(|mut request, service| {
                let known = request
                    .extensions()
                    .contains::<actix_web::dev::ConnectionInfo>();
                assert!(!known, "the layer has read it");
                for name in ["x-forwarded-for", "x-forwarded-host"] {
                    request.headers_mut().remove(HeaderName::from_static(name));
                }
                service.call(request)
            })
            .wrap(Cors::of::<AdminOnly>())
    });
    let spoofed = [
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-host", "evil.example"),
    ];
    for headers in [&[][..], &[ADMIN], &[("origin", "http://evil.example")]] {
        let headers: Vec<_> = spoofed.iter().chain(headers).copied().collect();
        let response = send(server, "GET", "/who", &headers);
        assert!(!response.body.contains("6.6.6.6"), "{}", response.body);
        assert!(!response.body.contains("evil"), "{}", response.body);
    }
}
