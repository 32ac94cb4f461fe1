//! Each refusal is one event of the log, which a client cannot forge.

use std::net::SocketAddr;

use crate::recorder;
use crate::support::{send, send_raw, serve};
use actix_web::body::BoxBody;
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, Responder, error, get, put, route, web};
use cors_runtime::{Allows, Cors, OriginSource, cors};

#[cors(origins = ["https://app.example.com"])]
#[get("/items/{id}")]
async fn read() -> impl Responder {
    "read"
}

#[cors(origins = ["https://app.example.com"], enforce)]
#[put("/items/{id}")]
async fn update() -> impl Responder {
    "update"
}

#[cors(origins = ["https://app.example.com"], headers = ["content-type", "x-a"])]
#[put("/sends")]
async fn sends() -> impl Responder {
    "sends"
}

#[cors(origins = ["https://app.example.com"])]
#[put("/rest/{tail:.*}")]
async fn rest() -> impl Responder {
    "rest"
}

#[cors(origins = ["https://app.example.com"], headers = ["*"])]
#[put("/sends-any")]
async fn sends_any() -> impl Responder {
    "sends any"
}

#[cors(origins = ["https://app.example.com"], methods = ["POST"], enforce)]
#[route("/narrow", method = "POST", method = "DELETE")]
async fn narrow() -> impl Responder {
    "narrow"
}

/// A source that fails for some origins, and panics for others.
struct Moody;

impl OriginSource for Moody {
    fn allows(&self, origin: &str, _: &RequestHead) -> Allows {
        assert!(!origin.contains("panic-now"), "as it was told");
        let origin = origin.to_owned();
        Allows::later(async move {
            assert!(!origin.contains("panic-later"), "as it was told");
            Err::<bool, _>("the database is gone\nforged")
        })
    }
}

static MOODY: Moody = Moody;

#[cors(origins = [MOODY])]
#[get("/moody")]
async fn moody() -> impl Responder {
    "moody"
}

/// Turns everyone away: with an `Err` if the length of the path is even, with a response if it is odd.
async fn unauthorized(
    request: ServiceRequest,
    _: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if request.path().len().is_multiple_of(2) {
        Err(error::ErrorUnauthorized("who are you?"))
    } else {
        Ok(request.into_response(HttpResponse::Unauthorized().finish()))
    }
}

/// A request to a server, and words of its event. There is no event if there are no words.
type Row<'a> = (
    SocketAddr,
    &'a str,
    &'a str,
    &'a [(&'a str, &'a str)],
    &'a [&'a str],
);

