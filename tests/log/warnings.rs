//! What a running server warns of: mistakes of the program, each once, whatever clients send.

use crate::lines;
use crate::support::{send, serve};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpResponse, Responder, error, get, guard, put, web};
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

/// An OPTIONS route for all paths, as people write it who have no CORS middleware.
#[cors(origins = ["https://app.example.com"])]
struct ByHand;

#[cors(origins = ["https://app.example.com"], methods = ["PUT"])]
struct Puts;

fn options(path: &str) -> actix_web::Resource {
    web::resource(path).guard(guard::Options()).to(async || {
        HttpResponse::Ok()
            .insert_header(("access-control-allow-origin", "*"))
            .finish()
    })
}

fn check(seen: &[String], words: &[&str]) {
    let [line] = seen else {
        panic!("{words:?}: {seen:?}");
    };
    for word in words {
        assert!(line.contains(word), "{word} is not in {line}");
    }
}

#[test]
fn each_mistake_of_the_program_is_one_warning() {
    let lines = lines::alone();
    let origin = ("origin", "https://app.example.com");
    let asks = ("access-control-request-method", "PUT");
    let preflight = |server, path| {
        send(server, Method::OPTIONS.as_str(), path, &[origin, asks]);
        lines.take()
    };

    // A handler with an annotation, and a catch-all that answers in its place.
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
    check(&preflight(server, "/items/1%0a"), &words);
    check(
        &preflight(server, "/items/2"),
        &["DEBUG ", "something in front of this handler"],
    );

    // A resource for a part of the paths is meant to be in front.
    let server = serve(|| {
        App::new()
            .service(options("/by-hand/{id}"))
            .service(everything)
            .wrap(Cors::annotated())
    });
    assert_eq!(preflight(server, "/by-hand/1"), [""; 0]);

    // An authentication inside, where the layer cannot tell the handler.
    let server = serve(|| {
        App::new()
            .service(
                web::scope("/a")
                    .guard(guard::Header("x-side", "1"))
                    .service(update),
            )
            .service(web::scope("/a").service(update))
            .wrap(from_fn(async |request, next| {
                let _: (
                    actix_web::dev::ServiceRequest,
                    actix_web::middleware::Next<_>,
                ) = (request, next);
                Err::<actix_web::dev::ServiceResponse, _>(error::ErrorUnauthorized("who are you?"))
            }))
            .wrap(Cors::annotated())
    });
    let words = [
        "WARN ",
        "something in front of this handler",
        "in_front=\"\"",
        "status=401",
    ];
    check(&preflight(server, "/a/items/1"), &words);
    check(
        &preflight(server, "/a/items/1"),
        &["DEBUG ", "something in front of this handler"],
    );

    // What any client can cause: a method that no handler takes, and a guard that sends it elsewhere.
    let server = serve(|| {
        App::new()
            .service(
                web::scope("/a")
                    .guard(guard::Header("x-side", "1"))
                    .service(update),
            )
            .service(web::scope("/a").service(update))
            .service(plain)
            .wrap(Cors::annotated())
    });
    send(
        server,
        "OPTIONS",
        "/a/items/1",
        &[origin, ("access-control-request-method", "DELETE")],
    );
    check(
        &lines.take(),
        &[
            "DEBUG ",
            "unclaimed",
            "no annotated handler of this path takes the method",
        ],
    );

    // Only handlers without an annotation have the path.
    let words = [
        "WARN ",
        "no handler has #[cors]",
        "pattern=\"/plain/{id}\"",
        "fallback",
        "path=/plain/1 ",
    ];
    check(&preflight(server, "/plain/1"), &words);
    assert_eq!(preflight(server, "/plain/2"), [""; 0], "once");
    assert_eq!(preflight(server, "/nobody"), [""; 0], "nobody has it");
    let server = serve(|| App::new().service(plain).wrap(Cors::annotated()));
    check(&preflight(server, "/plain/1"), &words);
    let server = serve(|| {
        App::new()
            .service(plain)
            .wrap(Cors::annotated().fallback::<Fallback>())
    });
    check(&preflight(server, "/plain/1"), &["DEBUG ", "refused"]);

    // A set that nobody fills. To be empty is another thing.
    EMPTY.replace([""; 0]).expect("nothing is wrong with none");
    let server = serve(|| App::new().service(never_filled).service(empty));
    send(server, "GET", "/never-filled", &[origin]);
    let [warning, refusal] = &lines.take()[..] else {
        panic!("two lines");
    };
    let line = 1 + include_str!("warnings.rs")
        .lines()
        .take_while(|line| !line.starts_with("static NEVER_FILLED"))
        .count();
    check(
        std::slice::from_ref(warning),
        &[
            "WARN ",
            "never filled",
            &format!("set=tests/log/warnings.rs:{line} "),
        ],
    );
    assert!(refusal.starts_with("DEBUG "), "{refusal}");
    send(server, "GET", "/never-filled", &[origin]);
    check(&lines.take(), &["DEBUG "]);
    send(server, "GET", "/empty", &[origin]);
    check(&lines.take(), &["DEBUG "]);

    // Two policies on one path and method: at start, and in a scope with the first request under a layer.
    let words = [
        "WARN ",
        "this one never runs",
        "handler=log::warnings::update_again (",
        "in_front=log::warnings::update (",
        "method=\"PUT\"",
    ];
    let server = serve(|| App::new().service(update).service(update_again));
    send(server, "GET", "/", &[]);
    check(&lines.take(), &words);
    send(server, "GET", "/", &[]);
    assert_eq!(lines.take(), [""; 0], "once");
    let server = serve(|| {
        App::new()
            .service(web::scope("/a").service(update).service(update_again))
            .wrap(Cors::annotated())
    });
    send(server, "GET", "/", &[]);
    check(&lines.take(), &words);
    // Guards tell such scopes from one another.
    let server = serve(|| {
        App::new()
            .service(
                web::scope("/a")
                    .guard(guard::Header("x-side", "1"))
                    .service(update),
            )
            .service(web::scope("/a").service(update_again))
            .wrap(Cors::annotated())
    });
    send(server, "GET", "/", &[]);
    assert_eq!(lines.take(), [""; 0]);

    // Routes that are built by hand, under a policy that does not name their methods.
    let server = serve(|| {
        let route = || web::resource("/by-hand").route(web::put().to(async || "put"));
        App::new().service(route().wrap(Cors::of::<ByHand>()))
    });
    assert_eq!(
        send(
            server,
            "OPTIONS",
            "/by-hand",
            &[("origin", "https://evil.example"), asks]
        )
        .status,
        403
    );
    let seen = lines.take();
    assert!(
        seen.iter().all(|line| line.starts_with("DEBUG ")),
        "{seen:?}"
    );
    let seen = preflight(server, "/by-hand");
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
    check(&preflight(server, "/by-hand"), &["DEBUG "]);

    // A layer inside names its methods, and answers.
    let server = serve(|| {
        let route = || web::resource("/by-hand").route(web::put().to(async || "put"));
        App::new()
            .service(route().wrap(Cors::of::<Puts>()))
            .wrap(Cors::of::<ByHand>().with_layers_inside())
    });
    assert_eq!(preflight(server, "/by-hand"), [""; 0]);
}
