//! Firefox without a window, driven through Marionette, the protocol that it speaks by itself.
//!
//! <https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html>

use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
    sync::LazyLock,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::{Running, find};

/// How long Firefox may take to answer a command.
const PATIENCE: Duration = Duration::from_secs(120);

/// Any free port, and nothing that Firefox does for itself on its first start.
const PREFERENCES: &str = r#"
user_pref("marionette.port", 0);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("services.settings.server", "data:,#remote-settings-dummy/v1");
user_pref("app.normandy.enabled", false);
user_pref("app.update.disabledForTesting", true);
user_pref("extensions.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
"#;

pub(crate) struct Firefox {
    stream: BufReader<TcpStream>,
    last: u64,
    // Dropped in this order: the program, then its files.
    _program: Running,
    _profile: TempDir,
}

impl Firefox {
    /// With an empty profile; `None` where there is none, and tests may do without.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = &*INSTALLED else {
            assert!(!is_required(), "CORS_BROWSER=required, and {MISSING}");
            return None;
        };
        let profile = TempDir::with_prefix("cors-firefox-").expect("a temporary directory");
        fs::write(profile.path().join("user.js"), PREFERENCES).expect("a file can be written");
        let path = profile.path().to_str().expect("a path that is text");
        let arguments = [
            "--headless",
            "--marionette",
            "--remote-allow-system-access",
            "--no-remote",
            "--profile",
            path,
            "about:blank",
        ];
        let running = Running::start(program, &arguments, profile.path());
        let port: u16 = running.says(|line| {
            let (_, port) = line.split_once("Listening on port ")?;
            port.trim().parse().ok()
        });
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("Firefox listens");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a timeout is no zero");
        let mut firefox = Self {
            stream: BufReader::new(stream),
            last: 0,
            _program: running,
            _profile: profile,
        };
        // Firefox introduces itself.
        firefox.receive();
        firefox.command("WebDriver:NewSession", &json!({}));
        Some(firefox)
    }

    /// Goes to `url`, and returns once it has loaded.
    pub(crate) fn open(&mut self, url: &str) {
        self.command("WebDriver:Navigate", &json!({ "url": url }));
    }

    /// What the promise of `script` in the page that is open comes to, or its error as text.
    pub(crate) fn run(&mut self, script: &str, arguments: &[Value]) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1];
            (async (...arguments) => {{ {script} }})(...arguments).then(done, error => done(String(error)));"
        );
        let parameters = json!({ "script": script, "args": arguments, "sandbox": null });
        self.command("WebDriver:ExecuteAsyncScript", &parameters)["value"].take()
    }

    /// The messages of a category that begins so, since this was last asked.
    pub(crate) fn console(&mut self, category: &str) -> Vec<String> {
        let script = "
            const all = Services.console.getMessageArray();
            Services.console.reset();
            return all
                .filter(message => message instanceof Ci.nsIScriptError)
                .filter(message => message.category.startsWith(arguments[0]))
                .map(message => message.errorMessage);
        ";
        self.command("Marionette:SetContext", &json!({ "value": "chrome" }));
        let parameters = json!({ "script": script, "args": [category] });
        let mut answer = self.command("WebDriver:ExecuteScript", &parameters);
        self.command("Marionette:SetContext", &json!({ "value": "content" }));
        serde_json::from_value(answer["value"].take()).expect("texts")
    }

    fn command(&mut self, name: &str, parameters: &Value) -> Value {
        self.last += 1;
        let message = json!([0, self.last, name, parameters]).to_string();
        write!(self.stream.get_mut(), "{}:{message}", message.len()).expect("Firefox reads");
        let mut answer = self.receive();
        assert_eq!(answer[1], self.last, "{answer}");
        assert!(answer[2].is_null(), "{name}: {}", answer[2]);
        answer[3].take()
    }

    /// A message is preceded by its length and a colon.
    fn receive(&mut self) -> Value {
        let mut length = Vec::new();
        let read = self.stream.read_until(b':', &mut length);
        read.expect("Firefox answers");
        length.pop();
        let length = String::from_utf8(length).expect("a number is ASCII");
        let length = length.parse().expect("a message begins with its length");
        let mut message = vec![0; length];
        let read = self.stream.read_exact(&mut message);
        read.expect("Firefox answers");
        serde_json::from_slice(&message).expect("a message is JSON")
    }
}

fn is_required() -> bool {
    env::var_os("CORS_BROWSER").is_some_and(|value| value == "required")
}

/// Where Firefox is. Where it is missing and may be, says so once, past the test runner's capture.
static INSTALLED: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let found = find(&["firefox-esr", "firefox"]);
    if found.is_none() && !is_required() {
        let _ = writeln!(io::stderr(), "Firefox tests skipped: {MISSING}");
    }
    found
});

const MISSING: &str = "there is no Firefox on PATH (Debian: `apt-get install firefox-esr`)";
