//! The request of script: the arguments of its `fetch`.

use actix_web::http::Method;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use actix_web::http::uri::PathAndQuery;
use actix_web::web::Bytes;
use cors_rules::method::is_forbidden_method;

use super::safelist::is_forbidden;

/// A request of script, with the arguments of its `fetch`.
///
/// ```
/// use cors_runtime::test::Fetch;
///
/// // fetch("/items/1", { method: "PUT", headers: {…}, body: "…", credentials: "include" })
/// let fetch = Fetch::put("/items/1")
///     .header("content-type", "application/json")
///     .body(r#"{"name":"lamp"}"#)
///     .credentials();
/// ```
///
/// Some requests need a preflight, because of their method, their headers, or a listener for the progress of an upload:
///
/// ```
/// use std::ops::ControlFlow;
///
/// use cors_runtime::test::{Fetch, Page};
///
/// let needs_preflight = |fetch| match Page::at("https://app.example.com").begin(fetch) {
///     ControlFlow::Continue(conversation) => !conversation.reasons_for_preflight().is_empty(),
///     ControlFlow::Break(outcome) => panic!("{outcome}"),
/// };
/// for fetch in [Fetch::get("/items"), Fetch::head("/items"), Fetch::post("/items")] {
///     assert!(!needs_preflight(fetch.clone()));
///     assert!(needs_preflight(fetch.clone().header("x-id", "1")));
///     assert!(needs_preflight(fetch.upload_progress()));
/// }
/// for fetch in [Fetch::put("/items"), Fetch::patch("/items"), Fetch::delete("/items"), Fetch::options("/items")] {
///     assert!(needs_preflight(fetch));
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Fetch {
    method: String,
    pub(super) path: String,
    headers: Vec<(String, String)>,
    body: Option<Bytes>,
    pub(super) credentials: Credentials,
    pub(super) upload_progress: bool,
}

/// <https://fetch.spec.whatwg.org/#concept-request-credentials-mode>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Credentials {
    Omit,
    SameOrigin,
    Include,
}

/// A request that the browser accepted from script.
#[derive(Clone, Debug)]
pub(super) struct AcceptedFetch {
    pub(super) method: Method,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) body: Option<Bytes>,
    /// The headers that browsers drop without an error.
    pub(super) ignored: Vec<HeaderName>,
}

impl Fetch {
    /// A request with any method, to a path of the API: `/items?page=2`.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use cors_runtime::test::{Check, Fetch, Page};
    ///
    /// let page = Page::at("https://app.example.com");
    /// assert!(page.begin(Fetch::new("PURGE", "/items?page=2")).is_continue());
    ///
    /// let ControlFlow::Break(outcome) = page.begin(Fetch::new("TRACE", "/items")) else {
    ///     panic!("browsers do not send it");
    /// };
    /// assert_eq!(outcome.blocked_by(), Some(Check::Request));
    /// ```
    ///
    /// # Panics
    ///
    /// If `path` is not a path that begins with `/`.
    #[must_use]
    #[track_caller]
    pub fn new(method: impl Into<String>, path: impl Into<String>) -> Self {
        let path = path.into();
        assert!(
            path.starts_with('/') && path.parse::<PathAndQuery>().is_ok(),
            "{path:?} is not a path of the API: write it like \"/items?page=2\", percent-encoded"
        );
        Self {
            method: method.into(),
            path,
            headers: Vec::new(),
            body: None,
            credentials: Credentials::SameOrigin,
            upload_progress: false,
        }
    }

    /// Appends a header that script sets.
    ///
    /// As in a browser, a [forbidden](https://fetch.spec.whatwg.org/#forbidden-request-header) one (`cookie`, `origin`,
    /// `sec-…`) is dropped without an error; [`Trace::ignored`](super::Trace::ignored) has its name.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The body, as script gives it in a string: without a `content-type` header, it is sent as
    /// `text/plain;charset=UTF-8`.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// `credentials: "include"`: with the page's cookies, also to another origin.
    #[must_use]
    pub fn credentials(mut self) -> Self {
        self.credentials = Credentials::Include;
        self
    }

