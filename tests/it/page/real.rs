//! A real browser, with servers for the pages of the table and for the API.

use std::net::SocketAddr;

use actix_web::dev::Service as _;
use actix_web::http::header;
use actix_web::{App, HttpResponse, web};
use serde_json::Value;

use super::api::{self, Journal, Received};
use super::table::{Row, Sees, Whose};
use super::{Origins, app};
use crate::programs::chromium::{Fetched, Message, Seen};
use crate::programs::engine::{Browser, Engine};
use crate::support;

pub(crate) struct Real {
    browser: Browser,
    journal: Journal,
    allowed: String,
    stranger: String,
    api: String,
}

impl Real {
    /// `None` if the browser is missing, and tests may be skipped.
    pub(crate) async fn start(engine: Engine) -> Option<Self> {
        let browser = Browser::start(engine).await?;
        let journal = Journal::default();
        let served = journal.clone();
        let api: SocketAddr = support::serve(move || app!(served.clone()));
        let pages: SocketAddr = support::serve(|| {
            let page = || async {
                HttpResponse::Ok()
                    .content_type("text/html")
                    .body("<link rel=icon href=data:,><p>")
            };
            let sandboxed = || async {
                HttpResponse::Ok()
                    .content_type("text/html")
                    .insert_header((header::CONTENT_SECURITY_POLICY, "sandbox allow-scripts"))
                    .body("<link rel=icon href=data:,><p>")
            };
            App::new()
                .route("/", web::get().to(page))
                .route("/sandboxed", web::get().to(sandboxed))
        });
        Some(Self {
            browser,
            journal,
            allowed: format!("http://{pages}"),
            stranger: format!("http://localhost:{}", pages.port()),
            api: format!("http://{api}"),
        })
    }

    pub(crate) fn origins(&self) -> Origins<'_> {
        Origins {
            allowed: &self.allowed,
            stranger: &self.stranger,
            api: &self.api,
        }
    }

    /// Goes to a page, and empties the journal.
    pub(crate) async fn open(&self, whose: Whose) {
        let url = match whose {
            Whose::Allowed => self.allowed.clone(),
            Whose::Stranger => self.stranger.clone(),
            Whose::Own => self.api.clone(),
            Whose::Sandboxed => format!("{}/sandboxed", self.allowed),
        };
        self.browser.open(&url).await;
        api::take(&self.journal);
    }

    /// Sets the cookie that the pages of the table have for the API.
    pub(crate) async fn sign_in(&self) {
        self.open(Whose::Own).await;
        let script = "document.cookie = 'session=abc; path=/; SameSite=Lax'";
        self.browser.run(script, vec![]).await;
    }

    /// Runs a row in the open page: what script sees, and what the API received.
    pub(crate) async fn play(&self, number: usize, row: &Row) -> (Seen, Vec<Received>) {
        let url = format!("{}{}", self.api, row.path(number));
        let mut init = row.init();
        // `fetch` takes an absent key and not `null`.
        if let Value::Object(init) = &mut init {
            init.retain(|_, value| !value.is_null());
        }
        let seen = if row.upload_progress {
            self.run(XHR, vec![url.into(), init]).await
        } else if matches!(row.sees, Sees::Blocked(cors_runtime::test::Check::Request)) {
            self.run(THROWS, vec![url.into(), init]).await
        } else {
            let Fetched { seen, preflights } = self.browser.fetch(&url, init).await;
            let expected = usize::from(row.preflight);
            let sent = preflights.unwrap_or(expected);
            assert_eq!(sent, expected, "{}: preflights", row.name);
            seen
        };
        (seen, api::take(&self.journal))
    }

    /// The messages of Chromium's console since the last call.
    pub(crate) async fn console(&self) -> Vec<Message> {
        self.browser.console().await
    }

    async fn run(&self, script: &str, arguments: Vec<Value>) -> Seen {
        let seen = self.browser.run(script, arguments).await;
        match seen.get("status") {
            None => Seen::Nothing {
                reason: seen.as_str().map(str::to_owned),
            },
            Some(status) => Seen::Response {
                status: status.as_u64().expect("a status"),
                headers: Value::Null,
                body: seen["body"].as_str().expect("a body").to_owned(),
            },
        }
    }
}

/// Runs a request that the browser refuses to send.
const THROWS: &str = "
    const [url, init] = arguments;
    return fetch(url, init).then(response => ({ status: response.status, body: '' }), error => error.name);
";

/// Runs an upload with a progress bar.
const XHR: &str = "
    const [url, init] = arguments;
    return new Promise(resolve => {
        const request = new XMLHttpRequest();
        request.upload.onprogress = () => {};
        request.onload = () => resolve({ status: request.status, body: request.responseText });
        request.onerror = () => resolve('XMLHttpRequest');
        request.open(init.method, url);
        for (const [name, value] of init.headers) request.setRequestHeader(name, value);
        request.send(init.body);
    });
";
