//! A real browser of each of the three engines, without a window, which opens pages and runs script in them.
//!
//! Chromium and `WebKitGTK` have a driver that speaks `WebDriver`. Firefox speaks Marionette, without a driver.

use std::{
    cell::RefCell,
    fmt, fs,
    net::TcpStream,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use actix_web::rt::time::sleep;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::marionette::Marionette;
use super::process::{Running, find, free_address, skip};

/// The longest time that a script may run, and that a driver may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    WebKit,
}

pub(crate) const ENGINES: [Engine; 3] = [Engine::Chromium, Engine::Firefox, Engine::WebKit];

impl Engine {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::WebKit => "WebKitGTK",
        }
    }

    /// The programs that it needs, each with its possible names.
    fn programs(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Chromium => &[
                &[
                    "chromium",
                    "chromium-browser",
                    "google-chrome",
                    "google-chrome-stable",
                ],
                &["chromedriver"],
            ],
            Self::Firefox => &[&["firefox-esr", "firefox"]],
            Self::WebKit => &[&["WebKitWebDriver"], &["Xvfb"]],
        }
    }

    /// Debian's packages with these programs.
    fn packages(self) -> &'static str {
        match self {
            Self::Chromium => "chromium chromium-driver",
            Self::Firefox => "firefox-esr",
            Self::WebKit => "webkit2gtk-driver xvfb",
        }
    }

    /// Its programs. `None` if one is missing, and tests may be skipped.
    pub(crate) fn installed(self) -> Option<Vec<PathBuf>> {
        let missing = |names: &&&[&str]| find(names).is_none();
        let Some(names) = self.programs().iter().find(missing) else {
            return self.programs().iter().map(|names| find(names)).collect();
        };
        let missing = format!(
            "for {self}, there is no `{}` on PATH (Debian: `apt-get install {}`)",
            names[0],
            self.packages()
        );
        skip("CORS_BROWSER", &missing);
        None
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A browser with an empty profile, which ends when this is dropped.
pub(crate) struct Browser {
    pub(crate) engine: Engine,
    session: Session,
    // Dropped in this order: the processes, then their files.
    _programs: Vec<Running>,
    _profile: TempDir,
}

enum Session {
    WebDriver(Client),
    Marionette(RefCell<Marionette>),
}

impl Browser {
    /// Starts a browser with these capabilities of `WebDriver`. `None` if the engine is missing, and tests may be skipped.
    pub(crate) async fn start_with(engine: Engine, capabilities: Value) -> Option<Self> {
        let programs = engine.installed()?;
        let profile = TempDir::with_prefix("cors-browser-").expect("a temporary directory");
        let home = profile.path();
        let (session, programs) = match (engine, &programs[..]) {
            (Engine::Chromium, [chromium, driver]) => {
                chromium_session(chromium, driver, home, capabilities).await
            }
            (Engine::Firefox, [firefox]) => firefox_session(firefox, home, capabilities),
            (Engine::WebKit, [driver, xvfb]) => {
                webkit_session(driver, xvfb, home, capabilities).await
            }
            (_, programs) => panic!("{engine} is not started by {programs:?}"),
        };
        Some(Self {
            engine,
            session,
            _programs: programs,
            _profile: profile,
        })
    }

    /// The `WebDriver` client of Chromium or `WebKitGTK`. Firefox has none.
    pub(crate) fn client(&self) -> &Client {
        match &self.session {
            Session::WebDriver(client) => client,
            Session::Marionette(_) => panic!("{} speaks no WebDriver", self.engine),
        }
    }

    /// Runs `script` in Firefox's own process, outside of the page.
    pub(crate) fn run_in_firefox(&self, script: &str) -> Value {
        let Session::Marionette(firefox) = &self.session else {
            panic!("{} is not Firefox", self.engine);
        };
        let mut firefox = firefox.borrow_mut();
        let mut command = |name, parameters| {
            let answer = firefox.command(name, &parameters);
            answer.unwrap_or_else(|error| panic!("{name}: {error}"))
        };
        command("Marionette:SetContext", json!({ "value": "chrome" }));
        let parameters = json!({ "script": script, "args": [] });
        let mut answer = command("WebDriver:ExecuteScript", parameters);
        command("Marionette:SetContext", json!({ "value": "content" }));
        answer["value"].take()
    }

    /// Goes to `url`, and returns once it has loaded.
    pub(crate) async fn open(&self, url: &str) {
        let opened = match &self.session {
            Session::WebDriver(client) => client.goto(url).await.map_err(|error| error.to_string()),
            Session::Marionette(firefox) => firefox
                .borrow_mut()
                .command("WebDriver:Navigate", &json!({ "url": url }))
                .map(drop)
                .map_err(|error| error.to_string()),
        };
        opened.unwrap_or_else(|error| panic!("{}: {url}: {error}", self.engine));
    }

    /// Types text, or keys as `WebDriver` writes them, into the element that has the focus.
    pub(crate) async fn press(&self, keys: &str) {
        match &self.session {
            Session::WebDriver(client) => {
                let focused = client.active_element().await.expect("a focus");
                focused.send_keys(keys).await.expect("it takes keys");
            }
            Session::Marionette(firefox) => {
                let mut firefox = firefox.borrow_mut();
                let focused = firefox.command("WebDriver:GetActiveElement", &json!({}));
                let focused = focused.expect("a focus");
                let id = focused["value"]
                    .as_object()
                    .and_then(|ids| ids.values().next());
                let parameters = json!({ "id": id, "text": keys });
                let typed = firefox.command("WebDriver:ElementSendKeys", &parameters);
                typed.expect("it takes keys");
            }
        }
    }

    /// Runs `script` in the open page, and returns its value or that of its promise.
    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        // The drivers treat scripts that return promises differently, but all take scripts that call back.
        let call = format!(
            "const rest = [...arguments];
            const done = rest.pop();
            new Promise(resolve => resolve((function () {{{script}\n}}).apply(window, rest))).then(
                value => done({{ value: value ?? null }}),
                error => done({{ error: String(error) }}),
            );"
        );
        let result = match &self.session {
            Session::WebDriver(client) => client
                .execute_async(&call, arguments)
                .await
                .map_err(|error| error.to_string()),
            Session::Marionette(firefox) => {
                let parameters = json!({ "script": call, "args": arguments, "sandbox": null });
                firefox
                    .borrow_mut()
                    .command("WebDriver:ExecuteAsyncScript", &parameters)
                    .map(|mut result| result["value"].take())
                    .map_err(|error| error.to_string())
            }
        };
        let mut result =
            result.unwrap_or_else(|error| panic!("{}: {script}: {error}", self.engine));
        let error = &result["error"];
        assert!(error.is_null(), "{}: {script}: {error}", self.engine);
        result["value"].take()
    }
}

