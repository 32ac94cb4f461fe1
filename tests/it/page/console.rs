//! `docs/console.md`: the message of Chromium's console for each way in which a request can fail.

use std::fmt::Write as _;
use std::{env, fs};

use cors_runtime::test::Check;

use super::real::Real;
use super::table::{ROWS, Row};
use super::{IMAGINED, play};
use crate::programs::engine::Engine;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/console.md");

/// A heading, a row of the table, the policy that the request meets, and words of the console that name the cause.
const WAYS: &[(&str, &str, &str, &str)] = &[
    (
        "The origin is not listed",
        "a stranger is blocked by its origin",
        r#"#[cors(origins = ["http://127.0.0.1:*"])]"#,
        "No 'Access-Control-Allow-Origin' header",
    ),
    (
        "The origin is not listed, and the request needs a preflight",
        "JSON of a stranger stops at the preflight",
        r#"#[cors(origins = ["http://127.0.0.1:*"], headers = ["content-type"], credentials, max_age = 60)]"#,
        "Response to preflight request",
    ),
    (
        "The origin is `null`",
        "a sandboxed page is blocked by its origin",
        r#"#[cors(origins = ["http://127.0.0.1:*"])]"#,
        "from origin 'null'",
    ),
    (
        "No handler of the path has the method",
        "PATCH is blocked where the handler is for PUT",
        r#"#[cors(origins = ["http://127.0.0.1:*"], headers = ["content-type"], credentials, max_age = 60)]"#,
        "Response to preflight request",
    ),
    (
        "The handler's `methods` leave the method out",
        "a method that `methods` leaves out is blocked",
        r#"#[cors(origins = ["http://127.0.0.1:*"], methods = ["PUT"], headers = ["content-type"])]"#,
        "Method PATCH is not allowed by Access-Control-Allow-Methods",
    ),
    (
        "The handler's `methods` leave POST out, and the request needs a preflight",
        "a safelisted method that `methods` leaves out is blocked by its preflight",
        r#"#[cors(origins = ["http://127.0.0.1:*"], methods = ["PUT"], headers = ["content-type"])]"#,
        "It does not have HTTP ok status",
    ),
    (
        "The method is not among those of a named policy",
        "a named policy allows no other method",
        r#"#[cors(origins = ["http://127.0.0.1:*"], headers = ["content-type"])] struct Partners;"#,
        "Method PUT is not allowed by Access-Control-Allow-Methods",
    ),
    (
        "A header is not listed",
        "a header that is not listed stops at the preflight",
        r#"#[cors(origins = ["http://127.0.0.1:*"], headers = ["content-type"], credentials, max_age = 60)]"#,
        "Request header field x-a is not allowed by Access-Control-Allow-Headers",
    ),
    (
        "Credentials are not allowed",
        "credentials without `credentials` are blocked",
        r#"#[cors(origins = ["http://127.0.0.1:*"])]"#,
        "'Access-Control-Allow-Credentials' header",
    ),
    (
        "Anyone may read, but without credentials",
        "`*` does not allow credentials",
        r#"#[cors(origins = ["*"], headers = ["*"])]"#,
        "must not be the wildcard '*' when the request's credentials mode is 'include'",
    ),
];

#[actix_web::test]
async fn the_console_names_the_real_cause_of_each_failure() {
    let Some(chromium) = Real::start(Engine::Chromium).await else {
        return;
    };
    let mut page = String::from(INTRODUCTION);
    for (heading, name, policy, cause) in WAYS {
        let (number, row) = row(name);
        chromium.open(row.whose).await;
        chromium.console().await;
        chromium.play(number, row).await;
        let console = chromium.console().await;
        let blocked: Vec<String> = console
            .iter()
            .filter(|message| message.level == "SEVERE" && message.text.contains("CORS policy"))
            .map(|message| neutral(&chromium, &message.text))
            .collect();
        let [said] = &blocked[..] else {
            panic!("{name}: the console has {console:#?}");
        };
        assert!(said.contains(cause), "{name}: {said}");

        let (outcome, _) = play(IMAGINED, number, row).await;
        assert_ne!(outcome.blocked_by(), None::<Check>, "{name}");
        let _ = write!(
            page,
            "\n## {heading}\n\n```rust,ignore\n{policy}\n```\n\nThe console:\n\n```text\n{said}\n```\n\n`Page`:\n\n```text\n{}\n```\n",
            without_row(&outcome.to_string())
        );
    }
    if env::var_os("CORS_REGENERATE").is_some() {
        fs::write(FILE, &page).expect("docs/console.md can be written");
    }
    let committed = fs::read_to_string(FILE).unwrap_or_default();
    assert_eq!(
        committed, page,
        "docs/console.md does not have Chromium's messages: run with CORS_REGENERATE=1 and read the difference"
    );
}

const INTRODUCTION: &str = "\
# What the browser's console says

A page at `http://127.0.0.1:4000`, or a stranger at `http://localhost:4000`, calls an API at `http://127.0.0.1:5000`. Each section has
a policy, the message of Chromium's console, and the message of `cors_runtime::test::Page` for the same request.
`tests/it/page.rs` writes this page, and compares it with Chromium. Causes and cures are in [faq.md](faq.md).
";

fn row(name: &str) -> (usize, &'static Row) {
    let mut rows = ROWS.iter().enumerate();
    rows.find(|(_, row)| row.name == name)
        .unwrap_or_else(|| panic!("no row is called {name:?}"))
}

/// A message with the addresses of the documentation, and without the place in the page that chromedriver puts before it.
fn neutral(chromium: &Real, message: &str) -> String {
    let origins = chromium.origins();
    let begin = message.find("Access to fetch").unwrap_or(0);
    let message = message[begin..]
        .replace(origins.api, IMAGINED.api)
        .replace(origins.allowed, IMAGINED.allowed)
        .replace(origins.stranger, IMAGINED.stranger);
    without_row(&message)
}

/// Removes the number of the row, which means nothing to a reader.
fn without_row(text: &str) -> String {
    let mut parts = text.split("?row=");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.trim_start_matches(|character: char| character.is_ascii_digit())
    })
}
