//! Headless Chromium, driven through chromedriver: what script in a page can do and see, and what the browser itself
//! reports about it.

use std::{
    env,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::LazyLock,
    time::{Duration, Instant},
};

use fantoccini::{Client, ClientBuilder, wd::WebDriverCompatibleCommand};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::{Running, find};

/// How long the browser may take to report what it has already done.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Chromium {
    pub(crate) client: Client,
    // Dropped in this order: the processes, then what they have open.
    _driver: Running,
    _profile: TempDir,
}

/// What came of a request that script made.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) seen: Seen,
    /// How many preflights the browser sent for it.
    pub(crate) preflights: usize,
}

/// What script saw of the response.
#[derive(Debug, PartialEq)]
pub(crate) enum Seen {
    Response {
        status: u64,
        headers: Value,
        body: String,
    },
    /// Nothing. The browser's own reason is a name of the `DevTools` protocol's type `Network.CorsError`, or its
    /// network error where the request did not fail by CORS.
    Nothing { reason: String },
}

/// A line of the browser's console.
#[derive(Debug)]
pub(crate) struct Message {
    /// `SEVERE`, `WARNING`, `INFO` or `DEBUG`.
    pub(crate) level: String,
    pub(crate) text: String,
}

impl Chromium {
    /// A browser with an empty profile; `None` where there is none, and tests may do without.
    pub(crate) async fn start() -> Option<Self> {
        let Some((chromium, chromedriver)) = &*INSTALLED else {
            assert!(!is_required(), "CORS_BROWSER=required, and {MISSING}");
            return None;
        };
        let profile = TempDir::with_prefix("cors-browser-").expect("a temporary directory");
        let driver = Running::start(chromedriver, &["--port=0"], profile.path());
        let port = driver.says(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(chromium, profile.path()))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("chromedriver starts Chromium");
        Some(Self {
            client,
            _driver: driver,
            _profile: profile,
        })
    }

    /// Goes to `url`, and returns once it has loaded.
    pub(crate) async fn open(&self, url: &str) {
        let opened = self.client.goto(url).await;
        opened.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// What `script` returns, or what the promise that it returns comes to, in the page that is open.
    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        let result = self.client.execute(script, arguments).await;
        result.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// What comes of script's `fetch(url, init)` in the page that is open.
    pub(crate) async fn fetch(&self, url: &str, init: Value) -> Fetched {
        // What the log holds already is of earlier requests.
        self.network().await;
        let seen = self.run(FETCH, vec![url.into(), init]).await;

        let deadline = Instant::now() + PATIENCE;
        let mut events = Vec::new();
        while Exchange::of(url, &events).is_none() {
            let waiting = Instant::now() < deadline;
            assert!(waiting, "{url}: no end of it in {events:#?}");
            events.extend(self.network().await);
        }
        // Preflights are reported by another process than the rest.
        events.extend(self.network().await);
        let exchange = Exchange::of(url, &events).expect("it has ended");
        Fetched {
            seen: if seen.is_null() {
                Seen::Nothing {
                    reason: exchange.error(),
                }
            } else {
                Seen::Response {
                    status: seen["status"].as_u64().expect("a status"),
                    headers: seen["headers"].clone(),
                    body: text(&seen["body"]),
                }
            },
            preflights: exchange.preflights,
        }
    }

    /// What the console has shown since this was last asked.
    pub(crate) async fn console(&self) -> Vec<Message> {
        let entries = self.log("browser").await;
        let message = |entry: &Value| Message {
            level: text(&entry["level"]),
            text: text(&entry["message"]),
        };
        entries.iter().map(message).collect()
    }

    /// The events of the `DevTools` protocol's domain `Network` since this was last asked.
    async fn network(&self) -> Vec<Value> {
        let entries = self.log("performance").await;
        let event = |entry: &Value| {
            let entry: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let event = &entry["message"];
            event["method"]
                .as_str()?
                .starts_with("Network.")
                .then(|| event.clone())
        };
        entries.iter().filter_map(event).collect()
    }

    async fn log(&self, kind: &'static str) -> Vec<Value> {
        let entries = self.client.issue_cmd(TakeLog(kind)).await;
        match entries {
            Ok(Value::Array(entries)) => entries,
            other => panic!("the {kind} log: {other:?}"),
        }
    }
}

fn is_required() -> bool {
    env::var_os("CORS_BROWSER").is_some_and(|value| value == "required")
}

/// Where Chromium and chromedriver are. Where one is missing and may be, says so once, past the test runner's capture.
static INSTALLED: LazyLock<Option<(PathBuf, PathBuf)>> = LazyLock::new(|| {
    let found = find(&[
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ])
    .zip(find(&["chromedriver"]));
    if found.is_none() && !is_required() {
        let _ = writeln!(io::stderr(), "browser tests skipped: {MISSING}");
    }
    found
});

const MISSING: &str = "there is no Chromium with chromedriver on PATH \
                       (Debian: `apt-get install chromium chromium-driver`)";

fn capabilities(chromium: &Path, profile: &Path) -> fantoccini::wd::Capabilities {
    let profile = format!("--user-data-dir={}", profile.join("profile").display());
    let capabilities = json!({
        "goog:chromeOptions": {
            "binary": chromium,
            "args": [
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                profile,
            ],
        },
        "goog:loggingPrefs": { "performance": "ALL", "browser": "ALL" },
    });
    serde_json::from_value(capabilities).expect("an object")
}

/// What script sees of a response; null when `fetch` rejects.
const FETCH: &str = "
    const [url, init] = arguments;
    return fetch(url, init).then(
        async response => ({
            status: response.status,
            headers: Object.fromEntries(response.headers),
            body: await response.text(),
        }),
        () => null,
    );
";

/// What the browser reports about a request that has ended.
struct Exchange<'a> {
    /// The parameters of `Network.loadingFinished` or `Network.loadingFailed`.
    end: &'a Value,
    preflights: usize,
}

impl<'a> Exchange<'a> {
    /// The first one that script made to `url`; `None` while it has not ended.
    fn of(url: &str, events: &'a [Value]) -> Option<Self> {
        let named = |names: &'static [&str]| {
            let named = move |event: &&Value| names.iter().any(|name| event["method"] == *name);
            events.iter().filter(named).map(|event| &event["params"])
        };
        let mut sent = named(&["Network.requestWillBeSent"]);
        let request = &sent
            .find(|sent| sent["type"] == "Fetch" && sent["request"]["url"] == url)?["requestId"];
        let mut ends = named(&["Network.loadingFinished", "Network.loadingFailed"]);
        let is_preflight = |sent: &&Value| {
            sent["initiator"]["type"] == "preflight" && sent["initiator"]["requestId"] == *request
        };
        Some(Self {
            end: ends.find(|end| end["requestId"] == *request)?,
            preflights: named(&["Network.requestWillBeSent"])
                .filter(is_preflight)
                .count(),
        })
    }

    fn error(&self) -> String {
        let by_cors = self.end.pointer("/corsErrorStatus/corsError");
        text(by_cors.unwrap_or(&self.end["errorText"]))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// chromedriver's command that hands out a log and empties it.
#[derive(Debug)]
struct TakeLog(&'static str);

impl WebDriverCompatibleCommand for TakeLog {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session.expect("a session is open");
        base.join(&format!("session/{session}/se/log"))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (
            http::Method::POST,
            Some(json!({ "type": self.0 }).to_string()),
        )
    }
}
