//! A page in a browser sends requests to the example server, which has another origin. Chromium, Firefox and `WebKitGTK` let the page's
//! script read what the policies allow, and nothing else. The tests of the console and of preflights run in Chromium, because the other
//! two do not report them.

pub mod row;
mod tester;

use std::time::Duration;

use actix_web::rt::time::sleep;
use serde_json::{Value, json};

use crate::programs::chromium::{Chromium, Fetched, Seen};
use crate::programs::engine::{Browser, ENGINES};
use crate::programs::example::Example;
use row::{
    Ask,
    Sees::{self, Blocked, Reads},
    ask, delete, get, post, put,
};

const NO_ORIGIN: &str = "MissingAllowOriginHeader";
const PREFLIGHT_NO_ORIGIN: &str = "PreflightMissingAllowOriginHeader";
const PREFLIGHT_NO_HEADER: &str = "HeaderDisallowedByPreflightResponse";
const PREFLIGHT_NO_METHOD: &str = "MethodDisallowedByPreflightResponse";
const NO_CREDENTIALS: &str = "InvalidAllowCredentials";
const WILDCARD: &str = "WildcardOriginNotAllowed";

const LAMP_KETTLE_GLOBE: &str = r#"{"1":{"name":"lamp","edited_by":null},"2":{"name":"kettle","edited_by":null},"3":{"name":"globe","edited_by":null}}"#;
const DESK: &str = r#"{"name":"desk","edited_by":null}"#;
const MUG_BY_ADA: &str = r#"{"name":"mug","edited_by":"ada"}"#;
const MAP: &str = r#"{"name":"map","edited_by":null}"#;
const ONLY_DESK: &str = r#"{"1":{"name":"desk","edited_by":null}}"#;
const NOBODY: &str = "Nobody is signed in.\n";
const HELLO: &str = "Hello, whoever you are.\n";

/// A request, the number of preflights that the browser sends for it, and what script sees of the response: on a page that the
/// policies allow, and on a stranger's.
///
/// The stranger's page sends all of them first. The allowed page's first row then shows that no denied request has changed the items.
#[rustfmt::skip]
const TABLE: &[(Ask, usize, Sees, Sees)] = &[
    (get("/items"),                     0, Reads(200, LAMP_KETTLE_GLOBE),           Blocked(NO_ORIGIN)),
    (get("/items").with_cookies(),      0, Blocked(NO_CREDENTIALS),                 Blocked(NO_ORIGIN)),

    // Without a cookie, and with one.
    (get("/me").with_cookies(),         0, Reads(401, NOBODY),                      Blocked(NO_ORIGIN)),
    (put("/items/1", "desk"),           1, Reads(200, DESK),                        Blocked(PREFLIGHT_NO_ORIGIN)),
    (post("/login").with_cookies(),     0, Reads(200, "Welcome, ada.\n"),           Blocked(NO_ORIGIN)),
    (get("/me").with_cookies(),         0, Reads(200, "ada"),                       Blocked(NO_ORIGIN)),
    (get("/me"),                        0, Reads(401, NOBODY),                      Blocked(NO_ORIGIN)),
    (put("/items/2", "mug").with_cookies(), 1, Reads(200, MUG_BY_ADA),              Blocked(PREFLIGHT_NO_ORIGIN)),
    (put("/items/3", "map"),            1, Reads(200, MAP),                         Blocked(PREFLIGHT_NO_ORIGIN)),
    (delete("/items/2").with_cookies(), 1, Reads(204, ""),                          Blocked(PREFLIGHT_NO_ORIGIN)),
    (delete("/items/3"),                1, Reads(204, ""),                          Blocked(PREFLIGHT_NO_ORIGIN)),
    (get("/items"),                     0, Reads(200, ONLY_DESK),                   Blocked(NO_ORIGIN)),

    // Responses made from errors.
    (get("/items/9"),                   0, Reads(404, "There is no item 9.\n"),     Blocked(NO_ORIGIN)),
    (get("/broken"),                    0, Reads(500, "The storeroom is on fire.\n"), Blocked(NO_ORIGIN)),

    (get("/account/orders"),            0, Reads(401, "Sign in first.\n"),          Blocked(NO_ORIGIN)),
    (get("/account/orders").with_cookies(), 0, Reads(200, "One globe, on its way.\n"), Blocked(NO_ORIGIN)),
    (get("/health"),                    0, Reads(200, "Well.\n"),                   Blocked(NO_ORIGIN)),
    (get("/nowhere"),                   0, Reads(404, ""),                          Blocked(NO_ORIGIN)),

    // Preflights that block the allowed origin as well.
    (put("/items/4", "rug").with("x-a"), 1, Blocked(PREFLIGHT_NO_HEADER),           Blocked(PREFLIGHT_NO_ORIGIN)),
    // No annotated handler has the method: the fallback answers, which allows the one origin.
    (ask("PATCH", "/items/1"),          1, Blocked(PREFLIGHT_NO_METHOD),            Blocked(PREFLIGHT_NO_ORIGIN)),

    // Policies for everyone and for somebody else, and no policy.
    (get("/public"),                    0, Reads(200, HELLO),                       Reads(200, HELLO)),
    (get("/public").with_cookies(),     0, Blocked(WILDCARD),                       Blocked(WILDCARD)),
    (get("/partners"),                  0, Blocked(NO_ORIGIN),                      Blocked(NO_ORIGIN)),
    (get("/partners/catalogue.csv"),    0, Blocked(NO_ORIGIN),                      Blocked(NO_ORIGIN)),
    (get("/theme"),                     0, Blocked(NO_ORIGIN),                      Blocked(NO_ORIGIN)),
    (delete("/items"),                  1, Blocked(PREFLIGHT_NO_ORIGIN),            Blocked(PREFLIGHT_NO_ORIGIN)),
];

