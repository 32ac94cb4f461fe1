//! Small versions of existing apps, each built twice: with actix-cors and with this crate.
//!
//! A page sends the same requests to both. Each difference between the two is written down with its reason. A difference without a
//! reason fails the test, and so does a reason whose difference is gone.

mod claims;
mod lemmy;
mod meilisearch;
mod yaml;

use std::collections::BTreeMap;

use actix_http::Request;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName};
use cors_runtime::test::{Exchange, Fetch, Outcome, Page};

/// A request of a page, and the differences of its answers.
struct Row {
    name: &'static str,
    page: Page,
    fetch: Fetch,
    differences: Vec<Difference>,
}

fn row(
    name: &'static str,
    page: &Page,
    fetch: Fetch,
    differences: impl IntoIterator<Item = Difference>,
) -> Row {
    Row {
        name,
        page: page.clone(),
        fetch,
        differences: differences.into_iter().collect(),
    }
}

/// One difference between the two answers.
#[derive(Clone, Copy)]
struct Difference {
    /// A key of [`Facts`].
    of: &'static str,
    actix_cors: &'static str,
    ours: &'static str,
    because: &'static str,
}

const fn differs(
    of: &'static str,
    actix_cors: &'static str,
    ours: &'static str,
    because: &'static str,
) -> Difference {
    Difference {
        of,
        actix_cors,
        ours,
        because,
    }
}

const ABSENT: &str = "absent";

const STATUS: Difference = differs(
    "preflight's status",
    "200",
    "204",
    "the answer has no body, and browsers take any status from 200 to 299",
);

/// `allow_any_method()`.
const METHODS: Difference = differs(
    "preflight's access-control-allow-methods",
    "CONNECT, DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, TRACE",
    "*",
    "`*` says the same in one character, and no browser sends CONNECT or TRACE",
);

/// `allow_any_header()`.
const fn any_header(asked_for: &'static str) -> Difference {
    differs(
        "preflight's access-control-allow-headers",
        asked_for,
        "*, authorization",
        "the answer does not repeat the requested headers, so that it is the same for all requests",
    )
}

/// For policies that name origins.
const VARY: Difference = differs(
    "response's vary",
    "access-control-request-headers, access-control-request-method, origin",
    "origin",
    "only the answer to a preflight depends on `Access-Control-Request-*`",
);

/// For policies that allow any origin.
const NO_VARY: Difference = differs(
    "response's vary",
    "access-control-request-headers, access-control-request-method, origin",
    ABSENT,
    "the headers are the same for all pages, so that a cache keeps the response once",
);

/// A preflight of an origin that is not listed.
const REFUSED: [Difference; 2] = [
    differs(
        "preflight's status",
        "400",
        "403",
        "the request is well-formed, but the page may not send it",
    ),
    PREFLIGHT_VARY,
];

const PREFLIGHT_VARY: Difference = differs(
    "preflight's vary",
    ABSENT,
    "access-control-request-headers, access-control-request-method, origin",
    "a refusal is for this origin alone: without `Vary`, a cache would give it to others",
);

/// `allow_any_origin()` without `send_wildcard()`.
const fn anyone(of: &'static str, origin: &'static str) -> Difference {
    differs(
        of,
        origin,
        "*",
        "`*` says the same in one character, and a cache may keep it for all pages",
    )
}