    /// `credentials: "omit"`: without cookies, also to the page's own origin. The default is `"same-origin"`.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use cors_runtime::test::{Fetch, Page};
    ///
    /// let page = Page::at("https://example.com").api_at("https://example.com").cookie("session", "abc");
    /// let has_cookie = |fetch| match page.begin(fetch) {
    ///     ControlFlow::Continue(conversation) => conversation.request().headers.contains_key("cookie"),
    ///     ControlFlow::Break(outcome) => panic!("{outcome}"),
    /// };
    /// assert!(has_cookie(Fetch::get("/")));
    /// assert!(!has_cookie(Fetch::get("/").omit_credentials()));
    /// ```
    #[must_use]
    pub fn omit_credentials(mut self) -> Self {
        self.credentials = Credentials::Omit;
        self
    }

    /// Makes the request an `XMLHttpRequest` whose `upload` has listeners, for example for a progress bar: then it
    /// [needs a preflight](https://xhr.spec.whatwg.org/#the-send()-method).
    #[must_use]
    pub fn upload_progress(mut self) -> Self {
        self.upload_progress = true;
        self
    }

    /// <https://fetch.spec.whatwg.org/#dom-request>. `Err` is the reason why script's `fetch` throws.
    pub(super) fn accept(self) -> Result<AcceptedFetch, String> {
        // init["method"].
        let name = &self.method;
        if is_forbidden_method(name) {
            return Err(format!("browsers do not let script send {name}"));
        }
        let method = Method::from_bytes(normalized(name).as_bytes())
            .map_err(|_| format!("{name:?} is not a method"))?;
        // init["headers"].
        let mut headers = Vec::new();
        let mut ignored = Vec::new();
        for (name, value) in &self.headers {
            let header = parse_header(name, value)?;
            if is_forbidden(&header.0, &header.1) {
                ignored.push(header.0);
            } else {
                headers.push(header);
            }
        }
        // init["body"].
        if self.body.is_some() && (method == Method::GET || method == Method::HEAD) {
            return Err(format!("a {method} request has no body"));
        }
        if self.body.is_some() && !headers.iter().any(|(name, _)| *name == CONTENT_TYPE) {
            let text = HeaderValue::from_static("text/plain;charset=UTF-8");
            headers.push((CONTENT_TYPE, text));
        }
        Ok(AcceptedFetch {
            method,
            headers,
            body: self.body,
            ignored,
        })
    }
}

macro_rules! constructors {
    ($($function:ident $method:literal $article:literal;)+) => {
        impl Fetch {$(
            #[doc = concat!($article, " ", $method, " request to a path of the API.")]
            ///
            /// # Panics
            ///
            /// If `path` is not a path that begins with `/`.
            #[must_use]
            #[track_caller]
            pub fn $function(path: impl Into<String>) -> Self {
                Self::new($method, path)
            }
        )+}
    };
}

constructors! {
    get "GET" "A";
    head "HEAD" "A";
    post "POST" "A";
    put "PUT" "A";
    patch "PATCH" "A";
    delete "DELETE" "A";
    options "OPTIONS" "An";
}

/// <https://fetch.spec.whatwg.org/#concept-method-normalize>: PATCH is not among them.
fn normalized(method: &str) -> String {
    let upper = method.to_ascii_uppercase();
    match upper.as_str() {
        "DELETE" | "GET" | "HEAD" | "OPTIONS" | "POST" | "PUT" => upper,
        _ => method.to_owned(),
    }
}

/// <https://fetch.spec.whatwg.org/#concept-headers-append>
fn parse_header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parsed = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("{name:?} is not a header name"))?;
    // https://fetch.spec.whatwg.org/#concept-header-value-normalize; script's strings are bytes, see
    // https://webidl.spec.whatwg.org/#idl-ByteString.
    let bytes: Option<Vec<u8>> = value
        .trim_matches(['\t', '\n', '\r', ' '])
        .chars()
        .map(|character| u8::try_from(character).ok())
        .collect();
    let value = bytes
        .and_then(|bytes| HeaderValue::from_bytes(&bytes).ok())
        .ok_or_else(|| format!("{value:?} is not a header value"))?;
    Ok((parsed, value))
}