#[actix_web::test]
async fn script_on_each_page_reads_what_the_policies_allow_it_and_nothing_else() {
    for engine in ENGINES {
        let Some(browser) = Browser::start(engine).await else {
            continue;
        };
        let example = Example::start();
        let mut wrong = Vec::new();
        for page in [&example.stranger, &example.page] {
            browser.open(page).await;
            for (ask, preflights, allowed, stranger) in TABLE {
                let sees = if page == &example.page {
                    allowed
                } else {
                    stranger
                };
                let fetched = browser.fetch(&example.at(ask.path), ask.init()).await;
                let sent = fetched.preflights.unwrap_or(*preflights);
                if !sees.is(&fetched.seen) || sent != *preflights {
                    wrong.push(format!("{ask} from {page}: {fetched:?}"));
                }
            }
        }
        assert!(
            wrong.is_empty(),
            "not as in the table, in {engine}:\n{}",
            wrong.join("\n")
        );
    }
}

#[actix_web::test]
async fn a_page_on_the_origin_of_the_api_reads_what_both_other_pages_are_denied() {
    for engine in ENGINES {
        let Some(browser) = Browser::start(engine).await else {
            continue;
        };
        let example = Example::start();
        browser.open(&example.at("/public")).await;
        for (ask, sees) in [
            (
                get("/partners"),
                Reads(200, "Partner prices: half of everything.\n"),
            ),
            (get("/theme"), Reads(200, "teal")),
            (delete("/items"), Reads(204, "")),
            (get("/items"), Reads(200, "{}")),
        ] {
            let fetched = browser.fetch(&example.at(ask.path), ask.init()).await;
            assert!(sees.is(&fetched.seen), "{ask}: {fetched:?}");
        }
    }
}

#[actix_web::test]
async fn script_reads_an_exposed_header_and_not_one_that_is_sent_without_being_exposed() {
    for engine in ENGINES {
        let Some(browser) = Browser::start(engine).await else {
            continue;
        };
        let example = Example::start();
        let own_page = example.at("/public");
        for (page, internal) in [(&example.page, Value::Null), (&own_page, json!("shelf 4"))] {
            browser.open(page).await;
            let items = get("/items");
            let Fetched { seen, .. } = browser.fetch(&example.at(items.path), items.init()).await;
            let Seen::Response { headers, .. } = seen else {
                panic!("{page} reads nothing: {seen:?}");
            };
            assert_eq!(headers["x-total-count"], "3", "for {page}");
            assert_eq!(headers["x-internal"], internal, "for {page}");
        }
    }
}

#[actix_web::test]
async fn a_second_put_inside_max_age_sends_no_second_preflight() {
    let Some(chromium) = Chromium::start().await else {
        return;
    };
    let example = Example::start();
    chromium.open(&example.page).await;

    // Browsers keep the answer to a preflight without `Access-Control-Max-Age` for five seconds:
    // https://fetch.spec.whatwg.org/#cors-preflight-fetch, step 7.9.
    let without_max_age = Duration::from_secs(5);
    let later = without_max_age + Duration::from_secs(1);
    let put = put("/items/1", "desk");
    let delete = delete("/items/2");
    for (pause, ask, preflights) in [
        (Duration::ZERO, &put, 1),
        (Duration::ZERO, &put, 0),
        (Duration::ZERO, &delete, 1),
        (later, &put, 0),
        (Duration::ZERO, &delete, 1),
    ] {
        sleep(pause).await;
        let fetched = chromium.fetch(&example.at(ask.path), ask.init()).await;
        let seen = matches!(fetched.seen, Seen::Response { .. });
        assert!(
            seen && fetched.preflights == Some(preflights),
            "{ask} after {pause:?}, with {preflights} preflights: {fetched:?}"
        );
    }
}
