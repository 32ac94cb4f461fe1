//! The table of fetches: what script sees of each, on a `Page` of `cors_runtime::test` and in a real browser.

#![allow(clippy::too_many_lines, reason = "a table is as long as it is")]

use std::sync::LazyLock;

use cors_runtime::test::{Check, Fetch};
use serde_json::{Value, json};

use Sees::{Blocked, Reads, Redirected};
use Whose::{Allowed, Own, Sandboxed, Stranger};

/// The page on which script runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A page that the policies name.
    Allowed,
    /// A page that no policy names.
    Stranger,
    /// A page of the API's own origin.
    Own,
    /// A page whose origin is opaque.
    Sandboxed,
}

/// The resource of the API that answers.
#[derive(Clone, Debug)]
pub enum Served {
    /// The path of a handler in `api.rs`.
    By(&'static str),
    /// A path that answers with a given status and header lines. `{page}` stands for the page's origin.
    Told {
        preflight: &'static str,
        reply: &'static str,
    },
}

/// What script sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sees {
    /// The status, the body, and all headers but those that a server adds when it sends. `{api}` stands for the API's origin.
    Reads(u16, &'static str, Vec<(&'static str, &'static str)>),
    Blocked(Check),
    Redirected,
}

/// One fetch.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: &'static str,
    pub whose: Whose,
    pub served: Served,
    method: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Option<&'static str>,
    credentials: &'static str,
    pub upload_progress: bool,
    pub sees: Sees,
    /// Whether the browser sends a preflight.
    pub preflight: bool,
    /// What script sees in the browsers that do not follow the standard here.
    pub browsers: Option<Sees>,
}

impl Row {
    /// The path with the row's number, so that the browser's caches tell the rows apart.
    pub fn path(&self, number: usize) -> String {
        match self.served {
            Served::By(path) => format!("{path}?row={number}"),
            Served::Told { .. } => format!("/told/{number}?row={number}"),
        }
    }

    pub fn fetch(&self, number: usize) -> Fetch {
        let mut fetch = Fetch::new(self.method, self.path(number));
        for (name, value) in &self.headers {
            fetch = fetch.header(*name, value);
        }
        if let Some(body) = self.body {
            fetch = fetch.body(body);
        }
        if self.upload_progress {
            fetch = fetch.upload_progress();
        }
        match self.credentials {
            "include" => fetch.credentials(),
            "omit" => fetch.omit_credentials(),
            _ => fetch,
        }
    }

    /// The second argument of script's `fetch`.
    pub fn init(&self) -> Value {
        json!({
            "method": self.method,
            "headers": self.headers,
            "body": self.body,
            "credentials": self.credentials,
            // A `Page` follows no redirect, so the browser must not follow any either.
            "redirect": if self.sees == Redirected { "manual" } else { "follow" },
        })
    }

    fn page(self, whose: Whose) -> Self {
        Self { whose, ..self }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn body(self, body: &'static str) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    fn include(self) -> Self {
        Self {
            credentials: "include",
            ..self
        }
    }

    fn omit(self) -> Self {
        Self {
            credentials: "omit",
            ..self
        }
    }

    fn preflight(self) -> Self {
        Self {
            preflight: true,
            ..self
        }
    }

    fn sees(self, sees: Sees) -> Self {
        Self { sees, ..self }
    }

    fn browsers(self, sees: Sees) -> Self {
        Self {
            browsers: Some(sees),
            ..self
        }
    }
}

/// A request to a handler in `api.rs`.
fn by(name: &'static str, method: &'static str, path: &'static str) -> Row {
    Row {
        name,
        whose: Allowed,
        served: Served::By(path),
        method,
        headers: Vec::new(),
        body: None,
        credentials: "same-origin",
        upload_progress: false,
        sees: Redirected,
        preflight: false,
        browsers: None,
    }
}

/// A request that gets `reply`, without a preflight.
fn simple(name: &'static str, reply: &'static str) -> Row {
    let preflight = "500";
    Row {
        served: Served::Told { preflight, reply },
        ..by(name, "GET", "")
    }
}

/// A request whose preflight gets `preflight`, and then a readable answer.
fn asking(name: &'static str, method: &'static str, preflight: &'static str) -> Row {
    let reply = "200
        Access-Control-Allow-Origin: {page}
        Access-Control-Allow-Credentials: true";
    Row {
        served: Served::Told { preflight, reply },
        ..by(name, method, "").preflight()
    }
}

fn told() -> Sees {
    Reads(200, "told", vec![])
}

const TEXT: (&str, &str) = ("content-type", "text/plain; charset=utf-8");

pub static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    [
        annotated(),
        cors_check(),
        preflights(),
        script(),
        responses(),
    ]
    .concat()
});

