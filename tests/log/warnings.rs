//! A running server warns of each mistake of the program once, whatever clients send.

use std::net::SocketAddr;

use crate::recorder::{self, Lines};
use crate::support::{send, serve};
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, Responder, error, get, guard, put, web};
use cors_runtime::{Cors, OriginSet, cors};

#[cors(origins = ["https://app.example.com"])]
#[put("/items/{id}")]
async fn update() -> impl Responder {
    "update"
}

#[cors(origins = ["https://other.example.com"])]
#[put("/items/{number}")]
async fn update_again() -> impl Responder {
    "update again"
}

#[cors(origins = ["https://app.example.com"])]
#[put("/{tail:.*}")]
async fn everything() -> impl Responder {
    "everything"
}

#[cors(origins = ["https://app.example.com"])]
#[put("/with-guard", guard = "always")]
async fn with_guard() -> impl Responder {
    "with guard"
}

fn always(_: &guard::GuardContext<'_>) -> bool {
    true
}

#[cors(off)]
#[put("/off")]
async fn off() -> impl Responder {
    "off"
}

#[get("/plain/{id}")]
async fn plain() -> impl Responder {
    "plain"
}

static NEVER_FILLED: OriginSet = OriginSet::new();
static EMPTY: OriginSet = OriginSet::new();

#[cors(origins = [NEVER_FILLED])]
#[get("/never-filled")]
async fn never_filled() -> impl Responder {
    "never filled"
}

#[cors(origins = [EMPTY])]
#[get("/empty")]
async fn empty() -> impl Responder {
    "empty"
}

#[cors(origins = ["https://fallback.example"])]
struct Fallback;

#[cors(origins = ["https://app.example.com"])]
struct ByHand;

#[cors(origins = ["https://app.example.com"], methods = ["PUT"])]
struct Puts;

const ORIGIN: (&str, &str) = ("origin", "https://app.example.com");
const ASKS: (&str, &str) = ("access-control-request-method", "PUT");

/// A route that answers OPTIONS by hand, as in programs without a CORS middleware.
fn options(path: &str) -> actix_web::Resource {
    web::resource(path).guard(guard::Options()).to(async || {
        HttpResponse::Ok()
            .insert_header(("access-control-allow-origin", "*"))
            .finish()
    })
}

/// Two scopes of one path, of which the first has a guard: a layer cannot tell which of them a request is for.
fn two_scopes(app: &mut web::ServiceConfig) {
    let guarded = web::scope("/a").guard(guard::Header("x-side", "1"));
    app.service(guarded.service(update))
        .service(web::scope("/a").service(update));
}

async fn unauthorized(_: ServiceRequest, _: Next<BoxBody>) -> Result<ServiceResponse, Error> {
    Err(error::ErrorUnauthorized("who are you?"))
}

/// Sends a preflight for PUT, and returns its events.
fn preflight(lines: &Lines, server: SocketAddr, path: &str) -> Vec<String> {
    send(server, "OPTIONS", path, &[ORIGIN, ASKS]);
    lines.take()
}

/// There is one event, with these words.
#[track_caller]
fn check(seen: &[String], words: &[&str]) {
    let [line] = seen else {
        panic!("{words:?}: {seen:?}");
    };
    for word in words {
        assert!(line.contains(word), "{word} is not in {line}");
    }
}

#[test]
fn a_catch_all_that_answers_in_place_of_an_annotated_handler_is_a_warning() {
    let lines = recorder::alone();
    let server = serve(|| {
        App::new()
            .service(options("/{tail:.*}"))
            .service(update)
            .wrap(Cors::annotated())
    });
    let words = [
        "WARN ",
        "something in front of this handler",
        "handler=log::warnings::update (tests/log/warnings.rs:",
        "in_front=\"/{tail:.*}\"",
        "status=200",
        "method=PUT",
        "path=/items/1%0a ",
        "remedy=",
    ];
    check(&preflight(&lines, server, "/items/1%0a"), &words);
    let again = preflight(&lines, server, "/items/2");
    check(&again, &["DEBUG ", "something in front of this handler"]);

    // A resource for some of the paths is in front on purpose.
    let server = serve(|| {
        App::new()
            .service(options("/by-hand/{id}"))
            .service(everything)
            .wrap(Cors::annotated())
    });
    assert_eq!(preflight(&lines, server, "/by-hand/1"), [""; 0]);

    // A resource in front of a handler that is off, or that has a guard, is there on purpose.
    let server = serve(|| {
        App::new()
            .service(options("/{tail:.*}"))
            .service(with_guard)
            .service(off)
            .wrap(Cors::annotated())
    });
    for path in ["/with-guard", "/off"] {
        assert_eq!(preflight(&lines, server, path), [""; 0], "{path}");
    }
}

