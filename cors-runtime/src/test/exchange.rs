//! The requests and responses between the browser and the server, with the checks of the browser.

use actix_web::http::header::{HeaderMap, HeaderName, LOCATION, VARY};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;

use super::check::Finding;
use super::text::shown;

/// A request as the browser sends it: a preflight, or the request of script.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use cors_runtime::test::{Fetch, Page};
///
/// let page = Page::at("https://app.example.com").api_at("https://api.example.com");
/// let ControlFlow::Continue(conversation) = page.begin(Fetch::put("/items/1").body("a lamp")) else {
///     panic!("browsers send it");
/// };
/// let preflight = conversation.request();
/// assert_eq!((preflight.method.as_str(), preflight.url.as_str()), ("OPTIONS", "https://api.example.com/items/1"));
/// assert_eq!(preflight.headers.get("access-control-request-method").unwrap(), "PUT");
/// assert_eq!(preflight.body, None, "the body comes with the request itself");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// The headers, without those of the connection.
    pub headers: HeaderMap,
    /// The body, if there is one.
    pub body: Option<Bytes>,
}

/// A response as the server sends it.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use actix_web::http::StatusCode;
/// use cors_runtime::test::{Check, Fetch, Page, Response};
///
/// let ControlFlow::Continue(conversation) = Page::at("https://evil.example").begin(Fetch::get("/account")) else {
///     panic!("browsers send it");
/// };
/// let response = Response { status: StatusCode::OK, headers: Default::default(), body: "a secret".into() };
/// let ControlFlow::Break(outcome) = conversation.answered(response) else {
///     panic!("nothing follows");
/// };
/// assert_eq!(outcome.blocked_by(), Some(Check::Origin));
/// assert_eq!(outcome.text(), None, "the server has sent it, and script cannot read it");
/// ```
#[derive(Clone, Debug)]
pub struct Response {
    /// The status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body. It may be left empty if you do not use [`Outcome::text`](super::Outcome::text).
    pub body: Bytes,
}

/// A request, its response, and the checks that were made on it.
///
/// ```
/// use actix_web::{App, Responder, put, test};
/// use cors_runtime::cors;
/// use cors_runtime::test::{Fetch, Page};
///
/// #[cors(origins = ["https://app.example.com"])]
/// #[put("/items")]
/// async fn items() -> impl Responder {
///     "a lamp"
/// }
///
/// # #[actix_web::main]
/// # async fn main() {
/// let app = test::init_service(App::new().service(items)).await;
/// let outcome = Page::at("https://app.example.com").fetch(&app, Fetch::put("/items")).await;
/// let [preflight, request] = &outcome.trace().exchanges[..] else { panic!("{outcome}") };
/// assert!(preflight.is_preflight() && !request.is_preflight());
/// assert_eq!(preflight.reasons_for_preflight, ["the method PUT"]);
/// assert_eq!(preflight.asked()[0], "OPTIONS http://localhost:8080/items");
/// assert_eq!(preflight.said()[..2], ["204 No Content", "access-control-allow-methods: PUT"]);
/// assert!(preflight.findings.iter().all(|finding| finding.passed));
/// assert_eq!(request.request.method, "PUT");
/// assert_eq!(request.response.body, "a lamp");
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// The reasons for the preflight; empty if this is the request itself.
    pub reasons_for_preflight: Vec<String>,
    /// The request of the browser.
    pub request: Request,
    /// The response of the server.
    pub response: Response,
    /// The checks in the order of the standard. A browser stops at the first that fails; the others say what else is missing. A
    /// request to the page's own origin has none.
    pub findings: Vec<Finding>,
}

/// The requests and responses of one fetch.
///
/// ```
/// use actix_web::{App, Responder, put, test};
/// use cors_runtime::cors;
/// use cors_runtime::test::{Fetch, Page};
///
/// #[cors(origins = ["https://app.example.com"])]
/// #[put("/items")]
/// async fn items() -> impl Responder {
///     "a lamp"
/// }
///
/// # #[actix_web::main]
/// # async fn main() {
/// let app = test::init_service(App::new().service(items)).await;
/// let fetch = Fetch::put("/items").header("cookie", "session=abc").header("x-id", "1");
/// let outcome = Page::at("https://app.example.com").fetch(&app, fetch).await;
/// let trace = outcome.trace();
/// assert_eq!(trace.ignored, ["cookie"]);
/// assert!(trace.preflight().is_some() && trace.request().is_none(), "the policy does not name x-id");
/// assert_eq!(trace.exchanges.len(), 1);
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Trace {
    /// The headers that script tried to set, but that browsers do not let it set.
    pub ignored: Vec<String>,
    /// The exchanges in order: at most a preflight and the request itself.
    pub exchanges: Vec<Exchange>,
}

impl Exchange {
    /// Whether the request is the preflight.
    #[must_use]
    pub fn is_preflight(&self) -> bool {
        !self.reasons_for_preflight.is_empty()
    }

    /// The request in lines to print: method and URL, and the headers that matter to CORS.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        let Request {
            method,
            url,
            headers,
            ..
        } = &self.request;
        let relevant = |name: &str| {
            matches!(name, "origin" | "cookie") || name.starts_with("access-control-request-")
        };
        let mut lines = vec![format!("{method} {url}")];
        lines.extend(header_lines(headers, relevant));
        lines
    }

    /// The response in lines to print: the status, the headers that matter to CORS, and the first line of the body of a refused
    /// preflight. Control characters are escaped, and long values are cut.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        let Response {
            status,
            headers,
            body,
        } = &self.response;
        let relevant = |name: &str| {
            name == VARY.as_str()
                || name == LOCATION.as_str() && status.is_redirection()
                || name.starts_with("access-control-")
        };
        let mut lines = vec![status.to_string()];
        lines.extend(header_lines(headers, relevant));
        if !lines.iter().any(|line| line.starts_with("access-control-")) {
            lines.push("no Access-Control-* header".to_owned());
        }
        // The body of a refusal may have the reason.
        let reason = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
        if self.is_preflight() && !status.is_success() && !reason.is_empty() {
            lines.push(format!("body: {}", shown(reason)));
        }
        lines
    }
}

impl Trace {
    /// The preflight, if one was sent.
    #[must_use]
    pub fn preflight(&self) -> Option<&Exchange> {
        self.exchanges
            .iter()
            .find(|exchange| exchange.is_preflight())
    }

    /// The request of script, if it was sent: after a failed preflight, it was not.
    #[must_use]
    pub fn request(&self) -> Option<&Exchange> {
        self.exchanges
            .iter()
            .find(|exchange| !exchange.is_preflight())
    }
}

fn header_lines(headers: &HeaderMap, relevant: impl Fn(&str) -> bool) -> Vec<String> {
    let mut names: Vec<&HeaderName> = headers
        .keys()
        .filter(|name| relevant(name.as_str()))
        .collect();
    names.sort_by_key(|name| (name.as_str() != "origin", name.as_str()));
    names.dedup();
    let lines = |name| headers.get_all(name).map(move |value| (name, value));
    names
        .into_iter()
        .flat_map(lines)
        .map(|(name, value)| format!("{name}: {}", shown(value.as_bytes())))
        .collect()
}