/// Handlers with the attribute.
#[rustfmt::skip]
fn annotated() -> Vec<Row> {
    let json = |row: Row| row.header("content-type", "application/json").body("{}");
    vec![
        by("an allowed page reads", "GET", "/news").sees(Reads(200, "news", vec![TEXT])),
        by("a stranger is blocked by its origin", "GET", "/news").page(Stranger).sees(Blocked(Check::Origin)),
        by("a sandboxed page is blocked by its origin", "GET", "/news").page(Sandboxed).sees(Blocked(Check::Origin)),
        by("a page of the API's own origin reads without a policy", "GET", "/plain").page(Own)
            .sees(Reads(200, "plain", vec![TEXT])),
        by("no other page reads a handler without a policy", "GET", "/plain").sees(Blocked(Check::Origin)),
        by("credentials without `credentials` are blocked", "GET", "/news").include().sees(Blocked(Check::Credentials)),
        by("a method that no handler has is blocked", "DELETE", "/news").preflight().sees(Blocked(Check::Origin)),
        by("`*` lets strangers read", "GET", "/everyone").page(Stranger).sees(Reads(200, "hello", vec![TEXT])),
        by("`*` lets sandboxed pages read", "GET", "/everyone").page(Sandboxed).sees(Reads(200, "hello", vec![TEXT])),
        by("`*` does not allow credentials", "GET", "/everyone").include().sees(Blocked(Check::Wildcard)),
        by("`*` allows the methods of the route", "DELETE", "/everyone").page(Stranger).header("x-a", "1").preflight()
            .sees(Reads(200, "hello", vec![TEXT])),
        // Announced for Chromium, but not shipped: https://chromestatus.com/feature/5742041264816128
        by("`*` does not cover the header authorization", "GET", "/everyone").header("authorization", "Bearer x").preflight()
            .sees(Blocked(Check::Header)).browsers(Reads(200, "hello", vec![TEXT])),
        json(by("JSON with cookies reaches its handler", "PUT", "/items/1")).include().preflight()
            .sees(Reads(200, "{}", vec![TEXT])),
        json(by("JSON of a stranger stops at the preflight", "PUT", "/items/1")).page(Stranger).preflight()
            .sees(Blocked(Check::Origin)),
        json(by("a header that is not listed stops at the preflight", "PUT", "/items/1")).header("x-a", "1").preflight()
            .sees(Blocked(Check::Header)),
        by("PATCH is blocked where the handler is for PUT", "PATCH", "/items/1").preflight().sees(Blocked(Check::Origin)),
        by("any header is allowed with credentials", "PATCH", "/guarded").header("authorization", "Bearer x").header("x-a", "1").include().preflight()
            .sees(Reads(200, "guarded", vec![TEXT])),
        by("an exposed header is read, and no other", "GET", "/total").sees(Reads(200, "total", vec![("x-total", "3")])),
        by("the API's own page reads all headers", "GET", "/total").page(Own)
            .sees(Reads(200, "total", vec![("vary", "Origin"), ("x-internal", "shelf 4"), ("x-total", "3")])),
        by("an allowed page gets past `enforce`", "POST", "/enforced").sees(Reads(200, "done", vec![TEXT])),
        by("the API's own page gets past `enforce`", "POST", "/enforced").page(Own)
            .sees(Reads(200, "done", vec![("access-control-allow-origin", "{api}"), ("vary", "Origin"), TEXT])),
        by("a stranger is kept out by `enforce`", "POST", "/enforced").page(Stranger).sees(Blocked(Check::Origin)),
        json(by("a named policy allows the safelisted methods", "POST", "/partners/prices")).preflight()
            .sees(Reads(200, "half", vec![TEXT])),
        by("a named policy allows no other method", "PUT", "/partners/prices").preflight().sees(Blocked(Check::Method)),
        by("a method that `methods` names is allowed", "PUT", "/narrow").preflight().sees(Reads(200, "narrow", vec![TEXT])),
        by("a method that `methods` leaves out is blocked", "PATCH", "/narrow").preflight().sees(Blocked(Check::Method)),
        json(by("a safelisted method that `methods` leaves out is blocked by its preflight", "POST", "/narrow")).preflight()
            .sees(Blocked(Check::Status)),
        by("a safelisted method that `methods` leaves out needs no preflight", "POST", "/narrow")
            .sees(Reads(200, "narrow", vec![TEXT])),
        by("a failed extractor is read", "GET", "/broken/x").include()
            .sees(Reads(404, "can not parse \"x\" to a u32", vec![TEXT])),
        by("an error is read", "GET", "/broken/7").include().sees(Reads(409, "no 7", vec![TEXT])),
        by("an error is not read by a stranger", "GET", "/broken/7").page(Stranger).sees(Blocked(Check::Origin)),
    ]
}