/// Sends the request of each row to both apps.
async fn compare<A, B, T, U>(actix_cors: &A, ours: &B, rows: &[Row])
where
    A: Service<Request, Response = ServiceResponse<T>, Error = Error>,
    B: Service<Request, Response = ServiceResponse<U>, Error = Error>,
    T: MessageBody,
    U: MessageBody,
{
    let mut wrong = Vec::new();
    for row in rows {
        let under_actix_cors = facts(&row.page.fetch(actix_cors, row.fetch.clone()).await);
        let under_ours = facts(&row.page.fetch(ours, row.fetch.clone()).await);
        wrong.extend(
            unexplained(row, &under_actix_cors, &under_ours)
                .into_iter()
                .map(|line| format!("{}: {line}", row.name)),
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Each difference without a reason in the row, and each reason in the row without its difference.
fn unexplained(row: &Row, actix_cors: &Facts, ours: &Facts) -> Vec<String> {
    let value = |facts: &Facts, of: &str| {
        let found = facts.get(of);
        found.cloned().unwrap_or_else(|| ABSENT.to_owned())
    };
    let mut wrong = Vec::new();
    let mut names: Vec<&String> = actix_cors.keys().chain(ours.keys()).collect();
    names.sort();
    names.dedup();
    for of in names {
        let (old, new) = (value(actix_cors, of), value(ours, of));
        let explained = |it: &Difference| it.of == of && it.actix_cors == old && it.ours == new;
        if old != new && !row.differences.iter().any(explained) {
            wrong.push(format!("unexplained: {of:?}, {old:?}, {new:?}"));
        }
    }
    for Difference {
        of,
        actix_cors: old,
        ours: new,
        because,
    } in &row.differences
    {
        if value(actix_cors, of) != *old || value(ours, of) != *new {
            wrong.push(format!("gone: {of:?}, {old:?}, {new:?}, because {because}"));
        }
    }
    wrong
}

/// The preflight's answer, the response and what script saw of it, each fact by its name.
type Facts = BTreeMap<String, String>;

fn facts(outcome: &Outcome) -> Facts {
    let mut facts = Facts::new();
    if let Some(preflight) = outcome.trace().preflight() {
        note(&mut facts, "preflight", preflight);
    }
    if let Some(request) = outcome.trace().request() {
        note(&mut facts, "response", request);
    }
    let seen = match outcome {
        Outcome::Readable { status, .. } => {
            let body = outcome.text().unwrap_or_default();
            format!("{} {body}", status.as_u16()).trim_end().to_owned()
        }
        Outcome::Blocked { check, .. } => format!("blocked ({check})"),
        Outcome::Redirect { location, .. } => format!("a redirect to {location}"),
    };
    facts.insert("script sees".to_owned(), seen);
    if let Outcome::Readable { headers, .. } = outcome {
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names.dedup();
        facts.insert("script reads headers".to_owned(), names.join(", "));
    }
    facts
}

fn note(facts: &mut Facts, whose: &str, exchange: &Exchange) {
    let response = &exchange.response;
    let status = response.status.as_u16().to_string();
    facts.insert(format!("{whose}'s status"), status);
    let relevant = |name: &str| name == "vary" || name.starts_with("access-control-");
    let names = response.headers.keys().map(HeaderName::as_str);
    for name in names.filter(|name| relevant(name)) {
        facts.insert(format!("{whose}'s {name}"), list(&response.headers, name));
    }
}

/// The elements of a header in alphabetical order, because actix-cors changes their order from run to run.
fn list(headers: &HeaderMap, name: &str) -> String {
    let values = headers.get_all(name).map(|value| value.to_str());
    let values: Vec<&str> = values.map(|value| value.expect("text")).collect();
    let mut elements: Vec<String> = values
        .iter()
        .flat_map(|value| value.split(','))
        .map(|element| element.trim().to_owned())
        .collect();
    if name != "access-control-allow-methods" {
        for element in &mut elements {
            element.make_ascii_lowercase();
        }
    }
    elements.sort();
    elements.join(", ")
}

mod the_comparison {
    use actix_web::{App, HttpResponse, test, web};
    use cors_runtime::test::{Fetch, Page};

    use super::{ABSENT, differs, facts, row, unexplained};

    #[actix_web::test]
    async fn finds_differences_without_a_reason_and_reasons_without_a_difference() {
        let with = async |value: &'static str| {
            let answer = move || async move {
                HttpResponse::Ok()
                    .insert_header(("access-control-allow-origin", value))
                    .finish()
            };
            test::init_service(App::new().route("/", web::get().to(answer))).await
        };
        let page = Page::at("https://app.example.com");
        let old = facts(&page.fetch(&with("*").await, Fetch::get("/")).await);
        let echo = with("https://app.example.com").await;
        let new = facts(&page.fetch(&echo, Fetch::get("/")).await);
        let header = "response's access-control-allow-origin";

        let silent = row("", &page, Fetch::get("/"), []);
        assert_eq!(
            unexplained(&silent, &old, &new),
            [format!(
                "unexplained: {header:?}, \"*\", \"https://app.example.com\""
            )]
        );
        assert!(unexplained(&silent, &old, &old).is_empty());

        let explained = differs(header, "*", "https://app.example.com", "it was meant");
        let row = row("", &page, Fetch::get("/"), [explained]);
        assert!(unexplained(&row, &old, &new).is_empty());
        assert_eq!(unexplained(&row, &old, &old).len(), 1);
        assert_eq!(unexplained(&row, &new, &old).len(), 2, "not the other way");
        assert!(!old.contains_key(ABSENT));
    }
}
