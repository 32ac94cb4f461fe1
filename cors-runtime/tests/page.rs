//! The requests of a `Page`, and the words of each `Outcome`, as a file that a reviewer reads: `tests/page.txt`.
//! `CORS_REGENERATE=1 cargo test -p cors-runtime --test it page` writes it anew.

use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::{env, fs};

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use cors_runtime::test::{Fetch, Page, Request, Response};

const APP: &str = "https://app.example.com";

/// A response of a server: its status, its headers and its body.
type Answer = (u16, &'static [(&'static str, &'static str)], &'static str);

fn response((status, lines, body): Answer) -> Response {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    Response {
        status: StatusCode::from_u16(status).expect("a status"),
        headers,
        body: Bytes::from_static(body.as_bytes()),
    }
}

fn write_request(text: &mut String, number: usize, request: &Request) {
    let _ = writeln!(text, "request {number}: {} {}", request.method, request.url);
    let mut lines: Vec<_> = request
        .headers
        .iter()
        .map(|(name, value)| format!("> {name}: {}", value.to_str().expect("text")))
        .collect();
    lines.sort();
    for line in lines {
        text.push_str(&line);
        text.push('\n');
    }
    if let Some(body) = &request.body {
        let _ = writeln!(text, "> {}", String::from_utf8_lossy(body));
    }
}

/// What a page sends, and what script sees of these answers.
fn play(page: &Page, fetch: Fetch, answers: &[Answer]) -> String {
    let mut text = String::new();
    let mut answers = answers.iter().copied();
    let mut step = page.begin(fetch);
    let outcome = loop {
        match step {
            ControlFlow::Break(outcome) => break outcome,
            ControlFlow::Continue(conversation) => {
                let number = conversation.trace().exchanges.len() + 1;
                write_request(&mut text, number, conversation.request());
                for reason in conversation.reasons_for_preflight() {
                    let _ = writeln!(text, "a preflight because of {reason}");
                }
                let answer = answers.next().expect("an answer");
                step = match answer.2.strip_prefix("broken off: ") {
                    Some(error) => conversation.broken_off(response(answer), error),
                    None => conversation.answered(response(answer)),
                };
            }
        }
    };
    assert!(answers.next().is_none(), "{outcome}");
    let _ = writeln!(text, "{outcome}");
    if let Some(check) = outcome.blocked_by() {
        let _ = writeln!(text, "blocked by {check:?}");
    }
    if let Some(body) = outcome.text() {
        let _ = writeln!(text, "script reads {body:?}");
    }
    for exchange in &outcome.trace().exchanges {
        for finding in exchange.findings.iter().filter(|finding| finding.passed) {
            let _ = writeln!(text, "passed: {}", finding.says);
        }
    }
    text
}

