//! The checks that a browser makes on the responses to a cross-origin request.

use std::collections::BTreeSet;
use std::fmt;

use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, HeaderMap, HeaderName,
};
use cors_rules::method::is_cors_safelisted_method;

use super::exchange::Response;
use super::list::{List, get};
use super::safelist::{Headers, is_non_wildcard, unsafe_names};
use super::text::shown;

/// A check of the browser, by which a request can fail.
///
/// The checks of a preflight, in the order in which an answer of a server can fail them:
///
/// ```
/// use std::ops::ControlFlow;
///
/// use actix_web::http::StatusCode;
/// use actix_web::http::header::{HeaderName, HeaderValue};
/// use cors_runtime::test::{Check, Fetch, Page, Response};
///
/// fn failed(status: StatusCode, headers: &[(&'static str, &'static str)]) -> Option<Check> {
///     let fetch = Fetch::delete("/items/1").header("x-id", "1").credentials();
///     let ControlFlow::Continue(conversation) = Page::at("https://app.example.com").begin(fetch) else {
///         panic!("browsers send it");
///     };
///     let headers = headers.iter().map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
///     let response = Response { status, headers: headers.collect(), body: "".into() };
///     conversation.answered(response).break_value().and_then(|outcome| outcome.blocked_by())
/// }
///
/// let anyone = ("access-control-allow-origin", "*");
/// let origin = ("access-control-allow-origin", "https://app.example.com");
/// let credentials = ("access-control-allow-credentials", "true");
/// let methods = ("access-control-allow-methods", "DELETE");
/// let names = ("access-control-allow-headers", "x-id");
/// let no_list = ("access-control-allow-headers", "x-id; x-other");
///
/// let ok = StatusCode::NO_CONTENT;
/// assert_eq!(failed(ok, &[]), Some(Check::Origin));
/// assert_eq!(failed(ok, &[anyone]), Some(Check::Wildcard));
/// assert_eq!(failed(ok, &[origin]), Some(Check::Credentials));
/// assert_eq!(failed(StatusCode::NOT_FOUND, &[origin, credentials]), Some(Check::Status));
/// assert_eq!(failed(ok, &[origin, credentials, methods, no_list]), Some(Check::Lists));
/// assert_eq!(failed(ok, &[origin, credentials]), Some(Check::Method));
/// assert_eq!(failed(ok, &[origin, credentials, methods]), Some(Check::Header));
/// assert_eq!(failed(ok, &[origin, credentials, methods, names]), None);
/// ```
///
/// [`Fetch::new`](super::Fetch::new) has an example of `Request`, [`Page::api_at`](super::Page::api_at) one of `MixedContent`, and
/// [`Conversation::broken_off`](super::Conversation::broken_off) one of `Body`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Check {
    /// Whether script may make such a request. If not, its `fetch` throws before anything is sent.
    Request,
    /// Whether the API is as secure as the page: a page over `https` may not use `http`, except on the user's own machine.
    MixedContent,
    /// Whether `Access-Control-Allow-Origin` is there and names the page's origin.
    Origin,
    /// Whether `Access-Control-Allow-Origin` is `*` for a request with credentials.
    Wildcard,
    /// Whether `Access-Control-Allow-Credentials` is `true` for a request with credentials.
    Credentials,
    /// Whether the preflight's status is between 200 and 299.
    Status,
    /// Whether `Access-Control-Allow-Methods` and `-Headers` are lists of names.
    Lists,
    /// Whether `Access-Control-Allow-Methods` has the request's method.
    Method,
    /// Whether `Access-Control-Allow-Headers` has the request's headers.
    Header,
    /// Whether the body of the response is complete.
    Body,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "request",
            Self::MixedContent => "mixed content",
            Self::Origin => "origin",
            Self::Wildcard => "wildcard",
            Self::Credentials => "credentials",
            Self::Status => "status",
            Self::Lists => "lists",
            Self::Method => "method",
            Self::Header => "header",
            Self::Body => "body",
        })
    }
}

