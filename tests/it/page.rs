//! `cors_runtime::test::Page` plays the browser: for one table of fetches, script sees the same on a `Page` and on a page of each
//! real browser.

mod api;
mod console;
mod real;
mod table;

use std::collections::HashSet;

use actix_web::dev::Service;
use actix_web::http::header::HeaderName;
use actix_web::{App, test};
use cors_runtime::test::{Check, Outcome, Page};

use crate::programs::chromium::Seen;
use crate::programs::engine::{ENGINES, Engine};
use api::{Journal, Received};
use real::Real;
use table::{ROWS, Row, Sees, Whose};

/// Headers that a server adds when it sends a response.
const ADDED: [&str; 3] = ["content-length", "date", "connection"];

/// The addresses in the documentation, where nobody listens.
const IMAGINED: Origins = Origins {
    allowed: "http://127.0.0.1:4000",
    stranger: "http://localhost:4000",
    api: "http://127.0.0.1:5000",
};

#[derive(Clone, Copy)]
struct Origins<'a> {
    allowed: &'a str,
    stranger: &'a str,
    api: &'a str,
}

impl Origins<'_> {
    fn page(&self, whose: Whose) -> Page {
        let at = |origin| Page::at(origin).api_at(self.api);
        // The cookie is for 127.0.0.1, and `SameSite`: requests from other sites do not have it.
        match whose {
            Whose::Allowed => at(self.allowed).cookie("session", "abc"),
            Whose::Own => at(self.api).cookie("session", "abc"),
            Whose::Stranger => at(self.stranger),
            Whose::Sandboxed => at("null"),
        }
    }
}

macro_rules! app {
    ($journal:expr) => {{
        let journal: Journal = $journal;
        let noted = journal.clone();
        App::new()
            .configure(move |app| api::configure(app, journal))
            .wrap_fn(move |request, service| {
                api::receive(&noted, request.head());
                service.call(request)
            })
    }};
}
use app;

/// Runs a row on a `Page`: what script sees, and what the API received.
async fn play(origins: Origins<'_>, number: usize, row: &Row) -> (Outcome, Vec<Received>) {
    let journal = Journal::default();
    let app = test::init_service(app!(journal.clone())).await;
    let outcome = origins.page(row.whose).fetch(&app, row.fetch(number)).await;
    (outcome, api::take(&journal))
}

/// What script sees: status, body and headers; or the failed check; or `None` for an opaque redirect.
type Script = Result<(u16, String, Vec<(String, String)>), Option<Check>>;

/// An outcome in the form of the table.
fn sees(outcome: &Outcome) -> Script {
    match outcome {
        Outcome::Readable {
            status,
            headers,
            body,
            ..
        } => {
            let names: HashSet<_> = headers.keys().map(HeaderName::as_str).collect();
            let mut headers: Vec<(String, String)> = names
                .into_iter()
                .filter(|name| !ADDED.contains(name))
                .map(|name| (name.to_owned(), outcome.header(name).expect("it is there")))
                .collect();
            headers.sort();
            Ok((
                status.as_u16(),
                String::from_utf8_lossy(body).into_owned(),
                headers,
            ))
        }
        Outcome::Blocked { check, .. } => Err(Some(*check)),
        Outcome::Redirect { .. } => Err(None),
    }
}

fn expected(origins: Origins<'_>, sees: &Sees) -> Script {
    match sees {
        Sees::Reads(status, body, headers) => {
            let mut headers: Vec<_> = headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.replace("{api}", origins.api)))
                .collect();
            headers.sort();
            Ok((*status, (*body).to_owned(), headers))
        }
        Sees::Blocked(check) => Err(Some(*check)),
        Sees::Redirected => Err(None),
    }
}

#[actix_web::test]
async fn script_on_a_page_sees_what_the_table_says() {
    let mut wrong = Vec::new();
    for (number, row) in ROWS.iter().enumerate() {
        let (outcome, received) = play(IMAGINED, number, row).await;
        let preflights = received.iter().filter(|request| is_preflight(request));
        let preflighted = preflights.count();
        let sent = received.len() - preflighted;
        let sent_expected = match row.sees {
            Sees::Blocked(Check::Request) => 0,
            // If the preflight fails, the request is not sent.
            Sees::Blocked(_) if row.preflight && outcome.trace().request().is_none() => 0,
            _ => 1,
        };
        let as_expected = sees(&outcome) == expected(IMAGINED, &row.sees)
            && (preflighted, sent) == (usize::from(row.preflight), sent_expected);
        if !as_expected {
            wrong.push(format!("{}: {received:#?}\n{outcome}", row.name));
        }
    }
    assert!(
        wrong.is_empty(),
        "not as in the table:\n{}",
        wrong.join("\n\n")
    );
    let names: HashSet<_> = ROWS.iter().map(|row| row.name).collect();
    assert_eq!(names.len(), ROWS.len(), "two rows have the same name");
}