#[test]
fn a_page_sends_and_says_what_its_file_has() {
    const ALLOWED: (&str, &str) = ("access-control-allow-origin", APP);
    const AS_USER: (&str, &str) = ("access-control-allow-credentials", "true");
    let app = || Page::at(APP).api_at("https://api.example.com");
    let null = || Page::at("null").api_at("https://api.example.com");
    let user = || app().cookie("session", "abc").cookie("theme", "dark");
    let get = || Fetch::get("/items?q=1");
    let put = || {
        Fetch::put("/items/1")
            .header("content-type", "application/json")
            .header("x-id", "1")
            .header("x-id", "2")
            .body("{}")
    };
    let long = |length| vec![("access-control-allow-origin", &*"a".repeat(length).leak())].leak();

    #[rustfmt::skip]
    let rows: Vec<(&str, String)> = vec![
        ("a readable response", play(&app(), get(), &[(200, &[ALLOWED, ("etag", "1"), ("content-type", "text/plain"), ("pragma", "a")], "items")])),
        ("no header of the protocol", play(&app(), get(), &[(200, &[("content-type", "text/plain")], "items")])),
        ("a response without headers", play(&app(), Fetch::head("/"), &[(200, &[("access-control-allow-origin", "*")], "")])),
        ("another origin", play(&app(), get(), &[(200, &[("access-control-allow-origin", "https://other.example"), ("vary", "origin")], "")])),
        ("an origin in quotes", play(&app(), get(), &[(200, &[("access-control-allow-origin", "\"https://app.example.com\"")], "")])),
        ("two lines", play(&app(), get(), &[(200, &[ALLOWED, ALLOWED], "")])),
        ("two origins in one line", play(&app(), get(), &[(200, &[("access-control-allow-origin", "https://a.example, https://b.example")], "")])),
        ("a wildcard with credentials", play(&user(), get().credentials(), &[(200, &[("access-control-allow-origin", "*")], "")])),
        ("credentials", play(&user(), get().credentials(), &[(200, &[ALLOWED, AS_USER], "items")])),
        ("credentials in upper case", play(&user(), get().credentials(), &[(200, &[ALLOWED, ("access-control-allow-credentials", "TRUE")], "")])),
        ("an opaque origin", play(&null(), get(), &[(200, &[], "")])),
        ("an opaque origin with credentials", play(&null(), get().credentials(), &[(200, &[], "")])),
        ("a preflight and its request", play(&user(), put().credentials().upload_progress(), &[
            (204, &[ALLOWED, AS_USER, ("access-control-allow-methods", "PUT"), ("access-control-allow-headers", "content-type, x-id")], ""),
            (200, &[ALLOWED, AS_USER, ("access-control-expose-headers", "etag"), ("etag", "2")], "updated"),
        ])),
        ("a preflight that is turned away", play(&app(), put(), &[(401, &[ALLOWED, ("vary", "a"), ("location", "/x")], "who are you?\nsecond line")])),
        ("a preflight that is turned away without a word", play(&app(), put(), &[(404, &[ALLOWED], "")])),
        ("a refused body of a response that is no preflight's", play(&app(), get(), &[(403, &[], "no")])),
        ("a preflight with a body", play(&app(), put(), &[(200, &[], "a page")])),
        ("a preflight that is redirected", play(&app(), put(), &[(302, &[ALLOWED, ("location", "/x")], "")])),
        ("no methods", play(&app(), put(), &[(204, &[ALLOWED], "")])),
        ("other methods", play(&app(), Fetch::patch("/").header("x-id", "1"), &[(204, &[ALLOWED, ("access-control-allow-methods", "PUT, DELETE"), ("access-control-allow-headers", "x-a, x-b")], "")])),
        ("a method in lower case", play(&app(), Fetch::new("patch", "/"), &[(204, &[ALLOWED, ("access-control-allow-methods", "PATCH")], "")])),
        ("wildcards with credentials", play(&app(), put().credentials(), &[(204, &[ALLOWED, AS_USER, ("access-control-allow-methods", "*"), ("access-control-allow-headers", "*")], "")])),
        ("wildcards, and authorization", play(&app(), put().header("authorization", "a"), &[(204, &[ALLOWED, ("access-control-allow-methods", "*"), ("access-control-allow-headers", "*")], "")])),
        ("only authorization is missing", play(&app(), put().header("authorization", "a"), &[(204, &[ALLOWED, ("access-control-allow-methods", "PUT"), ("access-control-allow-headers", "content-type, x-id")], "")])),
        ("wildcards", play(&app(), put(), &[(204, &[ALLOWED, ("access-control-allow-methods", "*"), ("access-control-allow-headers", "*")], ""), (200, &[ALLOWED], "")])),
        ("lists that are none", play(&app(), put(), &[(204, &[ALLOWED, ("access-control-allow-methods", "P UT"), ("access-control-allow-headers", "a b")], "")])),
        ("listeners alone", play(&app(), Fetch::post("/").upload_progress(), &[(204, &[ALLOWED], ""), (200, &[ALLOWED], "")])),
        ("listeners and a method", play(&app(), Fetch::put("/").upload_progress(), &[(204, &[ALLOWED], ""), (200, &[ALLOWED], "")])),
        ("its own API", play(&Page::at(APP).api_at(APP).cookie("a", "b"), Fetch::post("/"), &[(200, &[("etag", "1"), ("set-cookie", "a=b")], "own")])),
        ("its own API, without a cookie", play(&Page::at(APP).api_at(APP).cookie("a", "b"), get().omit_credentials(), &[(200, &[], "own")])),
        ("a name under localhost", play(&Page::at("http://a.localhost").api_at("http://localhost"), get(), &[(200, &[], "")])),
        ("another scheme", play(&Page::at("http://app.example.com").api_at("https://api.example.com"), get(), &[(200, &[], "")])),
        ("another port of an address", play(&Page::at("http://127.0.0.1:3000").api_at("http://127.0.0.1:8080"), get(), &[(200, &[], "")])),
        ("another address", play(&Page::at("https://10.0.0.1").api_at("https://11.0.0.1"), get(), &[(200, &[], "")])),
        ("another site", play(&Page::at("https://one.github.io").api_at("https://other.github.io"), get(), &[(200, &[], "")])),
        ("an API that anyone on the network can be", play(&Page::at("http://a.example").api_at("http://b.example"), get(), &[(200, &[], "")])),
        ("a redirect", play(&app(), get(), &[(302, &[ALLOWED, ("location", "/x")], "")])),
        ("a body that ends early", play(&app(), get(), &[(200, &[ALLOWED], "broken off: timeout")])),
        ("a body that ends early and cannot be read", play(&app(), get(), &[(200, &[], "broken off: timeout")])),
        ("headers that script cannot set", play(&app(), get().header("host", "a").header("cookie", "b"), &[(200, &[ALLOWED], "")])),
        ("the longest value that is shown", play(&app(), get(), &[(200, long(300), "")])),
        ("a longer value", play(&app(), get(), &[(200, long(301), "")])),
        ("a body without a type", play(&app(), Fetch::post("/").header("accept-language", "en").body("a"), &[(403, &[], "")])),
        ("mixed content", play(&app().api_at("http://api.example.com"), get(), &[])),
        ("a forbidden method", play(&app(), Fetch::new("TRACE", "/"), &[])),
        ("no method", play(&app(), Fetch::new("A B", "/"), &[])),
        ("no header name", play(&app(), get().header("a b", "c"), &[])),
        ("no header value", play(&app(), get().header("a", "\u{1}"), &[])),
        ("a body where none is", play(&app(), get().body("a"), &[])),
    ];
    let mut written = String::new();
    for (name, text) in rows {
        let _ = writeln!(written, "# {name}\n{text}");
    }
    for (origin, api) in [("nonsense", APP), (APP, "wss://api.example.com")] {
        let error = Page::try_at(origin).and_then(|page| page.try_api_at(api));
        let _ = writeln!(written, "{}", error.expect_err("no origin of an API"));
    }

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page.txt");
    if env::var_os("CORS_REGENERATE").is_some() {
        fs::write(&file, &written).expect("the file can be written");
    }
    let expected = fs::read_to_string(&file).expect("the file can be read");
    assert!(
        written == expected,
        "run with CORS_REGENERATE=1, and look at the difference"
    );
}
