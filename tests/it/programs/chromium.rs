//! `fetch` in a browser. Chromium reports more than script sees: why it blocked a request, the number of its preflights, and its console.

use std::{
    ops::Deref,
    time::{Duration, Instant},
};

use fantoccini::{Client, wd::WebDriverCompatibleCommand};
use serde_json::{Value, json};

use super::engine::{Browser, Engine};

/// The longest time that the browser may take to report a request that has ended.
const PATIENCE: Duration = Duration::from_secs(20);

/// The outcome of a request that script made.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) seen: Seen,
    /// The number of its preflights. Only Chromium reports it.
    pub(crate) preflights: Option<usize>,
}

/// What script saw of the response.
#[derive(Debug, PartialEq)]
pub(crate) enum Seen {
    Response {
        status: u64,
        headers: Value,
        body: String,
    },
    /// Nothing. Chromium's reason is a name of the `DevTools` protocol's type `Network.CorsError`, or a network error if the request
    /// did not fail because of CORS. The other browsers give no reason.
    Nothing { reason: Option<String> },
}

/// A line of the browser's console.
#[derive(Debug)]
pub(crate) struct Message {
    /// `SEVERE`, `WARNING`, `INFO` or `DEBUG`.
    pub(crate) level: String,
    pub(crate) text: String,
}

/// The browser for tests that need Chromium.
pub(crate) struct Chromium {
    pub(crate) client: Client,
    browser: Browser,
}

impl Deref for Chromium {
    type Target = Browser;

    fn deref(&self) -> &Browser {
        &self.browser
    }
}

impl Browser {
    /// A browser that can [`Browser::fetch`].
    pub(crate) async fn start(engine: Engine) -> Option<Self> {
        let logs = json!({ "performance": "ALL", "browser": "ALL" });
        let capabilities = match engine {
            Engine::Chromium => json!({ "goog:loggingPrefs": logs }),
            _ => json!({}),
        };
        Self::start_with(engine, capabilities).await
    }

    /// Runs `fetch(url, init)` in the open page.
    pub(crate) async fn fetch(&self, url: &str, init: Value) -> Fetched {
        if self.engine == Engine::Chromium {
            // Drops the log of earlier requests.
            self.network().await;
        }
        let seen = self.run(FETCH, vec![url.into(), init]).await;
        let (reason, preflights) = if self.engine == Engine::Chromium {
            let (reason, preflights) = self.exchange(url).await;
            (Some(reason), Some(preflights))
        } else {
            (None, None)
        };
        let seen = if seen.is_null() {
            Seen::Nothing { reason }
        } else {
            Seen::Response {
                status: seen["status"].as_u64().expect("a status"),
                headers: seen["headers"].clone(),
                body: text(&seen["body"]),
            }
        };
        Fetched { seen, preflights }
    }

    /// Chromium's error of a request that script has just sent to `url`, and the number of its preflights.
    async fn exchange(&self, url: &str) -> (String, usize) {
        let deadline = Instant::now() + PATIENCE;
        let mut events = Vec::new();
        while Exchange::of(url, &events).is_none() {
            let waiting = Instant::now() < deadline;
            assert!(waiting, "{url} has not ended: {events:#?}");
            events.extend(self.network().await);
        }
        // Another process reports the preflights, and may be later.
        events.extend(self.network().await);
        let exchange = Exchange::of(url, &events).expect("it has ended");
        (exchange.error(), exchange.preflights)
    }

    /// The messages of Chromium's console since the last call, or those of Firefox's about CORS.
    pub(crate) async fn console(&self) -> Vec<Message> {
        let entries = match self.engine {
            Engine::Chromium => self.log("browser").await,
            engine => match self.run_in_firefox(FIREFOX_CONSOLE) {
                Value::Array(entries) => entries,
                other => panic!("the console of {engine}: {other:?}"),
            },
        };
        let message = |entry: &Value| Message {
            level: text(&entry["level"]),
            text: text(&entry["message"]),
        };
        entries.iter().map(message).collect()
    }

    /// The events of the `DevTools` protocol's domain `Network` since the last call.
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

    /// Returns a log and empties it.
    async fn log(&self, kind: &str) -> Vec<Value> {
        let take = Command("se/log", json!({ "type": kind }));
        match self.client().issue_cmd(take).await {
            Ok(Value::Array(entries)) => entries,
            other => panic!("the {kind} log: {other:?}"),
        }
    }
}

impl Chromium {
    /// Starts Chromium with an empty profile. `None` if it is missing, and tests may be skipped.
    pub(crate) async fn start() -> Option<Self> {
        let browser = Browser::start(Engine::Chromium).await?;
        let client = browser.client().clone();
        Some(Self { client, browser })
    }
}

/// Returns what script sees of a response, or null if `fetch` rejects.
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

/// Returns the messages in the form of chromedriver's log.
const FIREFOX_CONSOLE: &str = "
    const all = Services.console.getMessageArray();
    Services.console.reset();
    return all
        .filter(message => message instanceof Ci.nsIScriptError)
        .filter(message => message.category.startsWith('CORS'))
        .map(message => ({ level: 'SEVERE', message: message.errorMessage }));
";

/// The browser's report about a request that has ended.
struct Exchange<'a> {
    /// The parameters of `Network.loadingFinished` or `Network.loadingFailed`.
    end: &'a Value,
    preflights: usize,
}

impl<'a> Exchange<'a> {
    /// The first request that script made to `url`. `None` while it has not ended.
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

/// A command of chromedriver: the end of its path, and its body.
#[derive(Debug)]
pub(crate) struct Command(pub(crate) &'static str, pub(crate) Value);

impl WebDriverCompatibleCommand for Command {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        let session = session.expect("a session is open");
        base.join(&format!("session/{session}/{}", self.0))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.1.to_string()))
    }
}
