//! The messages in `docs/faq.md`, word for word: real browsers say them of a server that makes each mistake.
//! `CORS_REGENERATE=1` writes what they say today into the page.

use std::net::{SocketAddr, TcpListener};
use std::ops::Range;
use std::time::{Duration, Instant};
use std::{env, fs};

use actix_web::http::{Method, header};
use actix_web::{App, HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde_json::{Value, json};

use crate::programs::engine::{Browser, Engine};
use crate::support;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/faq.md");

/// The names of the page.
const PAGE: &str = "http://127.0.0.1:4000";
const API: &str = "http://127.0.0.1:5000";

/// A section of the page, the path that a page fetches, and how.
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
    /// Where nobody listens.
    nobody: SocketAddr,
}

impl Servers {
    fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        Self {
            page: support::serve(|| {
                // So that the browser asks for no other icon.
                let body = r#"<link rel="icon" href="data:,">"#;
                let page =
                    move || async move { HttpResponse::Ok().content_type("text/html").body(body) };
                App::new().route("/", web::get().to(page))
            }),
            api: support::serve(|| App::new().default_service(web::to(api))),
            nobody: free.expect("a free port"),
        }
    }

    fn url(&self, path: &str) -> String {
        match path {
            "nobody" => format!("http://{}/", self.nobody),
            path if path.starts_with('/') => format!("http://{}{path}", self.api),
            path => path.replace("5000", &self.api.port().to_string()),
        }
    }

    /// A message with the names of the page.
    fn neutral(&self, message: &str) -> String {
        message
            .replace(&self.page.to_string(), PAGE.trim_start_matches("http://"))
            .replace(&self.api.to_string(), API.trim_start_matches("http://"))
            .replace(&format!("localhost:{}", self.api.port()), "localhost:5000")
            .replace(&self.nobody.to_string(), API.trim_start_matches("http://"))
    }
}

const FETCH: &str = "return fetch(arguments[0], arguments[1]).then(() => 'read', String)";

/// What a browser says of each case, and what the page has of it.
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

/// Where the page has what a browser says.
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
    assert!(end < next, "{heading} has nothing of {browser}'s");
    begin..end
}

/// The console hears of a request by another way than script: it may be later.
const PATIENCE: Duration = Duration::from_secs(5);

#[actix_web::test]
async fn chromium_says_what_the_page_has() {
    let Some(chromium) = Browser::start(Engine::Chromium).await else {
        return;
    };
    let servers = Servers::start();
    let mut said = Said::of("Chromium");
    for (heading, path, init) in CASES {
        chromium.open(&format!("http://{}/", servers.page)).await;
        chromium.console().await;
        let url = servers.url(path);
        let seen = chromium.run(FETCH, vec![url.into(), init()]).await;
        assert_ne!(seen, "read", "{heading}");
        let mut lines: Vec<String> = Vec::new();
        let deadline = Instant::now() + PATIENCE;
        while lines.join("\n") != said.expected(heading) && Instant::now() < deadline {
            let console = chromium.console().await;
            let console = console
                .iter()
                .map(|message| without_place(&servers.neutral(&message.text)));
            // That comes after each of the others, and says nothing more.
            lines.extend(console.filter(|line| !line.ends_with("net::ERR_FAILED")));
        }
        said.note(heading, &lines.join("\n"));
    }
    said.compare();
}

/// Without the place in the page that chromedriver puts before a message.
fn without_place(text: &str) -> String {
    let begins = ["Access to fetch", "Failed to load", "Fetch API"];
    let begin = begins.iter().filter_map(|begin| text.find(begin)).min();
    text[begin.unwrap_or(0)..].to_owned()
}

#[actix_web::test]
async fn firefox_says_what_the_page_has() {
    let Some(firefox) = Browser::start(Engine::Firefox).await else {
        return;
    };
    let servers = Servers::start();
    let mut said = Said::of("Firefox");
    for (heading, path, init) in CASES {
        firefox.open(&format!("http://{}/", servers.page)).await;
        firefox.console().await;
        let url = servers.url(path);
        let seen = firefox.run(FETCH, vec![url.into(), init()]).await;
        assert_ne!(seen, "read", "{heading}");
        let mut lines: Vec<String> = Vec::new();
        let deadline = Instant::now() + PATIENCE;
        while lines.join("\n") != said.expected(heading) && Instant::now() < deadline {
            let console = firefox.console().await;
            let console = console.iter().map(|message| servers.neutral(&message.text));
            // That comes after each failed preflight, and says nothing more.
            let after = |line: &String| line.contains("CORS request did not succeed");
            lines.extend(console.filter(|line| *heading == NOBODY || !after(line)));
        }
        said.note(heading, &lines.join("\n"));
    }
    said.compare();
}

#[test]
fn each_section_is_shown_and_has_a_cause_and_a_cure() {
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
