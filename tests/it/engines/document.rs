//! The table as a page of the documentation.

use std::fmt::Write as _;
use std::{env, fs};

use super::row::{Difference, Row};
use super::table::SECTIONS;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/browsers.md");

const INTRODUCTION: &str = "\
# What browsers do

Pages of several origins call an API that has the policies in `tests/it/engines/api.rs`. Each row shows what a page does, which
requests the servers receive, with the status of each answer, and what script learns. The rows follow the standards, and were
written before any browser was tried. `tests/it/engines.rs` runs them in Chromium, Firefox and WebKitGTK, and compares; a list
below each table has the differences of each engine.

| name | is, for example |
| --- | --- |
| app | `http://127.0.0.1:4000`, a page that the policies name |
| second | `http://127.0.0.1:4001`, another one |
| stranger | `http://localhost:4000`, a page of another site, that they do not name |
| tenant, deep | `http://shop.localhost:4000`, `http://a.shop.localhost:4000` |
| six | `http://[::1]:4000` |
| api, other | `http://127.0.0.1:5000`, the API, and `http://127.0.0.1:5001`, another one with the same policies |

Paths are those of the API, unless a name stands before them. There is a cookie for `127.0.0.1`, with `SameSite=Lax`. Where script may
not read a response, `fetch` fails with a `TypeError`.
";

#[test]
fn docs_browsers_md_is_made_from_the_table() {
    let page = page();
    if env::var_os("CORS_REGENERATE").is_some() {
        fs::write(FILE, &page).expect("docs/browsers.md can be written");
    }
    let committed = fs::read_to_string(FILE).unwrap_or_default();
    assert_eq!(
        committed, page,
        "docs/browsers.md is not the table: run with CORS_REGENERATE=1 and read the difference"
    );
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for section in SECTIONS {
        let _ = write!(
            page,
            "\n## {}\n\n{}\n\n| row | on | the page | the servers receive | script learns |\n| --- | --- | --- | --- | --- |\n",
            section.title, section.about
        );
        for row in section.rows {
            let Row { id, on, does, .. } = row;
            let (asks, reads) = (requests(row.asks), learns(row.reads));
            let _ = writeln!(page, "| {id} | {on} | {does} | {asks} | {reads} |");
        }
        let differ = section.rows.iter().filter(|row| !row.differs.is_empty());
        for (number, row) in differ.enumerate() {
            if number == 0 {
                page.push('\n');
            }
            for differs in row.differs {
                let _ = writeln!(page, "- {}: {}", row.id, difference(differs));
            }
        }
    }
    page
}

fn difference(differs: &Difference) -> String {
    let engines: Vec<_> = differs.engines.iter().map(|engine| engine.name()).collect();
    let asks = differs
        .asks
        .map(|asks| format!("{} received", requests(asks)));
    let reads = differs
        .reads
        .map(|reads| format!("script learns {}", learns(reads)));
    let what: Vec<_> = asks.into_iter().chain(reads).collect();
    let (engines, what) = (engines.join(", "), what.join("; "));
    format!("in {engines}, {what}. {}", differs.why)
}

fn requests(asks: &[&str]) -> String {
    if asks.is_empty() {
        return "nothing".to_owned();
    }
    asks.join("<br>")
}

fn learns(reads: &str) -> String {
    format!("`{reads}`")
}