async fn chromium_session(
    chromium: &Path,
    driver: &Path,
    home: &Path,
    mut capabilities: Value,
) -> (Session, Vec<Running>) {
    const TRIES: usize = 5;
    // The driver takes a port that is free for IPv4, and ends if the same port is not free for IPv6.
    let started = (1..).find_map(|attempt| {
        let driver = Running::start(driver, &["--port=0"], home);
        let port = driver.may_say(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        match port {
            Ok(port) => Some((driver, port)),
            Err(said) => {
                assert!(attempt < TRIES, "chromedriver does not start: {said:#?}");
                None
            }
        }
    });
    let (driver, port) = started.expect("the last attempt panics");
    capabilities["goog:chromeOptions"] = json!({
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
            format!("--user-data-dir={}", home.join("profile").display()),
        ],
    });
    let client = connect(port, capabilities).await;
    (Session::WebDriver(client), vec![driver])
}

/// Settings that keep Firefox from sending requests of its own.
const FIREFOX: &str = r#"
user_pref("marionette.port", 0);
user_pref("browser.startup.page", 0);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("app.normandy.enabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("dom.security.https_first", false);
user_pref("extensions.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
"#;

fn firefox_session(
    firefox: &Path,
    home: &Path,
    mut capabilities: Value,
) -> (Session, Vec<Running>) {
    let profile = home.join("profile");
    let written =
        fs::create_dir(&profile).and_then(|()| fs::write(profile.join("user.js"), FIREFOX));
    written.expect("a profile can be written");
    let profile = profile.to_str().expect("a path in Unicode");
    let arguments = [
        "--headless",
        "--marionette",
        // Allows reading its console.
        "--remote-allow-system-access",
        "--no-remote",
        "--profile",
        profile,
        "about:blank",
    ];
    let firefox = Running::start(firefox, &arguments, home);
    let port = firefox.says(|line| {
        let (_, port) = line.split_once("Listening on port ")?;
        port.trim().parse().ok()
    });
    capabilities["timeouts"] = timeouts();
    let marionette = Marionette::connect(port, &capabilities);
    (Session::Marionette(RefCell::new(marionette)), vec![firefox])
}

async fn webkit_session(
    driver: &Path,
    xvfb: &Path,
    home: &Path,
    capabilities: Value,
) -> (Session, Vec<Running>) {
    let xvfb = Running::start(xvfb, &["-displayfd", "1", "-nolisten", "tcp"], home);
    let display: u16 = xvfb.says(|line| line.trim().parse().ok());
    // The driver does not say which port it takes, so it is given one that is free.
    let port = free_address().port();
    let driver = driver.to_str().expect("a path in Unicode");
    let arguments = [
        &format!("DISPLAY=:{display}"),
        // There is no session bus, which a screen reader needs.
        "NO_AT_BRIDGE=1",
        driver,
        &format!("--port={port}"),
    ];
    let driver = Running::start(Path::new("env"), &arguments, home);
    let client = connect(port, capabilities).await;
    (Session::WebDriver(client), vec![driver, xvfb])
}

async fn connect(port: u16, mut capabilities: Value) -> Client {
    capabilities["timeouts"] = timeouts();
    let capabilities: fantoccini::wd::Capabilities =
        serde_json::from_value(capabilities).expect("an object");
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < deadline, "no driver listens on {port}");
        sleep(Duration::from_millis(20)).await;
    }
    let client = ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities)
        .connect(&format!("http://127.0.0.1:{port}"))
        .await;
    client.expect("the driver starts its browser")
}

/// The capability that limits the time of scripts and of loading pages.
fn timeouts() -> Value {
    let milliseconds = PATIENCE.as_secs() * 1000;
    json!({ "script": milliseconds, "pageLoad": milliseconds })
}