#[test]
fn a_refusal_is_one_event_that_a_client_cannot_forge() {
    let lines = recorder::alone();
    let server = serve(|| {
        App::new()
            .service(read)
            .service(update)
            .service(narrow)
            .service(sends)
            .service(sends_any)
            .route("/rest/plain", web::put().to(async || "plain"))
            .service(rest)
            .service(moody)
    });
    let origin = ("origin", "https://app.example.com");

    // Section 16 of `docs/never.md`.
    let hostile = [
        ("https://evil.example", "https://evil.example"),
        ("null", "null"),
        ("evil\ttab", "evil\\ttab"),
        ("x handler=forged", "x\\x20handler=forged"),
        ("\u{1b}[31mred", "\\x1b[31mred"),
        ("é", "\\xc3\\xa9"),
    ];
    for (value, shown) in hostile {
        for (method, asks) in [("GET", None), ("PUT", None), ("OPTIONS", Some("GET"))] {
            let mut request = format!(
                "{method} /items/1%0aforged HTTP/1.1\r\nhost: x\r\nconnection: close\r\norigin: "
            );
            request.push_str(value);
            if let Some(asked) = asks {
                request.push_str("\r\naccess-control-request-method: ");
                request.push_str(asked);
            }
            if method == "PUT" {
                request.push_str("\r\ncontent-length: 0");
            }
            request.push_str("\r\n\r\n");
            let response = send_raw(server, request.as_bytes());
            let seen = lines.take();
            if response.status == 400 {
                assert_eq!(
                    seen,
                    Vec::<String>::new(),
                    "actix refuses the request itself"
                );
                continue;
            }
            let [line] = &seen[..] else {
                panic!("{method} {value:?}: {seen:?}")
            };
            assert!(line.starts_with("DEBUG "), "{line}");
            assert!(line.contains(&format!("origin={shown} ")), "{line}");
            assert!(
                line.contains(&format!("method={} ", asks.unwrap_or(method))),
                "{line}"
            );
            assert!(line.contains("path=/items/1%0aforged "), "{line}");
            let handler = if method == "PUT" {
                "handler=log::refusals::update ("
            } else {
                "handler=log::refusals::read ("
            };
            assert!(line.contains(handler), "{line}");
            assert!(line.contains("tests/log/refusals.rs:"), "{line}");
            assert!(
                line.contains("reason=") && line.contains("remedy="),
                "{line}"
            );
            assert!(!line.contains(['\n', '\r', '\u{1b}', '\t']), "{line}");
        }
    }

    let long = format!("https://{}.example", "a".repeat(4000));
    send(server, "GET", "/items/1", &[("origin", &long)]);
    let seen = lines.take();
    assert!(seen.len() == 1 && seen[0].len() < 1500, "{seen:?}");

    send(server, "GET", "/items/1", &[origin]);
    send(server, "GET", "/items/1", &[]);
    send(
        server,
        "OPTIONS",
        "/items/1",
        &[origin, ("access-control-request-method", "GET")],
    );
    assert_eq!(
        lines.take(),
        Vec::<String>::new(),
        "an allowed request has no event"
    );

    // Refusals because of a method, a header or a source, and refusals without the handler.
    let evil = ("origin", "https://evil.example");
    let own = format!("http://{server}");
    let own = ("origin", own.as_str());
    let turned_away = serve(|| {
        App::new()
            .service(read)
            .service(update)
            .wrap(from_fn(unauthorized))
            .wrap(Cors::annotated())
    });
    let behind = serve(|| {
        App::new()
            .route("/rest/plain", web::put().to(async || "plain"))
            .service(rest)
            .wrap(Cors::annotated())
    });
    let in_layer = serve(|| App::new().service(moody).wrap(Cors::annotated()));
    let asks = |method| ("access-control-request-method", method);
    let event = |server, method, path, headers: &[_]| {
        send(server, method, path, headers);
        lines.take()
    };
    let headers = |names| ("access-control-request-headers", names);
    #[rustfmt::skip]
    let table: [Row<'_>; 21] = [
        (server, "GET", "/items/1", &[origin, evil], &["DEBUG", "origin=https://app.example.com, https://evil.example "]),
        (server, "POST", "/narrow", &[evil], &["DEBUG", "log::refusals::narrow", "this origin", "`origins`"]),
        (server, "DELETE", "/narrow", &[origin], &["DEBUG", "log::refusals::narrow", "this method", "`methods`"]),
        (server, "DELETE", "/narrow", &[own], &[]),
        // The answer lists the allowed methods, and the browser refuses: this is an event as well.
        (server, "OPTIONS", "/narrow", &[origin, asks("DELETE")],
            &["DEBUG message=refused", "log::refusals::narrow", "method=DELETE", "this method", "`methods`"]),
        (server, "OPTIONS", "/sends", &[origin, asks("PUT"), headers("content-type,x\ty z,x-z")],
            &["DEBUG message=refused", "log::refusals::sends", "header=x\\ty\\x20z ", "a request header", "`headers`"]),
        (server, "OPTIONS", "/sends", &[origin, asks("PUT"), headers("Content-Type, ,x-a"), headers("X-A")], &[]),
        (server, "OPTIONS", "/sends-any", &[origin, asks("PUT"), headers("x-a,authorization")],
            &["DEBUG message=refused", "log::refusals::sends_any", "header=authorization "]),
        (server, "OPTIONS", "/sends-any", &[origin, asks("PUT"), headers("x-a,content-type")], &[]),
        // The first is a warning, because the order of the routes is a mistake of the program.
        (server, "OPTIONS", "/rest/plain", &[origin, asks("PUT")],
            &["WARN message=refused", "log::refusals::rest", "a resource without a policy is in front"]),
        (server, "OPTIONS", "/rest/plain", &[origin, asks("PUT")],
            &["DEBUG message=refused", "log::refusals::rest", "a resource without a policy is in front"]),
        (behind, "OPTIONS", "/rest/plain", &[origin, asks("PUT")],
            &["WARN message=refused", "log::refusals::rest", "a resource without a policy is in front"]),
        (server, "GET", "/items/1", &[own], &[]),
        (server, "GET", "/items/1", &[evil, ("sec-fetch-site", "same-origin")], &[]),
        (turned_away, "GET", "/items/1", &[evil], &["DEBUG", "log::refusals::read", "this origin"]),
        (turned_away, "GET", "/items/12", &[evil], &["DEBUG", "log::refusals::read", "this origin"]),
        (turned_away, "GET", "/items/12", &[evil, ("sec-fetch-site", "same-origin")], &[]),
        (turned_away, "GET", "/items/1", &[origin], &[]),
        (turned_away, "OPTIONS", "/items/1", &[evil, asks("PUT")], &["DEBUG", "log::refusals::update", "preflight=true"]),
        (turned_away, "OPTIONS", "/items/1", &[origin, asks("DELETE")],
            &["DEBUG", "unanswered", "method=DELETE", "path=/items/1 "]),
        (turned_away, "OPTIONS", "/items/12", &[origin, asks("DELETE")], &["DEBUG", "unanswered", "method=DELETE"]),
    ];
    for (server, method, path, headers, words) in table {
        let seen = event(server, method, path, headers);
        assert_eq!(
            seen.len(),
            usize::from(!words.is_empty()),
            "{method} {path} {headers:?}: {seen:?}"
        );
        for word in words {
            assert!(seen[0].contains(word), "{word} is not in {seen:?}");
        }
    }
    assert!(
        event(turned_away, "OPTIONS", "/elsewhere", &[origin, asks("GET")]).is_empty(),
        "no handler with an annotation has this path"
    );
    for (origin, word) in [
        ("https://panic-now.example", "panicked"),
        ("https://panic-later.example", "panicked"),
        (
            "https://fails.example",
            "error=\"the database is gone\\nforged\" ",
        ),
    ] {
        for server in [server, in_layer] {
            let seen = event(server, "GET", "/moody", &[("origin", origin)]);
            let [failure, refusal] = &seen[..] else {
                panic!("{origin}: {seen:?}");
            };
            assert!(
                failure.starts_with("ERROR ") && failure.contains(word) && failure.contains(origin),
                "{failure}"
            );
            assert!(
                refusal.starts_with("DEBUG ") && refusal.contains("log::refusals::moody"),
                "{refusal}"
            );
        }
    }
}
