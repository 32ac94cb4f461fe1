//! Chromium, Firefox and `WebKitGTK` send the requests of the table in `engines/table.rs`, and script learns what the table says.

mod api;
mod document;
mod row;
mod sites;
mod table;

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::programs::engine::{Browser, Engine};
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
    // The browser reaches hosts that are not loopback through the proxy.
    let proxy = SITES.proxy.to_string();
    let proxy = json!({
        "proxyType": "manual",
        "httpProxy": proxy,
        "sslProxy": proxy,
        "noProxy": ["localhost", ".localhost", "127.0.0.1", "::1"],
    });
    let Some(browser) = Browser::start_with(engine, json!({ "proxy": proxy })).await else {
        return;
    };
    open(&browser, "api").await;
    let cookie = "document.cookie = 'name=ada; SameSite=Lax'";
    browser.run(cookie, vec![]).await;
    remember_preflights(&browser).await;

    let mut wrong = Vec::new();
    let mut played = Vec::new();
    for row in rows().filter(|row| SITES.has_six || row.on != "six") {
        let name = format!("{engine}-{}", row.id);
        open(&browser, row.on).await;
        let read = run(&browser, row.script, &name).await;
        let (asks, reads) = row.expected(engine);
        let arrived = SITES.arrived(&name, asks.len(), row.with_sites);
        if arrived != asks || read != reads {
            wrong.push(format!(
                "{}: {arrived:#?}, and script learns {read}",
                row.id
            ));
        }
        played.push((name, row, arrived));
    }
    // A request may have arrived after its row was compared.
    for (name, row, arrived) in played {
        let late = SITES.arrived(&name, 0, row.with_sites);
        if late != arrived {
            wrong.push(format!("{}: in the end {late:#?}", row.id));
        }
    }
    assert!(
        wrong.is_empty(),
        "not as in the table:\n{}",
        wrong.join("\n")
    );
}

/// Waits until the browser keeps preflights: a Firefox that has just started does not find the first entries of its preflight cache.
async fn remember_preflights(browser: &Browser) {
    open(browser, "app").await;
    for attempt in 0..20 {
        let name = format!("{}-before-{attempt}", browser.engine);
        let script = "return each(() => put('/items/1'), () => put('/items/1'))";
        run(browser, script, &name).await;
        if SITES.arrived(&name, 3, false).len() == 3 {
            return;
        }
    }
    panic!("{} keeps no preflight", browser.engine);
}

async fn open(browser: &Browser, origin: &str) {
    let page = format!("{}/page", SITES.origin(origin));
    browser.open(&page).await;
}

/// Runs the script of a row in the open page: see `page.js`.
async fn run(browser: &Browser, script: &str, row: &str) -> Value {
    let origins: Value = SITES
        .names()
        .map(|(name, origin)| (name.to_owned(), json!(origin)))
        .collect();
    let arguments = vec![script.into(), origins, row.into()];
    browser.run("return run(...arguments)", arguments).await
}

#[test]
fn each_row_has_a_name_of_its_own() {
    let names: HashSet<_> = rows().map(|row| row.id).collect();
    assert_eq!(names.len(), rows().count());
}