/// The result of one check.
///
/// ```
/// use actix_web::{App, Responder, get, test};
/// use cors_runtime::cors;
/// use cors_runtime::test::{Check, Fetch, Page};
///
/// #[cors(origins = ["https://app.example.com"])]
/// #[get("/items")]
/// async fn items() -> impl Responder {
///     "a lamp"
/// }
///
/// # #[actix_web::main]
/// # async fn main() {
/// let app = test::init_service(App::new().service(items)).await;
/// let outcome = Page::at("https://app.example.com").fetch(&app, Fetch::get("/items").credentials()).await;
/// let request = outcome.trace().request().expect("it needs no preflight");
/// let [origin, credentials] = &request.findings[..] else { panic!("{outcome}") };
/// assert_eq!((origin.check, origin.passed), (Check::Origin, true));
/// assert_eq!((credentials.check, credentials.passed), (Check::Credentials, false));
/// assert_eq!(credentials.says, "the response has no Access-Control-Allow-Credentials");
/// assert_eq!(credentials.needed.as_deref(), Some("Access-Control-Allow-Credentials: true"));
/// assert!(credentials.step.starts_with("https://fetch.spec.whatwg.org/#"));
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// Whether the request passes.
    pub passed: bool,
    /// The result in words.
    pub says: String,
    /// The header that the server would have to send, or another correction in words.
    pub needed: Option<String>,
    /// The step of the standard.
    pub step: &'static str,
}

impl Finding {
    fn pass(check: Check, step: &'static str, says: impl Into<String>) -> Self {
        Self {
            check,
            passed: true,
            says: says.into(),
            needed: None,
            step,
        }
    }

    fn fail(check: Check, step: &'static str, says: String, needed: String) -> Self {
        Self {
            passed: false,
            needed: Some(needed),
            ..Self::pass(check, step, says)
        }
    }
}

/// The parts of a request that the checks need.
#[derive(Clone, Debug)]
pub(super) struct CorsRequest {
    /// <https://fetch.spec.whatwg.org/#byte-serializing-a-request-origin>
    pub(super) origin: String,
    pub(super) method: Method,
    pub(super) headers: Vec<(HeaderName, actix_web::http::header::HeaderValue)>,
    /// Whether the credentials mode is "include".
    pub(super) include: bool,
    /// The use-CORS-preflight flag.
    pub(super) use_preflight: bool,
}

impl CorsRequest {
    pub(super) fn unsafe_names(&self) -> BTreeSet<&str> {
        let headers: &Headers = &self.headers;
        unsafe_names(headers)
    }

    /// The reasons why the request needs a preflight; empty if it needs none.
    ///
    /// <https://fetch.spec.whatwg.org/#main-fetch>, step 12, and <https://fetch.spec.whatwg.org/#http-fetch>, step 4.1.
    pub(super) fn reasons_for_preflight(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if !is_cors_safelisted_method(self.method.as_str()) {
            reasons.push(format!("the method {}", shown(self.method.as_str())));
        }
        for name in self.unsafe_names() {
            let values = self
                .headers
                .iter()
                .filter(|(listed, _)| listed.as_str() == name);
            let values: Vec<&[u8]> = values.map(|(_, value)| value.as_bytes()).collect();
            let header = format!("the header {name}: {}", shown(values.join(&b", "[..])));
            reasons.push(header);
        }
        if self.use_preflight {
            reasons.push("listeners for the upload's progress".to_owned());
        }
        reasons
    }

    /// <https://fetch.spec.whatwg.org/#cors-check>. Unlike a browser, it goes on after a failure.
    pub(super) fn cors_check(&self, headers: &HeaderMap) -> Vec<Finding> {
        let mut findings = vec![self.check_origin(headers)];
        if self.include {
            findings.push(check_credentials(headers));
        }
        findings
    }

    fn check_origin(&self, headers: &HeaderMap) -> Finding {
        let needed = self.needed_origin();
        // Step 1.
        let Some(allowed) = get(headers, &ACCESS_CONTROL_ALLOW_ORIGIN) else {
            let says = "the response has no Access-Control-Allow-Origin";
            return Finding::fail(Check::Origin, STEP_ABSENT, says.to_owned(), needed);
        };
        // Step 3.
        if allowed == b"*" && !self.include {
            let says = "Access-Control-Allow-Origin is `*`: any page";
            return Finding::pass(Check::Origin, STEP_WILDCARD, says);
        }
        // Step 4.
        if allowed == self.origin.as_bytes() {
            let says = "Access-Control-Allow-Origin is the page's origin";
            return Finding::pass(Check::Origin, STEP_ORIGIN, says);
        }
        if allowed == b"*" {
            let says = "Access-Control-Allow-Origin is `*`, which browsers accept only without credentials";
            return Finding::fail(Check::Wildcard, STEP_ORIGIN, says.to_owned(), needed);
        }
        let lines = headers.get_all(ACCESS_CONTROL_ALLOW_ORIGIN).len();
        let says = if lines > 1 {
            format!(
                "Access-Control-Allow-Origin is there {lines} times, and browsers join the values to `{}`, which is not an origin",
                shown(&allowed)
            )
        } else if allowed.contains(&b',') {
            format!(
                "Access-Control-Allow-Origin is `{}`, and browsers accept only one origin",
                shown(&allowed)
            )
        } else {
            format!(
                "Access-Control-Allow-Origin is `{}`, and the page's origin is `{}`: they are compared byte for byte",
                shown(&allowed),
                self.origin
            )
        };
        Finding::fail(Check::Origin, STEP_ORIGIN, says, needed)
    }

