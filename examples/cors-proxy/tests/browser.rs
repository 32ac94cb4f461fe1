//! Chromium, Firefox and `WebKitGTK` let script on a listed page read through the proxy, and no other page.
//!
//! The tests of a missing browser are skipped, with one line that says so. Under `CORS_BROWSER=required` they fail.

#[allow(dead_code, reason = "the other tests need the rest")]
#[path = "../../../tests/it/programs/chromium.rs"]
mod chromium;
#[allow(dead_code, reason = "the other tests need the rest")]
#[path = "proxy/client.rs"]
mod client;
#[allow(dead_code, reason = "the other tests need the rest")]
#[path = "../../../tests/it/programs/engine.rs"]
mod engine;
#[path = "../../../tests/it/programs/marionette.rs"]
mod marionette;
#[path = "../../../tests/it/programs/process.rs"]
mod process;
#[allow(dead_code, reason = "the other tests need the rest")]
#[path = "proxy/upstream.rs"]
mod upstream;

use std::{fs, sync::LazyLock};

use rcgen::generate_simple_self_signed;
use serde_json::{Value, json};
use tempfile::TempDir;

use chromium::Seen;
use client::Proxy;
use engine::{Browser, ENGINES, Engine};
use upstream::{Connection, Request, Upstream};

const HERE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\nETag: \"1\"\r\n\
    X-Theirs: 7\r\nSet-Cookie: theirs=1; Path=/\r\n\r\nhere";

/// The server of the pages for all tests, because all proxies of a process have the same listed pages.
static PAGES: LazyLock<Upstream> = LazyLock::new(|| {
    Upstream::says(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\nContent-Length: 16\r\n\r\n<title>A</title>",
    )
});

/// Two pages, one of which may use the proxy, and two upstreams without CORS.
struct Stage {
    browser: Browser,
    /// The page that may use the proxy.
    page: String,
    stranger: String,
    proxy: String,
    /// Redirects from `/moved` to the other one, and from `/loop` to itself.
    plain: Upstream,
    /// Over TLS, with a certificate that only the proxy trusts.
    secure: Upstream,
    _files: TempDir,
}

impl Stage {
    async fn set(engine: Engine, options: &str) -> Option<Self> {
        let browser = Browser::start(engine).await?;
        let files = TempDir::with_prefix("cors-proxy-").expect("a temporary directory");
        let certificate = generate_simple_self_signed(["localhost".to_owned()]);
        let certificate = certificate.expect("a certificate");
        let ca = files.path().join("ca.pem");
        fs::write(&ca, certificate.cert.pem()).expect("a file can be written");
        let secure = Upstream::with_tls(&certificate, HERE);
        let moved = format!("https://localhost:{}/there", secure.address.port());
        let plain = Upstream::does(move |request, connection| respond(request, &moved, connection));
        let page = format!("http://{}", PAGES.address);
        let proxy = Proxy::with_system_names(&format!(
            "--page {page} --upstream http://{} --upstream https://localhost:{} --address 127.0.0.1 --ca {} {}",
            plain.address,
            secure.address.port(),
            ca.display(),
            options.replace("PLAIN", &format!("http://{}", plain.address)),
        ));
        Some(Self {
            browser,
            stranger: page.replace("127.0.0.1", "localhost"),
            page,
            proxy: format!("http://{}", proxy.address),
            plain,
            secure,
            _files: files,
        })
    }

    /// The URL of the plain upstream, through the proxy.
    fn plain(&self, path: &str) -> String {
        format!("{}/http://{}{path}", self.proxy, self.plain.address)
    }

    /// The URL of the upstream with TLS, through the proxy.
    fn secure(&self, path: &str) -> String {
        format!(
            "{}/https://localhost:{}{path}",
            self.proxy,
            self.secure.address.port()
        )
    }
}

