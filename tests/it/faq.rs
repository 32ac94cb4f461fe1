//! The messages in `docs/faq.md` are those of real browsers, word for word, for a server that makes each mistake.
//! `CORS_REGENERATE=1` writes the messages anew.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};
use std::{env, fs};

use actix_web::http::{Method, header};
use actix_web::{App, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde_json::{Value, json};

use crate::programs::engine::{Browser, Engine};
use crate::programs::process::free_address;
use crate::support;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/faq.md");

/// The addresses in the documentation.
const PAGE: &str = "http://127.0.0.1:4000";
const API: &str = "http://127.0.0.1:5000";

/// A section of the documentation, the path that a page fetches, and the options of `fetch`.
type Case = (&'static str, &'static str, fn() -> Value);

fn simple() -> Value {
    json!({})
}

fn cookies() -> Value {
    json!({ "credentials": "include" })
}

fn put() -> Value {
    json!({ "method": "PUT" })
}

fn typed() -> Value {
    json!({ "headers": { "x-client": "1" } })
}

const NOBODY: &str = "Nobody answers";

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("The response has no header", "/missing", simple),
    ("The preflight has no header", "/missing", put),
    ("The preflight has another status", "/status", put),
    ("The preflight is redirected", "/moved", put),
    ("The header names another origin", "/other", simple),
    ("There are two headers", "/two", simple),
    ("The header is no origin", "/invalid", simple),
    ("The wildcard, with cookies", "/wildcard", cookies),
    ("Cookies are not allowed", "/no-credentials", cookies),
    ("The method is not allowed", "/methods", put),
    ("The header of the request is not allowed", "/methods", typed),
    ("The redirect leads to another origin", "/away", simple),
    (NOBODY, "nobody", simple),
    ("The URL has no scheme", "localhost:5000/items", simple),
];

async fn api(request: HttpRequest) -> HttpResponse {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let origin = origin
        .as_ref()
        .and_then(|origin| origin.to_str().ok())
        .unwrap_or("none");
    let allow = |mut response: HttpResponseBuilder| {
        response
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin))
            .finish()
    };
    let preflight = request.method() == Method::OPTIONS;
    match request.path() {
        "/status" if preflight => allow(HttpResponse::Unauthorized()),
        "/moved" => allow(
            HttpResponse::MovedPermanently()
                .insert_header((header::LOCATION, "/other"))
                .take(),
        ),
        "/other" => HttpResponse::Ok()
            .insert_header((
                header::ACCESS_CONTROL_ALLOW_ORIGIN,
                "https://app.example.com",
            ))
            .finish(),
        "/two" => HttpResponse::Ok()
            .append_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin))
            .append_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin))
            .finish(),
        "/invalid" => HttpResponse::Ok()
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "app.example.com"))
            .finish(),
        "/wildcard" => HttpResponse::Ok()
            .insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .finish(),
        "/no-credentials" | "/methods" => allow(HttpResponse::Ok()),
        "/away" => {
            let host = request
                .connection_info()
                .host()
                .replace("127.0.0.1", "localhost");
            let elsewhere = format!("http://{host}/missing");
            allow(
                HttpResponse::Found()
                    .insert_header((header::LOCATION, elsewhere))
                    .take(),
            )
        }
        _ => HttpResponse::Ok().finish(),
    }
}

struct Servers {
    page: SocketAddr,
    api: SocketAddr,
    /// An address where nobody listens.
    nobody: SocketAddr,
}

impl Servers {
    fn start() -> Self {
        Self {
            page: support::serve(|| {
                // Keeps the browser from asking for an icon.
                let body = r#"<link rel="icon" href="data:,">"#;
                let page =
                    move || async move { HttpResponse::Ok().content_type("text/html").body(body) };
                App::new().route("/", web::get().to(page))
            }),
            api: support::serve(|| App::new().default_service(web::to(api))),
            nobody: free_address(),
        }
    }

    fn url(&self, path: &str) -> String {
        match path {
            "nobody" => format!("http://{}/", self.nobody),
            path if path.starts_with('/') => format!("http://{}{path}", self.api),
            path => path.replace("5000", &self.api.port().to_string()),
        }
    }

    /// A message with the addresses of the documentation.
    fn neutral(&self, message: &str) -> String {
        message
            .replace(&self.page.to_string(), PAGE.trim_start_matches("http://"))
            .replace(&self.api.to_string(), API.trim_start_matches("http://"))
            .replace(&format!("localhost:{}", self.api.port()), "localhost:5000")
            .replace(&self.nobody.to_string(), API.trim_start_matches("http://"))
    }
}

const FETCH: &str = "return fetch(arguments[0], arguments[1]).then(() => 'read', String)";