#[test]
fn a_handler_without_an_annotation_that_gets_requests_for_an_annotated_one_is_an_error() {
    let lines = recorder::alone();
    let server = serve(|| {
        let guarded = web::scope("/a").guard(guard::Header("x-side", "1"));
        App::new()
            .service(guarded.service(update))
            .route("/a/items/{id}", web::put().to(async || "by hand"))
            .wrap(Cors::annotated())
    });
    let words = [
        "ERROR ",
        "seem to be for this handler",
        "handler=log::warnings::update (",
        "pattern=\"/a/items/{id}\"",
        "remedy=",
    ];
    preflight(&lines, server, "/a/items/1");
    send(server, "PUT", "/a/items/1", &[ORIGIN]);
    check(&lines.take(), &words);
    send(server, "PUT", "/a/items/1", &[ORIGIN]);
    assert_eq!(lines.take(), [""; 0], "once");
}

#[test]
fn a_policy_around_another_is_an_error_unless_it_expects_layers_inside() {
    let lines = recorder::alone();
    let inside = || {
        let route = web::resource("/by-hand").route(web::put().to(async || "put"));
        route.wrap(Cors::of::<Puts>())
    };
    let server = serve(move || App::new().service(inside()).wrap(Cors::of::<ByHand>()));
    let words = [
        "ERROR ",
        "this policy's layer is inside another",
        "policy=log::warnings::Puts (tests/log/warnings.rs:",
        "remedy=",
    ];
    send(server, "PUT", "/by-hand", &[ORIGIN]);
    check(&lines.take(), &words);
    let outer = || Cors::of::<ByHand>().with_layers_inside();
    let server = serve(move || App::new().service(inside()).wrap(outer()));
    send(server, "PUT", "/by-hand", &[ORIGIN]);
    assert_eq!(lines.take(), [""; 0]);
}

#[test]
fn an_authentication_that_answers_where_the_layer_cannot_tell_the_handler_is_a_warning() {
    let lines = recorder::alone();
    let server = serve(|| {
        App::new()
            .configure(two_scopes)
            .wrap(from_fn(unauthorized))
            .wrap(Cors::annotated())
    });
    let words = [
        "WARN ",
        "something in front of this handler",
        "in_front=\"\"",
        "status=401",
    ];
    check(&preflight(&lines, server, "/a/items/1"), &words);
    let again = preflight(&lines, server, "/a/items/1");
    check(&again, &["DEBUG ", "something in front of this handler"]);
}

#[test]
fn a_method_that_no_handler_has_is_no_warning() {
    let lines = recorder::alone();
    let server = serve(|| App::new().configure(two_scopes).wrap(Cors::annotated()));
    let asks = ("access-control-request-method", "DELETE");
    send(server, "OPTIONS", "/a/items/1", &[ORIGIN, asks]);
    let words = [
        "DEBUG ",
        "unanswered",
        "no annotated handler of this path takes the method",
    ];
    check(&lines.take(), &words);
}

#[test]
fn a_preflight_for_a_handler_without_an_annotation_is_a_warning_unless_there_is_a_fallback() {
    let lines = recorder::alone();
    let words = [
        "WARN ",
        "no handler has #[cors]",
        "pattern=\"/plain/{id}\"",
        "fallback",
        "path=/plain/1 ",
    ];
    for server in [
        serve(|| App::new().service(plain).wrap(Cors::annotated())),
        serve(|| {
            App::new()
                .configure(two_scopes)
                .service(plain)
                .wrap(Cors::annotated())
        }),
    ] {
        check(&preflight(&lines, server, "/plain/1"), &words);
        assert_eq!(preflight(&lines, server, "/plain/2"), [""; 0], "once");
        assert_eq!(
            preflight(&lines, server, "/nowhere"),
            [""; 0],
            "no handler has the path"
        );
    }
    // The program answers by itself.
    let server = serve(|| {
        App::new()
            .service(options("/by-hand"))
            .service(update)
            .wrap(Cors::annotated())
    });
    assert_eq!(preflight(&lines, server, "/by-hand"), [""; 0]);
    let fallback = || Cors::annotated().fallback::<Fallback>();
    let server = serve(move || App::new().service(plain).wrap(fallback()));
    check(
        &preflight(&lines, server, "/plain/1"),
        &["DEBUG ", "refused"],
    );
}