fn respond(request: &Request, moved: &str, connection: &mut dyn Connection) {
    let path = request.line.split(' ').nth(1);
    let location = match path {
        Some("/moved") => moved,
        Some("/loop") => "/loop",
        _ => {
            let _ = connection.write_all(HERE.as_bytes());
            return;
        }
    };
    let _ = write!(
        connection,
        "HTTP/1.1 307 There\r\nConnection: close\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    );
}

fn body_of(seen: &Seen) -> &str {
    match seen {
        Seen::Response { body, .. } => body,
        Seen::Nothing { reason } => panic!("blocked: {reason:?}"),
    }
}

#[actix_web::test]
async fn script_on_a_listed_page_reads_through_the_proxy_and_not_without_it() {
    for engine in ENGINES {
        let Some(stage) = Stage::set(engine, "").await else {
            continue;
        };
        let browser = &stage.browser;
        browser.open(&stage.page).await;

        let direct = format!("http://{}/", stage.plain.address);
        let Seen::Nothing { reason } = browser.fetch(&direct, json!({})).await.seen else {
            panic!("the upstream can be read without the proxy");
        };
        assert!(reason.is_none_or(|reason| reason == "MissingAllowOriginHeader"));

        for url in [stage.plain("/x?y"), stage.secure("/x?y")] {
            let fetched = browser.fetch(&url, json!({})).await;
            let Seen::Response {
                status,
                headers,
                body,
            } = fetched.seen
            else {
                panic!("{url}: {fetched:?}");
            };
            assert_eq!(
                (status, body.as_str(), fetched.preflights.unwrap_or(0)),
                (200, "here", 0)
            );
            assert_eq!(
                (&headers["etag"], &headers["x-theirs"]),
                (&json!("\"1\""), &json!("7"))
            );

            let put = json!({ "method": "PUT", "headers": { "x-a": "b" }, "body": "hello" });
            let fetched = browser.fetch(&url, put).await;
            let preflights = fetched.preflights.unwrap_or(1);
            assert_eq!((body_of(&fetched.seen), preflights), ("here", 1));
        }
        for upstream in [&stage.plain, &stage.secure] {
            let requests = upstream.requests();
            let last = requests.last().expect("a request");
            assert_eq!(last.line, "PUT /x?y HTTP/1.1");
            assert_eq!(
                (last.header("x-a"), last.body.as_deref()),
                (vec!["b"], Some(&b"hello"[..]))
            );
            assert!(
                requests
                    .iter()
                    .all(|request| !request.line.starts_with("OPTIONS")),
                "{requests:#?}"
            );
        }
    }
}

#[actix_web::test]
async fn script_reads_why_the_proxy_refuses() {
    for engine in ENGINES {
        let Some(stage) = Stage::set(engine, "").await else {
            continue;
        };
        stage.browser.open(&stage.page).await;
        let url = format!("{}/https://unlisted.example/", stage.proxy);
        let fetched = stage.browser.fetch(&url, json!({})).await;
        let error: Value = serde_json::from_str(body_of(&fetched.seen)).expect("JSON");
        assert_eq!(error["proxy_error"], "upstream_not_listed");
    }
}

#[actix_web::test]
async fn the_browser_follows_redirects_through_the_proxy() {
    for engine in ENGINES {
        let Some(stage) = Stage::set(engine, "").await else {
            continue;
        };
        let browser = &stage.browser;
        browser.open(&stage.page).await;
        for method in ["POST", "PUT"] {
            let init = json!({ "method": method, "body": "hello" });
            let fetched = browser.fetch(&stage.plain("/moved"), init).await;
            assert_eq!(body_of(&fetched.seen), "here", "{method}");
            let requests = stage.secure.requests();
            let last = requests.last().expect("a request");
            assert_eq!(last.line, format!("{method} /there HTTP/1.1"));
            assert_eq!(last.body.as_deref(), Some(&b"hello"[..]));
        }
        let before = stage.plain.requests().len();
        let seen = browser.fetch(&stage.plain("/loop"), json!({})).await.seen;
        let Seen::Nothing { reason } = seen else {
            panic!("the browser follows a loop to an answer: {seen:?}");
        };
        assert!(reason.is_none_or(|reason| reason == "net::ERR_TOO_MANY_REDIRECTS"));
        assert!(stage.plain.requests().len() - before <= 21);
    }
}

#[actix_web::test]
async fn a_stranger_reads_nothing_and_reaches_no_upstream() {
    for engine in ENGINES {
        let Some(stage) = Stage::set(engine, "").await else {
            continue;
        };
        let browser = &stage.browser;
        browser.open(&stage.stranger).await;
        if engine == Engine::Chromium {
            browser.console().await;
        }
        for (init, expected) in [
            (json!({}), "MissingAllowOriginHeader"),
            (
                json!({ "method": "POST", "body": "a" }),
                "MissingAllowOriginHeader",
            ),
            (
                json!({ "method": "PUT" }),
                "PreflightMissingAllowOriginHeader",
            ),
            (
                json!({ "credentials": "include" }),
                "MissingAllowOriginHeader",
            ),
        ] {
            let seen = browser.fetch(&stage.plain("/"), init).await.seen;
            let Seen::Nothing { reason } = seen else {
                panic!("{seen:?}");
            };
            assert!(reason.is_none_or(|reason| reason == expected), "{expected}");
        }
        if engine == Engine::Chromium {
            let console = browser.console().await;
            let blocked = console.iter().filter(|message| {
                message.level == "SEVERE" && message.text.contains("blocked by CORS policy")
            });
            assert_eq!(blocked.count(), 4, "{console:#?}");
        }

        // Requests without an `Origin`, which browsers send without a preflight.
        let sent = "
        const [url] = arguments;
        const image = new Promise(resolve => {
            const image = new Image();
            image.onload = image.onerror = resolve;
            image.src = url;
        });
        const opaque = fetch(url, { mode: 'no-cors', credentials: 'include' });
        return Promise.all([image, opaque]).then(() => 'sent');
    ";
        let sent = browser.run(sent, vec![stage.plain("/").into()]).await;
        assert_eq!(sent, "sent");
        assert_eq!(stage.plain.requests().len(), 0);

        // A user who opens a URL of the proxy reaches no upstream either.
        browser.open(&stage.plain("/")).await;
        assert_eq!(stage.plain.requests().len(), 0);
    }
}

#[actix_web::test]
async fn cookies_go_to_the_upstream_that_cookies_names_and_none_come_back() {
    for engine in ENGINES {
        let Some(stage) = Stage::set(engine, "--cookies PLAIN").await else {
            continue;
        };
        let browser = &stage.browser;
        browser.open(&stage.page).await;
        browser.run("document.cookie = 'ours=1'", vec![]).await;
        let init = json!({ "method": "PUT", "credentials": "include", "headers": { "x-a": "b" } });
        for url in [stage.plain("/"), stage.secure("/"), stage.plain("/")] {
            assert_eq!(
                body_of(&browser.fetch(&url, init.clone()).await.seen),
                "here"
            );
        }
        for request in stage.plain.requests() {
            assert_eq!(request.header("cookie"), ["ours=1"]);
        }
        assert_eq!(stage.secure.request().header("cookie"), Vec::<&str>::new());
    }
}