/// The documentation's messages of a browser, and those that differ from the browser's own.
struct Said {
    browser: &'static str,
    page: String,
    wrong: Vec<String>,
}

impl Said {
    fn of(browser: &'static str) -> Self {
        Self {
            browser,
            page: fs::read_to_string(FILE).expect("docs/faq.md"),
            wrong: Vec::new(),
        }
    }

    fn expected(&self, heading: &str) -> &str {
        self.page[block(&self.page, heading, self.browser)].trim_end()
    }

    fn note(&mut self, heading: &str, said: &str) {
        let block = block(&self.page, heading, self.browser);
        if self.expected(heading) != said {
            self.wrong.push(format!("{heading}:\n{said}"));
            self.page.replace_range(block, &format!("{said}\n"));
        }
    }

    fn compare(self) {
        if env::var_os("CORS_REGENERATE").is_some() {
            fs::write(FILE, &self.page).expect("docs/faq.md can be written");
            return;
        }
        let (browser, wrong) = (self.browser, self.wrong.join("\n"));
        assert!(
            wrong.is_empty(),
            "docs/faq.md is not what {browser} says: run with CORS_REGENERATE=1, one test at a time, and read the difference\n{wrong}"
        );
    }
}

/// The place of a browser's message in the documentation.
fn block(page: &str, heading: &str, browser: &str) -> Range<usize> {
    let after = |text: &str, from: usize| {
        let found = page[from..].find(text);
        let at = found.unwrap_or_else(|| panic!("{heading}: no {text:?}"));
        from + at + text.len()
    };
    let section = after(&format!("\n## {heading}\n"), 0);
    let begin = after("```text\n", after(&format!("\n{browser}:\n"), section));
    let end = after("```", begin) - "```".len();
    let next = page[section..]
        .find("\n## ")
        .map_or(page.len(), |at| section + at);
    assert!(end < next, "{heading} has no message of {browser}'s");
    begin..end
}

/// A message may reach the console later than script learns of the failure.
const PATIENCE: Duration = Duration::from_secs(5);

#[actix_web::test]
async fn chromium_prints_the_messages_of_the_documentation() {
    prints_the_messages(Engine::Chromium, |text, _| {
        // chromedriver puts the place in the page before a message.
        let begins = ["Access to fetch", "Failed to load", "Fetch API"];
        let begin = begins.iter().filter_map(|begin| text.find(begin)).min();
        // This line follows each of the others.
        let is_told = !text.ends_with("net::ERR_FAILED");
        is_told.then(|| text[begin.unwrap_or(0)..].to_owned())
    })
    .await;
}

#[actix_web::test]
async fn firefox_prints_the_messages_of_the_documentation() {
    prints_the_messages(Engine::Firefox, |text, heading| {
        // This line follows each failed preflight.
        let is_told = heading == NOBODY || !text.contains("CORS request did not succeed");
        is_told.then(|| text.to_owned())
    })
    .await;
}

/// `line` gives the part of a console message that the documentation has under a heading.
async fn prints_the_messages(engine: Engine, line: fn(&str, &str) -> Option<String>) {
    let Some(browser) = Browser::start(engine).await else {
        return;
    };
    let servers = Servers::start();
    let mut said = Said::of(engine.name());
    for (heading, path, init) in CASES {
        browser.open(&format!("http://{}/", servers.page)).await;
        browser.console().await;
        let url = servers.url(path);
        let seen = browser.run(FETCH, vec![url.into(), init()]).await;
        assert_ne!(seen, "read", "{heading}");
        let mut lines: Vec<String> = Vec::new();
        let deadline = Instant::now() + PATIENCE;
        while lines.join("\n") != said.expected(heading) && Instant::now() < deadline {
            let console = browser.console().await;
            let texts = console.iter().map(|message| servers.neutral(&message.text));
            lines.extend(texts.filter_map(|text| line(&text, heading)));
        }
        said.note(heading, &lines.join("\n"));
    }
    said.compare();
}

#[test]
fn each_section_of_the_page_has_a_case_a_cause_and_a_cure() {
    let page = fs::read_to_string(FILE).expect("docs/faq.md");
    let sections = page.split("\n## ").skip(1);
    let headings: Vec<&str> = sections
        .clone()
        .filter_map(|text| text.lines().next())
        .collect();
    let shown: Vec<&str> = CASES.iter().map(|(heading, ..)| *heading).collect();
    assert_eq!(headings, shown);
    for section in sections {
        for part in ["\nChromium:\n", "\nFirefox:\n", "\nCause: ", "\nCure: "] {
            assert_eq!(section.matches(part).count(), 1, "{part:?} in {section}");
        }
    }
}