    /// The header that would let this page read. It never suggests to allow `null`.
    fn needed_origin(&self) -> String {
        match (self.origin.as_str(), self.include) {
            ("null", false) => {
                "Access-Control-Allow-Origin: * (not null: every sandboxed page has that origin)"
                    .to_owned()
            }
            ("null", true) => {
                "a page with an origin of its own: every sandboxed page has the origin null"
                    .to_owned()
            }
            (origin, _) => format!("Access-Control-Allow-Origin: {origin}"),
        }
    }

    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7. Unlike a browser, it goes on after a failure.
    pub(super) fn check_preflight(&self, response: &Response) -> Vec<Finding> {
        let headers = &response.headers;
        let mut findings = self.cors_check(headers);
        findings.push(check_status(response));
        // Steps 7.1 to 7.3.
        let methods = List::extract(headers, &ACCESS_CONTROL_ALLOW_METHODS);
        let names = List::extract(headers, &ACCESS_CONTROL_ALLOW_HEADERS);
        for (list, name, shown_name, example) in [
            (
                &methods,
                &ACCESS_CONTROL_ALLOW_METHODS,
                "Access-Control-Allow-Methods",
                "PUT, DELETE",
            ),
            (
                &names,
                &ACCESS_CONTROL_ALLOW_HEADERS,
                "Access-Control-Allow-Headers",
                "content-type, x-request-id",
            ),
        ] {
            if matches!(list, List::Failure) {
                let value = get(headers, name).unwrap_or_default();
                let says = format!(
                    "{shown_name} is `{}`, which is not a list of names",
                    shown(&value)
                );
                let needed =
                    format!("{shown_name}: names with commas between them, such as {example}");
                findings.push(Finding::fail(Check::Lists, STEP_LISTS, says, needed));
            }
        }
        if !matches!(methods, List::Failure) {
            findings.push(self.check_method(&methods));
        }
        if !matches!(names, List::Failure) {
            findings.extend(self.check_headers(&names));
        }
        findings
    }

    fn check_method(&self, methods: &List) -> Finding {
        let method = self.method.as_str();
        let pass = |says: String| Finding::pass(Check::Method, STEP_METHOD, says);
        if methods.contains(method) {
            return pass(format!(
                "Access-Control-Allow-Methods has {}",
                shown(method)
            ));
        }
        if is_cors_safelisted_method(method) {
            return pass(format!("{method} needs no permission"));
        }
        // Step 7.4.
        if matches!(methods, List::Absent) && self.use_preflight {
            return pass(
                "without Access-Control-Allow-Methods, the request's own is allowed".to_owned(),
            );
        }
        // Step 7.5.
        let wildcard = methods.contains("*");
        if wildcard && !self.include {
            return pass("Access-Control-Allow-Methods is `*`: any method".to_owned());
        }
        let upper = method.to_ascii_uppercase();
        let says = if matches!(methods, List::Absent) {
            format!(
                "the response has no Access-Control-Allow-Methods, and {} needs it",
                shown(method)
            )
        } else if wildcard {
            "Access-Control-Allow-Methods is `*`, which with credentials is only the name of a method".to_owned()
        } else if methods.contains(&upper) {
            format!(
                "Access-Control-Allow-Methods has {upper}, and script asked for {method}: methods are compared byte for byte, \
                 and browsers change only DELETE, GET, HEAD, OPTIONS, POST and PUT to upper case"
            )
        } else {
            format!(
                "Access-Control-Allow-Methods is `{}`, without {}",
                shown(methods.values().join(", ")),
                shown(method)
            )
        };
        let needed = format!("Access-Control-Allow-Methods: {}", shown(method));
        Finding::fail(Check::Method, STEP_METHOD, says, needed)
    }