#[test]
fn a_set_that_was_never_filled_is_a_warning_and_an_empty_one_is_not() {
    let lines = recorder::alone();
    EMPTY.replace([""; 0]).expect("an empty set is allowed");
    let server = serve(|| App::new().service(never_filled).service(empty));
    send(server, "GET", "/never-filled", &[ORIGIN]);
    let [warning, refusal] = &lines.take()[..] else {
        panic!("two lines");
    };
    let line = 1 + include_str!("warnings.rs")
        .lines()
        .take_while(|line| !line.starts_with("static NEVER_FILLED"))
        .count();
    let set = format!("set=tests/log/warnings.rs:{line} ");
    check(
        std::slice::from_ref(warning),
        &["WARN ", "never filled", &set],
    );
    assert!(refusal.starts_with("DEBUG "), "{refusal}");
    for path in ["/never-filled", "/empty"] {
        send(server, "GET", path, &[ORIGIN]);
        check(&lines.take(), &["DEBUG "]);
    }
}

#[test]
fn a_second_handler_with_the_path_and_method_of_the_first_is_a_warning() {
    let lines = recorder::alone();
    let words = [
        "WARN ",
        "this one never runs",
        "handler=log::warnings::update_again (",
        "in_front=log::warnings::update (",
        "method=\"PUT\"",
    ];
    for server in [
        serve(|| App::new().service(update).service(update_again)),
        serve(|| {
            App::new()
                .service(web::scope("/a").service(update).service(update_again))
                .wrap(Cors::annotated())
        }),
    ] {
        send(server, "GET", "/", &[]);
        check(&lines.take(), &words);
        send(server, "GET", "/", &[]);
        assert_eq!(lines.take(), [""; 0], "once");
    }
    // A guard tells two scopes of one path apart, also behind a resource that hides which of them the router searches.
    let scopes = |app: &mut web::ServiceConfig| {
        let guarded = web::scope("/a").guard(guard::Header("x-side", "1"));
        app.service(guarded.service(update))
            .service(web::scope("/a").service(update_again));
    };
    for server in [
        serve(move || App::new().configure(scopes).wrap(Cors::annotated())),
        serve(move || {
            App::new()
                .service(options("/{tail:.*}"))
                .configure(scopes)
                .wrap(Cors::annotated())
        }),
        // One handler twice has one policy.
        serve(|| App::new().service(update).service(update)),
    ] {
        send(server, "GET", "/", &[]);
        assert_eq!(lines.take(), [""; 0]);
    }
}

#[test]
fn a_policy_around_a_route_whose_method_it_does_not_name_is_a_warning() {
    let lines = recorder::alone();
    let route = || web::resource("/by-hand").route(web::put().to(async || "put"));
    let server = serve(move || App::new().service(route().wrap(Cors::of::<ByHand>())));
    let evil = ("origin", "https://evil.example");
    let refused = send(server, "OPTIONS", "/by-hand", &[evil, ASKS]);
    assert_eq!(refused.status, 403);
    check(&lines.take(), &["DEBUG "]);
    let seen = preflight(&lines, server, "/by-hand");
    let (warnings, rest): (Vec<_>, Vec<_>) =
        seen.into_iter().partition(|line| line.starts_with("WARN "));
    let words = [
        "it has no `methods`",
        "policy=log::warnings::ByHand (tests/log/warnings.rs:",
        "method=PUT",
        "path=/by-hand ",
        "origin=https://app.example.com",
        "remedy=",
    ];
    check(&warnings, &words);
    check(&rest, &["DEBUG "]);
    check(&preflight(&lines, server, "/by-hand"), &["DEBUG "]);

    // A layer inside names the method, and answers.
    let server = serve(move || {
        App::new()
            .service(route().wrap(Cors::of::<Puts>()))
            .wrap(Cors::of::<ByHand>().with_layers_inside())
    });
    assert_eq!(preflight(&lines, server, "/by-hand"), [""; 0]);
}