#[actix_web::test]
async fn script_in_each_engine_sees_the_same_and_the_api_receives_the_same() {
    for engine in ENGINES {
        let Some(real) = Real::start(engine).await else {
            continue;
        };
        let origins = real.origins();
        real.sign_in().await;
        let mut wrong = Vec::new();
        for whose in [
            Whose::Allowed,
            Whose::Stranger,
            Whose::Own,
            Whose::Sandboxed,
        ] {
            real.open(whose).await;
            let rows = ROWS.iter().enumerate();
            for (number, row) in rows.filter(|(_, row)| row.whose == whose) {
                let (seen, mut really_received) = real.play(number, row).await;
                // A sandboxed page has no address to send as `Referer`, but WebKitGTK sends one.
                if (engine, whose) == (Engine::WebKit, Whose::Sandboxed) {
                    for request in &mut really_received {
                        request.headers.retain(|(name, _)| name != "referer");
                    }
                }
                let (outcome, received) = play(origins, number, row).await;
                if let Some(sees) = &row.browsers
                    && seen_as(&seen, &expected(origins, sees))
                {
                    continue;
                }
                if !seen_as(&seen, &expected(origins, &row.sees)) {
                    wrong.push(format!("{}: {engine} has {seen:?}\n{outcome}", row.name));
                }
                if really_received != received {
                    wrong.push(format!(
                        "{}: {engine} sends {really_received:#?}\na page sends {received:#?}",
                        row.name
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "not the same:\n{}", wrong.join("\n\n"));
    }
}

/// Whether script in a browser saw what is expected.
fn seen_as(seen: &Seen, expected: &Script) -> bool {
    match (seen, expected) {
        (
            Seen::Response {
                status,
                headers,
                body,
            },
            Ok((expected_status, expected_body, expected_headers)),
        ) => {
            let same_headers = headers.as_object().is_none_or(|headers| {
                let mut headers: Vec<(String, String)> = headers
                    .iter()
                    .filter(|(name, _)| !ADDED.contains(&name.as_str()))
                    .map(|(name, value)| (name.clone(), value.as_str().expect("text").to_owned()))
                    .collect();
                headers.sort();
                headers == *expected_headers
            });
            *status == u64::from(*expected_status) && body == expected_body && same_headers
        }
        // An opaque redirect, or a browser that names no reason.
        (Seen::Response { status: 0, .. }, Err(None))
        | (Seen::Nothing { reason: None }, Err(Some(_))) => true,
        (
            Seen::Nothing {
                reason: Some(reason),
            },
            Err(Some(check)),
        ) => reasons(*check)
            .iter()
            .any(|name| reason.strip_prefix("Preflight").unwrap_or(reason) == *name),
        _ => false,
    }
}

/// The reasons of Chromium (`Network.CorsError`) for a check, without the prefix `Preflight`.
fn reasons(check: Check) -> &'static [&'static str] {
    match check {
        Check::Origin => &[
            "MissingAllowOriginHeader",
            "MultipleAllowOriginValues",
            "InvalidAllowOriginValue",
            "AllowOriginMismatch",
            "XMLHttpRequest",
        ],
        Check::Wildcard => &["WildcardOriginNotAllowed"],
        Check::Credentials => &["InvalidAllowCredentials"],
        Check::Status => &["InvalidStatus", "DisallowedRedirect"],
        Check::Lists => &[
            "InvalidAllowMethodsPreflightResponse",
            "InvalidAllowHeadersPreflightResponse",
        ],
        Check::Method => &["MethodDisallowedByPreflightResponse"],
        Check::Header => &["HeaderDisallowedByPreflightResponse"],
        Check::Request => &["TypeError"],
        _ => &[],
    }
}

fn is_preflight(request: &Received) -> bool {
    let asks = |(name, _): &(String, String)| name == "access-control-request-method";
    request.headers.iter().any(asks)
}
