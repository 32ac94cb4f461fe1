//! A resource without an annotation in front of an annotated handler gets the requests, so that the handler must not answer their
//! preflights.

use std::net::SocketAddr;

use crate::support::{send, serve};
use actix_web::{App, Responder, delete, get, guard, put, route, web};
use cors_runtime::{Cors, cors};

const APP: (&str, &str) = ("origin", "https://app.example.com");

#[put("/admin/{id}")]
async fn plain() -> impl Responder {
    "plain"
}

#[get("/items/{id}")]
async fn read() -> impl Responder {
    "read"
}

#[cors(origins = ["https://app.example.com"], credentials)]
mod annotated {
    use super::*;

    #[put("/items/{number}")]
    pub(crate) async fn update() -> impl Responder {
        "annotated"
    }

    #[get("/items/special")]
    pub(crate) async fn special() -> impl Responder {
        "special"
    }

    #[put("/fixed")]
    pub(crate) async fn fixed() -> impl Responder {
        "annotated"
    }

    #[route("/{tail:.*}", method = "PUT", method = "DELETE")]
    pub(crate) async fn everything() -> impl Responder {
        "annotated"
    }

    #[delete("/admin/{id}")]
    pub(crate) async fn remove() -> impl Responder {
        "annotated"
    }
}

/// Compares whether the preflight is answered, and the body of the resource that gets the request.
#[track_caller]
fn check(server: SocketAddr, path: &str, method: &str, answered: bool, body: &str) {
    // Twice, because the second answer may come from a cache that the first has filled.
    for _ in 0..2 {
        let asks = ("access-control-request-method", method);
        let reply = send(server, "OPTIONS", path, &[APP, asks]);
        let status = if answered { 204 } else { 404 };
        assert_eq!(reply.status, status, "{method} {path}");
        assert_eq!(reply.cors_headers().is_empty(), !answered, "{reply:?}");
    }
    assert_eq!(send(server, method, path, &[APP]).body, body, "{path}");
}

#[test]
fn a_handler_behind_a_resource_does_not_answer_its_preflights() {
    use annotated::{everything, fixed, remove};
    macro_rules! routes {
        () => {
            App::new()
                .service(plain)
                .route("/by-hand/{id}", web::delete().to(async || "plain"))
                .service(web::scope("/scope").service(plain).service(everything))
                .service(
                    web::resource("/{one}")
                        .guard(guard::Put())
                        .to(async || "plain"),
                )
                .service(fixed)
                .service(remove)
                .service(everything)
        };
    }
    for server in [
        serve(|| routes!()),
        serve(|| routes!().wrap(Cors::annotated())),
    ] {
        check(server, "/admin/1", "PUT", false, "plain");
        check(server, "/by-hand/1", "DELETE", false, "plain");
        check(server, "/scope/admin/1", "PUT", false, "plain");
        check(server, "/fixed", "PUT", false, "plain");
        // The resource in front has the same pattern, but another method.
        check(server, "/admin/1", "DELETE", true, "annotated");
        check(server, "/admin/1/more", "PUT", true, "annotated");
        check(server, "/scope/else", "DELETE", true, "annotated");
    }
}

#[test]
fn a_resource_in_another_guarded_scope_does_not_hide_a_handler() {
    use annotated::{everything, special, update};
    let host = |name| guard::Host(name);
    let serve_behind = |pattern: &'static str| {
        serve(move || {
            App::new()
                .service(
                    web::scope("")
                        .guard(host("www.example"))
                        .route(pattern, web::to(async || "plain")),
                )
                .service(
                    web::scope("")
                        .service(read)
                        .service(special)
                        .service(update)
                        .service(everything),
                )
        })
    };
    // The guard of the scope turns the preflight away, as it turns the request away. The pattern differs from the handlers' own in the
    // names of its segments, so that it is known to be none of theirs.
    let server = serve_behind("/{one}/{two}");
    check(server, "/items/1", "PUT", true, "annotated");
    check(server, "/items/special", "PUT", true, "annotated");
    check(server, "/else/where", "PUT", true, "annotated");
    // A catch-all may as well be in the handler's own scope, without a guard.
    let server = serve_behind("/{tail:.*}");
    check(server, "/items/1", "PUT", false, "annotated");
    check(server, "/else/where", "PUT", true, "annotated");
}
