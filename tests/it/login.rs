//! In each engine, a page logs in at an API on another origin, acts as the user there, and reads the 401 of authentication inside
//! `Cors::annotated()`. Pages that the API does not allow read nothing of it.

use std::net::SocketAddr;

use actix_web::App;
use actix_web::web::{self, Html};
use serde_json::{Value, json};

use crate::browser::row::Sees::{self, Blocked, Reads};
use crate::other_crates::account::PAGES;
use crate::programs::engine::{Browser, ENGINES};
use crate::support::serve;

const NO_ORIGIN: &str = "MissingAllowOriginHeader";
const PREFLIGHT_NO_ORIGIN: &str = "PreflightMissingAllowOriginHeader";
const NOBODY: &str = "Nobody is signed in.";

/// An origin with an empty page.
fn page() -> SocketAddr {
    serve(|| {
        let page = async || Html::new("<!doctype html><link rel=icon href=data:,>");
        App::new().default_service(web::to(page))
    })
}

fn init(method: &str, body: Option<&str>, credentials: &str) -> Value {
    let mut init = json!({ "method": method, "credentials": credentials });
    if let Some(body) = body {
        init["body"] = body.into();
        if method == "PUT" {
            init["headers"] = json!({ "content-type": "application/json" });
        }
    }
    init
}

/// The answer of a web socket, or null if it does not open.
const ECHO: &str = "
    const socket = new WebSocket(arguments[0]);
    return new Promise(resolve => {
        socket.onopen = () => socket.send('hello');
        socket.onmessage = message => resolve(message.data);
        socket.onclose = () => resolve(null);
    });
";

#[actix_web::test]
async fn a_page_logs_in_across_origins_and_a_page_that_is_not_allowed_reads_nothing() {
    for engine in ENGINES {
        let Some(browser) = Browser::start(engine).await else {
            continue;
        };
        let (allowed, stranger) = (page(), page());
        PAGES
            .replace([format!("http://{allowed}")])
            .expect("an origin");
        let api = serve(crate::other_crates::account::app);

        // The first stranger is of the API's site, so that its requests have the user's cookie.
        let page = format!("http://{allowed}/");
        let strangers = [
            format!("http://{stranger}/"),
            format!("http://localhost:{}/", allowed.port()),
        ];
        let me = |credentials| ("/me", init("GET", None, credentials));
        let rename = |name| ("/me", init("PUT", Some(name), "include"));
        let login = |name| ("/login", init("POST", Some(name), "include"));
        let logout = || ("/logout", init("POST", None, "include"));

        let mut wrong = Vec::new();
        let mut see = async |from: &str, asks: Vec<((&str, Value), usize, Sees)>| {
            browser.open(from).await;
            for ((path, init), preflights, expected) in asks {
                let fetched = browser
                    .fetch(&format!("http://{api}{path}"), init.clone())
                    .await;
                if !expected.is(&fetched.seen)
                    || fetched.preflights.unwrap_or(preflights) != preflights
                {
                    wrong.push(format!("{path} {init} from {from}: {fetched:?}"));
                }
            }
        };
        for from in &strangers {
            let asks = vec![
                (me("include"), 0, Blocked(NO_ORIGIN)),
                (rename("\"eve\""), 1, Blocked(PREFLIGHT_NO_ORIGIN)),
            ];
            see(from, asks).await;
        }
        let asks = vec![
            (me("include"), 0, Reads(401, NOBODY)),
            (rename("\"ada\""), 1, Reads(401, NOBODY)),
            (login("ada"), 0, Reads(200, "Welcome.")),
            (me("include"), 0, Reads(200, "ada")),
            (me("omit"), 0, Reads(401, NOBODY)),
            // The browser has cached the answer to the preflight before the 401.
            (rename("\"bob\""), 0, Reads(204, "")),
            (me("include"), 0, Reads(200, "bob")),
        ];
        see(&page, asks).await;
        for from in &strangers {
            let asks = vec![
                (me("include"), 0, Blocked(NO_ORIGIN)),
                (me("omit"), 0, Blocked(NO_ORIGIN)),
                (rename("\"eve\""), 1, Blocked(PREFLIGHT_NO_ORIGIN)),
                // The browser sends these without a preflight.
                (login("eve"), 0, Blocked(NO_ORIGIN)),
                (logout(), 0, Blocked(NO_ORIGIN)),
            ];
            see(from, asks).await;
        }
        for (from, expected) in [
            (&page, json!("hello")),
            (&strangers[0], json!(null)),
            (&strangers[1], json!(null)),
        ] {
            browser.open(from).await;
            let echo = browser
                .run(ECHO, vec![format!("ws://{api}/echo").into()])
                .await;
            assert_eq!(echo, expected, "on {from} in {engine}");
        }
        let asks = vec![
            (me("include"), 0, Reads(200, "bob")),
            (logout(), 0, Reads(204, "")),
            (me("include"), 0, Reads(401, NOBODY)),
        ];
        see(&page, asks).await;
        assert!(wrong.is_empty(), "in {engine}:\n{}", wrong.join("\n"));
    }
}
