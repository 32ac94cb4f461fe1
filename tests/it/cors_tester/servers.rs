//! `cors-tester` asks the example server, and an app with actix-cors.

use actix_cors::Cors;
use actix_web::{App, HttpResponse, web};

use super::run::{check, row};
use crate::programs::example::Example;
use crate::support;

#[test]
fn the_example_server_allows_the_origins_that_its_policies_name() {
    let example = Example::start();
    let ours = &example.page;
    let theirs = &example.stranger;
    let at = |path| example.at(path);
    check(&[
        row(
            format!("{} --origin {ours}", at("/items")),
            0,
            &[
                "No preflight",
                "pass  origin: Access-Control-Allow-Origin is the page's origin",
                "allowed: script reads the answer, with the status 200",
                "x-total-count",
            ],
        ),
        row(
            format!("{} --origin {theirs}", at("/items")),
            1,
            &[
                "FAIL  origin: the response has no Access-Control-Allow-Origin",
                "needed: Access-Control-Allow-Origin: http://localhost:",
                "see https://fetch.spec.whatwg.org/#cors-check step 2",
                "blocked (origin)",
            ],
        ),
        row(
            format!("{} --origin {ours} --credentials", at("/items")),
            1,
            &[
                "with credentials",
                "needed: Access-Control-Allow-Credentials: true",
                "blocked (credentials)",
            ],
        ),
        row(
            format!("{} --origin null", at("/public")),
            0,
            &["Access-Control-Allow-Origin is `*`: any page"],
        ),
        row(
            format!("{} --origin {ours} --credentials", at("/public")),
            1,
            &["blocked (wildcard)"],
        ),
        // Script reads the error.
        row(
            format!("{} --origin {ours}", at("/items/9")),
            0,
            &["404 Not Found", "the status 404"],
        ),
        row(
            format!(
                "{} --origin {ours} --method PUT --header content-type --credentials",
                at("/items/1")
            ),
            0,
            &[
                "The preflight",
                "needed for    the method PUT",
                "the header content-type: application/json",
                "access-control-request-headers: content-type",
                "pass  header: Access-Control-Allow-Headers has content-type",
                "The request",
                // The request has no body, which the preflight does not ask about.
                "400 Bad Request",
                "allowed",
            ],
        ),
        row(
            format!(
                "{} --origin {ours} --method PUT --header X-Request-Id:_7",
                at("/items/1")
            ),
            1,
            &[
                "the header x-request-id: 7",
                "needed: Access-Control-Allow-Headers: x-request-id",
                "The request is not sent: its preflight failed.",
                "blocked (header)",
            ],
        ),
        row(
            format!("{} --origin {ours} --method PATCH", at("/items/1")),
            1,
            &["blocked (method)"],
        ),
        row(
            format!("{} --origin {}", at("/private"), at("")),
            0,
            &["none: the page has the API's own origin", "allowed"],
        ),
        row(
            format!("{} --origin {ours} --header Cookie:_a=b", at("/items")),
            0,
            &["left out      cookie: browsers do not let script set this"],
        ),
        // Requests that no browser sends.
        row(
            format!("{} --origin {ours} --method TRACE", at("/items")),
            1,
            &[
                "Nothing is sent.",
                "blocked (request): browsers do not let script send TRACE",
            ],
        ),
        row(
            "http://192.0.2.1/ --origin https://app.example.com",
            1,
            &["Nothing is sent.", "blocked (mixed content)"],
        ),
    ]);
}

#[test]
fn an_app_with_actix_cors_gets_a_verdict_on_each_request() {
    let server = support::serve(|| {
        let cors = Cors::default()
            .allowed_origin("https://app.example.com")
            .allowed_methods(["GET", "DELETE"])
            .allowed_header("x-request-id")
            .supports_credentials();
        App::new()
            .wrap(cors)
            .route("/", web::get().to(|| async { "here" }))
            .route("/", web::delete().to(HttpResponse::NoContent))
    });
    let ask = |rest: &str| format!("http://{server}/ --origin {rest}");
    check(&[
        row(
            ask("https://app.example.com --credentials"),
            0,
            &["the status 200"],
        ),
        row(
            ask("https://app.example.com --credentials --method DELETE --header X-Request-Id"),
            0,
            &["pass  method", "pass  header", "the status 204"],
        ),
        row(
            ask("https://app.example.com --method PUT"),
            1,
            &["FAIL  status: the preflight's status is 400"],
        ),
        row(ask("https://evil.example"), 1, &["blocked (origin)"]),
    ]);
}