/// <https://fetch.spec.whatwg.org/#cors-check>
#[rustfmt::skip]
fn cors_check() -> Vec<Row> {
    vec![
        simple("no Access-Control-Allow-Origin", "200").sees(Blocked(Check::Origin)),
        simple("`*`", "200\nAccess-Control-Allow-Origin: *").sees(told()),
        simple("`*` with credentials omitted", "200\nAccess-Control-Allow-Origin: *").omit().sees(told()),
        simple("`*` with credentials", "200\nAccess-Control-Allow-Origin: *").include().sees(Blocked(Check::Wildcard)),
        simple("`*` with credentials that are allowed", "200
            Access-Control-Allow-Origin: *
            Access-Control-Allow-Credentials: true").include().sees(Blocked(Check::Wildcard)),
        simple("the page's origin", "200\nAccess-Control-Allow-Origin: {page}").sees(told()),
        simple("spaces around the origin", "200\nAccess-Control-Allow-Origin:   {page}  ").sees(told()),
        simple("another origin", "200\nAccess-Control-Allow-Origin: https://app.example.com").sees(Blocked(Check::Origin)),
        simple("a slash behind the origin", "200\nAccess-Control-Allow-Origin: {page}/").sees(Blocked(Check::Origin)),
        simple("an origin in upper case", "200\nAccess-Control-Allow-Origin: HTTP://127.0.0.1").sees(Blocked(Check::Origin)),
        simple("an empty value", "200\nAccess-Control-Allow-Origin:").sees(Blocked(Check::Origin)),
        simple("`null` for a page with an origin", "200\nAccess-Control-Allow-Origin: null").sees(Blocked(Check::Origin)),
        simple("`null` for a sandboxed page", "200\nAccess-Control-Allow-Origin: null").page(Sandboxed).sees(told()),
        simple("`*` for a sandboxed page", "200\nAccess-Control-Allow-Origin: *").page(Sandboxed).sees(told()),
        simple("a list of origins", "200\nAccess-Control-Allow-Origin: {page}, https://app.example.com")
            .sees(Blocked(Check::Origin)),
        simple("`*` in a list", "200\nAccess-Control-Allow-Origin: *, {page}").sees(Blocked(Check::Origin)),
        simple("the header twice", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Origin: {page}").sees(Blocked(Check::Origin)),
        simple("credentials without permission", "200\nAccess-Control-Allow-Origin: {page}").include()
            .sees(Blocked(Check::Credentials)),
        simple("credentials with permission", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Credentials: true").include().sees(told()),
        simple("`TRUE`", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Credentials: TRUE").include().sees(Blocked(Check::Credentials)),
        simple("`true` twice", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Credentials: true
            Access-Control-Allow-Credentials: true").include().sees(Blocked(Check::Credentials)),
        simple("a readable error", "500\nAccess-Control-Allow-Origin: {page}").sees(Reads(500, "told", vec![])),
        simple("an unreadable error", "404").sees(Blocked(Check::Origin)),
        simple("a page of the API's own origin needs no header", "200\nX-Own: 1").page(Own)
            .sees(Reads(200, "told", vec![("x-own", "1")])),
    ]
}

/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
#[rustfmt::skip]
fn preflights() -> Vec<Row> {
    let x_a = |row: Row| row.header("x-a", "1");
    vec![
        asking("a method in the list", "PUT", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: PUT").sees(told()),
        asking("a method in one of several lines", "PUT", "204
            Access-Control-Allow-Origin: *
            Access-Control-Allow-Methods: GET
            Access-Control-Allow-Methods: DELETE, PUT").sees(told()),
        asking("empty elements", "PUT", "299
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: ,, DELETE ,\t,PUT,").sees(told()),
        asking("no Access-Control-Allow-Methods", "PUT", "200\nAccess-Control-Allow-Origin: {page}").sees(Blocked(Check::Method)),
        asking("other methods", "PUT", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: GET, POST, DELETE").sees(Blocked(Check::Method)),
        asking("any method", "PUT", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: *").sees(told()),
        asking("any method, with credentials", "PUT", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Credentials: true
            Access-Control-Allow-Methods: *").include().sees(Blocked(Check::Method)),
        asking("the method in lower case", "PUT", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: put").sees(Blocked(Check::Method)),
        asking("script's put is PUT", "put", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: PUT").sees(told()),
        asking("PATCH in the list", "PATCH", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: PATCH").sees(told()),
        asking("script's patch is not PATCH", "patch", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: PATCH").sees(Blocked(Check::Method)),
        asking("an invalid list of methods", "PUT", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: PUT DELETE").sees(Blocked(Check::Lists)),
        asking("methods in quotes", "PUT", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: \"PUT\"").sees(Blocked(Check::Lists)),
        x_a(asking("POST needs no permission", "POST", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Headers: x-a")).sees(told()),
        x_a(asking("a header in another case", "GET", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Headers: X-A")).sees(told()),
        x_a(asking("no Access-Control-Allow-Headers", "GET", "200\nAccess-Control-Allow-Origin: {page}"))
            .sees(Blocked(Check::Header)),
        x_a(asking("one header of two", "GET", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Headers: x-b")).header("x-b", "1").sees(Blocked(Check::Header)),
        x_a(asking("headers in several lines, script's in any order", "GET", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Headers: x-b
            Access-Control-Allow-Headers: x-c, x-a")).header("X-B", "1").header("authorization", "x")
            .sees(Blocked(Check::Header)),
        x_a(asking("an invalid list of headers", "GET", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Headers: x-a x-b")).sees(Blocked(Check::Lists)),
        x_a(asking("any header", "GET", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Headers: *")).sees(told()),
        x_a(asking("any header, with credentials", "GET", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Credentials: true
            Access-Control-Allow-Headers: *")).include().sees(Blocked(Check::Header)),
        x_a(asking("any header but authorization", "GET", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Headers: *")).header("Authorization", "x").sees(Blocked(Check::Header)).browsers(told()),
        x_a(asking("any header and authorization", "GET", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Headers: *, Authorization")).header("Authorization", "x").sees(told()),
        asking("a redirect of the preflight", "PUT", "301
            Location: /
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: PUT").sees(Blocked(Check::Status)),
        asking("a preflight that finds nothing", "PUT", "404
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: PUT").sees(Blocked(Check::Status)),
        asking("a preflight that is unauthorized", "PUT", "401
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: PUT").sees(Blocked(Check::Status)),
        asking("a preflight without headers", "PUT", "204").sees(Blocked(Check::Origin)),
        asking("a preflight for another origin", "PUT", "204
            Access-Control-Allow-Origin: https://app.example.com
            Access-Control-Allow-Methods: PUT").sees(Blocked(Check::Origin)),
        asking("a preflight for anyone, with credentials", "PUT", "204
            Access-Control-Allow-Origin: *
            Access-Control-Allow-Methods: PUT").include().sees(Blocked(Check::Wildcard)),
        asking("a preflight that does not allow credentials", "PUT", "204
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: PUT").include().sees(Blocked(Check::Credentials)),
        Row { served: Served::Told { preflight: "204
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Methods: PUT", reply: "200", }, ..asking("the preflight passes and the request does not", "PUT", "") }.body("x")
            .sees(Blocked(Check::Origin)),
        Row { upload_progress: true, ..asking("a progress bar makes a simple request need a preflight", "POST", "204\nAccess-Control-Allow-Origin: {page}") }.body("x")
            .sees(told()),
        Row { upload_progress: true, ..asking("a progress bar that is refused", "POST", "204") }.body("x")
            .sees(Blocked(Check::Origin)),
    ]
}

/// Requests that need a preflight, and requests that script cannot make:
/// <https://fetch.spec.whatwg.org/#cors-safelisted-request-header>, <https://fetch.spec.whatwg.org/#forbidden-request-header>.
#[rustfmt::skip]
fn script() -> Vec<Row> {
    const OPEN: &str = "200\nAccess-Control-Allow-Origin: {page}";
    // A request that needs a preflight, which allows each header below.
    let asks = |name, method, header: &'static str, value: &str| {
        asking(
            name,
            method,
            "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Headers: accept, accept-language, content-language, content-type, range",
        )
        .header(header, value)
        .sees(told())
    };
    let free = |name, header: &'static str, value: &str| {
        simple(name, OPEN).header(header, value).sees(told())
    };
    let post = |row: Row| Row {
        method: "POST",
        ..row
    };
    vec![
        Row { method: "HEAD", ..simple("HEAD has no body", OPEN) }.sees(Reads(200, "", vec![])),
        post(simple("POST without a body", OPEN)).sees(told()),
        post(simple("POST with text", OPEN)).body("x").sees(told()),
        post(free("a form", "content-type", "application/x-www-form-urlencoded")).body("a=b"),
        post(free("a multipart form", "Content-Type", "multipart/form-data; boundary=x")).body("x"),
        post(free("text with parameters", "content-type", " text/PLAIN;charset=utf-8 ")).body("x"),
        asks("JSON", "POST", "content-type", "application/json").body("x"),
        asks("text with a quoted parameter", "POST", "content-type", "text/plain; a=\"b\"").body("x"),
        asks("an invalid MIME type", "POST", "content-type", "text").body("x"),
        asks("two MIME types", "POST", "content-type", "text/plain, text/plain").body("x"),
        free("a plain Accept", "accept", "application/json, text/*;q=0.9"),
        asks("an Accept with a quote", "GET", "accept", "text/plain;a=\"b\""),
        free("an Accept of 128 bytes", "accept", &"a".repeat(128)),
        asks("an Accept of 129 bytes", "GET", "accept", &"a".repeat(129)),
        free("languages", "accept-language", "de-CH, *;q=0.5"),
        asks("an invalid language", "GET", "accept-language", "en_GB"),
        asks("a language with a slash", "GET", "content-language", "en/de"),
        free("a range", "range", "bytes=0-99"),
        free("a range without end", "range", "bytes=7-"),
        asks("the last bytes", "GET", "range", "bytes=-7"),
        asks("two ranges", "GET", "range", "bytes=0-1,3-4"),
        asks("a range backwards", "GET", "range", "bytes=9-1"),
        free("a forbidden header is left out", "cookie", "a=b"),
        free("headers of the browser's own are left out", "sec-a", "1").header("proxy-a", "1"),
        free("an override to a forbidden method is left out", "x-http-method-override", "PUT, trace"),
        asking("an override to PUT is sent", "POST", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Headers: x-http-method-override").header("x-http-method-override", "PUT").sees(told()),
        simple("a forbidden method", OPEN).method("TRACE").sees(Blocked(Check::Request)),
        simple("an invalid method", OPEN).method("GET it").sees(Blocked(Check::Request)),
        simple("GET with a body", OPEN).body("x").sees(Blocked(Check::Request)),
        simple("an invalid header name", OPEN).header("x a", "1").sees(Blocked(Check::Request)),
        simple("an invalid header value", OPEN).header("x-a", "1\n2").sees(Blocked(Check::Request)),
        simple("a header value beyond Latin-1", OPEN).header("x-a", "€").sees(Blocked(Check::Request)),
        simple("a page of the API's own origin needs no preflight", "200").method("PUT").header("x-a", "1").body("x").page(Own)
            .sees(told()),
        simple("a page of the API's own origin, without credentials", "200").omit().page(Own).sees(told()),
    ]
}

/// <https://fetch.spec.whatwg.org/#concept-filtered-response-cors>, <https://fetch.spec.whatwg.org/#concept-http-redirect-fetch>.
#[rustfmt::skip]
fn responses() -> Vec<Row> {
    let hidden = "200
        Access-Control-Allow-Origin: {page}
        Access-Control-Allow-Credentials: true
        Cache-Control: max-age=0
        Content-Language: en
        Content-Type: text/x
        Expires: 0
        Last-Modified: yesterday
        Pragma: x
        Set-Cookie: a=b; Max-Age=0
        X-A: 1";
    let safelisted = vec![
        ("cache-control", "max-age=0"),
        ("content-language", "en"),
        ("content-type", "text/x"),
        ("expires", "0"),
        ("last-modified", "yesterday"),
        ("pragma", "x"),
    ];
    vec![
        simple("seven headers are always read", hidden).sees(Reads(200, "told", safelisted.clone())),
        simple("exposed headers are read in any case, cookies never", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Expose-Headers: x-a, SET-COOKIE
            Access-Control-Expose-Headers: X-b,
            Set-Cookie: a=b; Max-Age=0
            X-A: 1
            X-A: 2
            X-B: 3
            X-C: 4").sees(Reads(200, "told", vec![("x-a", "1, 2"), ("x-b", "3")])),
        simple("all headers are exposed", "200
            Access-Control-Allow-Origin: *
            Access-Control-Expose-Headers: *
            Set-Cookie: a=b; Max-Age=0
            X-A: 1")
            .sees(Reads(200, "told", vec![("access-control-allow-origin", "*"), ("access-control-expose-headers", "*"), ("x-a", "1")])),
        simple("with credentials, `*` is a name", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Allow-Credentials: true
            Access-Control-Expose-Headers: *, x-b
            X-A: 1
            X-B: 2").include().sees(Reads(200, "told", vec![("x-b", "2")])),
        simple("an invalid list exposes nothing", "200
            Access-Control-Allow-Origin: {page}
            Access-Control-Expose-Headers: x-a, \"x-b\"
            X-A: 1").sees(Reads(200, "told", vec![])),
        simple("no content", "204\nAccess-Control-Allow-Origin: {page}").sees(Reads(204, "", vec![])),
        simple("a redirect that may be followed", "302
            Location: /told/0
            Access-Control-Allow-Origin: {page}").sees(Redirected),
        simple("a redirect that may not be followed", "302\nLocation: /told/0").sees(Blocked(Check::Origin)),
        simple("a redirect without a location", "303\nAccess-Control-Allow-Origin: {page}").sees(Reads(303, "told", vec![])),
        simple("300 is no redirect", "300
            Location: /told/0
            Access-Control-Allow-Origin: {page}").sees(Reads(300, "told", vec![])),
        simple("a redirect within the API, for its own page", "307\nLocation: /told/0").page(Own).sees(Redirected),
    ]
}

impl Row {
    fn method(self, method: &'static str) -> Self {
        Self { method, ..self }
    }
}
