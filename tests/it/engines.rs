//! What three browsers do with pages, policies and everything that can send a request: the table in `engines/table.rs`.

mod api;
mod document;
mod row;
mod sites;
mod table;

use std::collections::HashSet;

use serde_json::{Value, json};

use super::browser::engine::{self, Browser, Engine};
use row::Row;
use sites::SITES;
use table::SECTIONS;

fn rows() -> impl Iterator<Item = &'static Row> {
    SECTIONS.iter().flat_map(|section| section.rows)
}

#[actix_web::test]
async fn chromium_does_what_the_table_says() {
    does_what_the_table_says(Engine::Chromium).await;
}

#[actix_web::test]
async fn firefox_does_what_the_table_says() {
    does_what_the_table_says(Engine::Firefox).await;
}

#[actix_web::test]
async fn webkit_does_what_the_table_says() {
    does_what_the_table_says(Engine::WebKit).await;
}

async fn does_what_the_table_says(engine: Engine) {
    let proxy = Some(SITES.proxy);
    let Some(browser) = Browser::start_with_proxy(engine, proxy).await else {
        return;
    };
    open(&browser, "api").await;
    browser.run("document.cookie = 'name=ada; SameSite=Lax'", vec![]).await;
    let names: Value = SITES
        .names()
        .map(|(name, origin)| (name.to_owned(), json!(origin)))
        .collect();
    let mut wrong = Vec::new();
    let mut played = Vec::new();
    for row in rows().filter(|row| SITES.has_six || row.on != "six") {
        let name = format!("{engine}-{}", row.id);
        let start = std::time::Instant::now(); //DEBUG
        open(&browser, row.on).await;
        let arguments = vec![row.script.into(), names.clone(), name.clone().into()];
        let read = browser.run("return run(...arguments)", arguments).await;
        let (asks, reads) = row.expected(engine);
        let arrived = SITES.arrived(&name, asks.len(), row.with_sites);
        if arrived != asks || read != reads {
            eprintln!("{engine} {}: {arrived:#?}\nreads {read}", row.id); //DEBUG
            wrong.push(format!("{}: {arrived:#?}\nreads {read}", row.id));
        }
        if start.elapsed().as_millis() > 1500 { eprintln!("SLOW {engine} {} {:?}", row.id, start.elapsed()); } //DEBUG
        played.push((name, row, arrived));
    }
    for (name, row, arrived) in played {
        let late = SITES.arrived(&name, 0, row.with_sites);
        if late != arrived {
            wrong.push(format!("{}: later {late:#?}", row.id));
        }
    }
    assert!(
        wrong.is_empty(),
        "not as in the table:\n{}",
        wrong.join("\n")
    );
}

async fn open(browser: &Browser, origin: &str) {
    browser
        .open(&format!("{}/page", SITES.origin(origin)))
        .await;
}

#[test]
fn each_row_has_a_name_of_its_own() {
    let names: HashSet<_> = rows().map(|row| row.id).collect();
    assert_eq!(names.len(), rows().count());
}