    fn check_headers(&self, names: &List) -> Option<Finding> {
        let asked = self.unsafe_names();
        if asked.is_empty() {
            return None;
        }
        let wildcard = names.contains("*") && !self.include;
        let is_missing = |name: &&&str| {
            !names.contains_ignoring_case(name) && (!wildcard || is_non_wildcard(name))
        };
        let missing: Vec<&str> = asked.iter().filter(is_missing).copied().collect();
        let all = asked.into_iter().collect::<Vec<_>>().join(", ");
        let needed = || format!("Access-Control-Allow-Headers: {all}");
        let fail = |step, says| Some(Finding::fail(Check::Header, step, says, needed()));
        if missing.is_empty() {
            let says = if wildcard {
                "Access-Control-Allow-Headers is `*`: any header but `authorization`, which it would have to name".to_owned()
            } else {
                format!("Access-Control-Allow-Headers has {all}")
            };
            return Some(Finding::pass(Check::Header, STEP_HEADERS, says));
        }
        // Step 7.6 checks `authorization`, step 7.7 the others.
        if wildcard {
            let says = "Access-Control-Allow-Headers is `*`, which does not cover `authorization`";
            return fail(STEP_AUTHORIZATION, says.to_owned());
        }
        let step = if missing.iter().any(|name| is_non_wildcard(name)) {
            STEP_AUTHORIZATION
        } else {
            STEP_HEADERS
        };
        let missing = missing.join(", ");
        let says = if matches!(names, List::Absent) {
            format!(
                "the response has no Access-Control-Allow-Headers, and these need it: {missing}"
            )
        } else if names.contains("*") {
            format!(
                "Access-Control-Allow-Headers is `*`, which with credentials is only the name of a header; \
                 not allowed: {missing}"
            )
        } else {
            format!(
                "Access-Control-Allow-Headers is `{}`, without {missing}",
                shown(names.values().join(", "))
            )
        };
        fail(step, says)
    }
}

/// <https://fetch.spec.whatwg.org/#cors-check>, steps 6 to 8.
fn check_credentials(headers: &HeaderMap) -> Finding {
    let step = STEP_CREDENTIALS;
    let says = match get(headers, &ACCESS_CONTROL_ALLOW_CREDENTIALS) {
        Some(value) if value == b"true" => {
            let says = "Access-Control-Allow-Credentials is `true`";
            return Finding::pass(Check::Credentials, step, says);
        }
        Some(value) => format!(
            "Access-Control-Allow-Credentials is `{}`, and browsers accept only `true`",
            shown(&value)
        ),
        None => "the response has no Access-Control-Allow-Credentials".to_owned(),
    };
    let needed = "Access-Control-Allow-Credentials: true".to_owned();
    Finding::fail(Check::Credentials, step, says, needed)
}

/// <https://fetch.spec.whatwg.org/#ok-status>
fn check_status(response: &Response) -> Finding {
    let status = response.status.as_u16();
    let says = format!("the preflight's status is {status}");
    if response.status.is_success() {
        return Finding::pass(Check::Status, STEP_STATUS, says);
    }
    let says = if is_redirect(status) {
        format!("{says}, and browsers follow no redirect of a preflight")
    } else {
        format!("{says}, and 200 to 299 is needed")
    };
    let needed = "a status between 200 and 299, such as 204 No Content".to_owned();
    Finding::fail(Check::Status, STEP_STATUS, says, needed)
}

/// <https://fetch.spec.whatwg.org/#redirect-status>
pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

const STEP_ABSENT: &str = "https://fetch.spec.whatwg.org/#cors-check step 2";
const STEP_WILDCARD: &str = "https://fetch.spec.whatwg.org/#cors-check step 3";
const STEP_ORIGIN: &str = "https://fetch.spec.whatwg.org/#cors-check step 4";
const STEP_CREDENTIALS: &str = "https://fetch.spec.whatwg.org/#cors-check step 7";
const STEP_STATUS: &str = "https://fetch.spec.whatwg.org/#cors-preflight-fetch step 7";
const STEP_LISTS: &str = "https://fetch.spec.whatwg.org/#cors-preflight-fetch step 7.3";
const STEP_METHOD: &str = "https://fetch.spec.whatwg.org/#cors-preflight-fetch step 7.5";
const STEP_AUTHORIZATION: &str = "https://fetch.spec.whatwg.org/#cors-preflight-fetch step 7.6";
const STEP_HEADERS: &str = "https://fetch.spec.whatwg.org/#cors-preflight-fetch step 7.7";
