//! One fetch from its first request to its outcome, without input or output.

use std::ops::ControlFlow;

use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CONTENT_LENGTH, COOKIE, HeaderMap, HeaderName, HeaderValue,
    LOCATION, ORIGIN, REFERER,
};
use actix_web::web::Bytes;
use cors_rules::header::is_forbidden_response_header_name;

use super::check::{Check, CorsRequest, Finding, is_redirect};
use super::exchange::{Exchange, Request, Response, Trace};
use super::fetch::{AcceptedFetch, Credentials, Fetch};
use super::list::List;
use super::outcome::Outcome;
use super::page::Page;

/// A fetch in progress: the request that the browser sends next, and its reaction to the response.
///
/// It is for connections of your own, as in `cors-tester`. For a service, use [`Page::fetch`].
///
/// ```
/// use std::ops::ControlFlow;
///
/// use actix_web::http::StatusCode;
/// use cors_runtime::test::{Check, Fetch, Page, Response};
///
/// # let send = |_: &cors_runtime::test::Request| Response {
/// #     status: StatusCode::NOT_FOUND,
/// #     headers: Default::default(),
/// #     body: Default::default(),
/// # };
/// let page = Page::at("https://app.example.com").api_at("https://api.example.com");
/// let mut step = page.begin(Fetch::delete("/items/1"));
/// let outcome = loop {
///     match step {
///         ControlFlow::Continue(conversation) => {
///             let response = send(conversation.request());
///             step = conversation.answered(response);
///         }
///         ControlFlow::Break(outcome) => break outcome,
///     }
/// };
/// # assert_eq!(outcome.blocked_by(), Some(Check::Origin));
/// ```
#[derive(Clone, Debug)]
pub struct Conversation {
    asked: CorsRequest,
    is_same_origin: bool,
    /// The reasons why the next request is a preflight; empty if it is not one.
    reasons_for_preflight: Vec<String>,
    next: Request,
    /// The request after a preflight that passes.
    after: Option<Request>,
    trace: Trace,
}

impl Conversation {
    /// <https://fetch.spec.whatwg.org/#concept-main-fetch>, up to the first request on the network.
    pub(super) fn begin(page: &Page, fetch: Fetch) -> ControlFlow<Outcome, Self> {
        let url = format!("{}{}", page.api, fetch.path);
        let credentials = fetch.credentials;
        let use_preflight = fetch.upload_progress;
        let AcceptedFetch {
            method,
            headers,
            body,
            ignored,
        } = match fetch.accept() {
            Ok(accepted) => accepted,
            Err(reason) => {
                let refused = Outcome::refused(Check::Request, reason, Trace::default());
                return ControlFlow::Break(refused);
            }
        };
        let trace = Trace {
            ignored: ignored.iter().map(HeaderName::to_string).collect(),
            exchanges: Vec::new(),
        };
        // Step 7.
        if page.is_mixed_content() {
            let reason = format!(
                "a page that came over https may not talk to {}, which anyone on the network can read and change",
                page.api
            );
            let refused = Outcome::refused(Check::MixedContent, reason, trace);
            return ControlFlow::Break(refused);
        }
        // Step 12: a request to the same origin has the tainting "basic", and is not a CORS request.
        let is_same_origin = page.is_same_origin();
        let asked = CorsRequest {
            origin: page.origin.clone(),
            method,
            headers,
            include: credentials == Credentials::Include,
            use_preflight,
        };
        let request = page.request(&asked, credentials, url, body);
        let reasons_for_preflight = if is_same_origin {
            Vec::new()
        } else {
            asked.reasons_for_preflight()
        };
        let (next, after) = if reasons_for_preflight.is_empty() {
            (request, None)
        } else {
            (page.preflight(&asked, &request), Some(request))
        };
        ControlFlow::Continue(Self {
            asked,
            is_same_origin,
            reasons_for_preflight,
            next,
            after,
            trace,
        })
    }

    /// The request that the browser sends next.
    #[must_use]
    pub fn request(&self) -> &Request {
        &self.next
    }

    /// The reasons why that is a preflight; empty if it is the request itself.
    #[must_use]
    pub fn reasons_for_preflight(&self) -> &[String] {
        &self.reasons_for_preflight
    }

    /// The requests, responses and checks so far.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use actix_web::http::{StatusCode, header};
    /// use cors_runtime::test::{Fetch, Page, Response};
    ///
    /// let page = Page::at("https://app.example.com");
    /// let ControlFlow::Continue(preflight) = page.begin(Fetch::put("/items/1")) else {
    ///     panic!("browsers send it");
    /// };
    /// assert_eq!(preflight.reasons_for_preflight(), ["the method PUT"]);
    /// assert!(preflight.trace().exchanges.is_empty());
    /// let allowed = [
    ///     (header::ACCESS_CONTROL_ALLOW_ORIGIN, "https://app.example.com"),
    ///     (header::ACCESS_CONTROL_ALLOW_METHODS, "PUT"),
    /// ];
    /// let response = Response {
    ///     status: StatusCode::NO_CONTENT,
    ///     headers: allowed.map(|(name, value)| (name, header::HeaderValue::from_static(value))).into_iter().collect(),
    ///     body: "".into(),
    /// };
    /// let ControlFlow::Continue(request) = preflight.answered(response) else {
    ///     panic!("the preflight passes");
    /// };
    /// assert_eq!(request.trace().exchanges.len(), 1);
    /// assert_eq!(request.request().method, "PUT");
    /// ```
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Hands the response to the browser. It sends the next request (`Continue`), or ends the fetch (`Break`).
    pub fn answered(mut self, response: Response) -> ControlFlow<Outcome, Self> {
        let after = self.after.take();
        let is_preflight = after.is_some();
        // https://fetch.spec.whatwg.org/#http-fetch, steps 4.1 and 4.4.
        let findings = if self.is_same_origin {
            Vec::new()
        } else if is_preflight {
            self.asked.check_preflight(&response)
        } else {
            self.asked.cors_check(&response.headers)
        };
        let failed = first_failed(&findings);
        self.trace.exchanges.push(Exchange {
            reasons_for_preflight: std::mem::take(&mut self.reasons_for_preflight),
            request: self.next.clone(),
            response: response.clone(),
            findings,
        });
        if let Some((check, reason, needed)) = failed {
            return ControlFlow::Break(Outcome::Blocked {
                check,
                reason,
                needed,
                trace: self.trace,
            });
        }
        match after {
            Some(request) => {
                self.next = request;
                ControlFlow::Continue(self)
            }
            None => ControlFlow::Break(self.read(response)),
        }
    }

    /// As [`Self::answered`], for a connection that broke off in the middle of the body: script fails to read it.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use actix_web::http::{StatusCode, header};
    /// use cors_runtime::test::{Check, Fetch, Page, Response};
    ///
    /// let ControlFlow::Continue(conversation) = Page::at("https://app.example.com").begin(Fetch::get("/items")) else {
    ///     panic!("browsers send it");
    /// };
    /// let anyone = (header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    /// let response = Response {
    ///     status: StatusCode::OK,
    ///     headers: [anyone].into_iter().collect(),
    ///     body: "[1, 2".into(),
    /// };
    /// let ControlFlow::Break(outcome) = conversation.broken_off(response, "connection reset") else {
    ///     panic!("nothing follows");
    /// };
    /// assert_eq!(outcome.blocked_by(), Some(Check::Body));
    /// ```
    pub fn broken_off(self, response: Response, error: &str) -> ControlFlow<Outcome, Self> {
        let reason = format!("the body of the response ended with an error: {error}");
        match self.answered(response) {
            ControlFlow::Break(Outcome::Readable { trace, .. }) => {
                ControlFlow::Break(Outcome::refused(Check::Body, reason, trace))
            }
            other => other,
        }
    }

    /// The part of a response that script reads after the checks.
    fn read(self, response: Response) -> Outcome {
        let Response {
            status,
            headers,
            body,
        } = response;
        // https://fetch.spec.whatwg.org/#http-fetch, step 6; https://fetch.spec.whatwg.org/#http-redirect-fetch, step 4.
        if let Some(location) = headers.get(LOCATION)
            && is_redirect(status.as_u16())
        {
            return Outcome::Redirect {
                status,
                location: String::from_utf8_lossy(location.as_bytes()).into_owned(),
                trace: self.trace,
            };
        }
        let headers = if self.is_same_origin {
            filtered(&headers, |name| !is_forbidden_response_header_name(name))
        } else {
            let exposed = exposed(&headers, self.asked.include);
            filtered(&headers, |name| {
                is_safelisted_response_header(name, &exposed)
            })
        };
        // https://fetch.spec.whatwg.org/#main-fetch, step 21.
        let has_body = self.asked.method != Method::HEAD
            && !matches!(status.as_u16(), 101 | 103 | 204 | 205 | 304);
        Outcome::Readable {
            status,
            headers,
            body: if has_body { body } else { Bytes::new() },
            trace: self.trace,
        }
    }
}

/// The first failed check, its reason, and the corrections for all failed checks.
fn first_failed(findings: &[Finding]) -> Option<(Check, String, Vec<String>)> {
    let failed = || findings.iter().filter(|finding| !finding.passed);
    let first = failed().next()?;
    let needed = failed().filter_map(|finding| finding.needed.clone());
    Some((first.check, first.says.clone(), needed.collect()))
}

/// <https://fetch.spec.whatwg.org/#main-fetch>, steps 14.1.1 to 14.1.3: the names in lower case.
fn exposed(headers: &HeaderMap, include: bool) -> Vec<String> {
    let names = List::extract(headers, &ACCESS_CONTROL_EXPOSE_HEADERS);
    if !include && names.contains("*") {
        return headers.keys().map(HeaderName::to_string).collect();
    }
    let names = names.values().iter();
    names.map(|name| name.to_ascii_lowercase()).collect()
}

/// <https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name>
fn is_safelisted_response_header(name: &str, exposed: &[String]) -> bool {
    const NAMES: [&str; 7] = [
        "cache-control",
        "content-language",
        "content-length",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
    ];
    NAMES.contains(&name)
        || exposed.iter().any(|listed| listed == name) && !is_forbidden_response_header_name(name)
}

/// <https://fetch.spec.whatwg.org/#concept-filtered-response>
fn filtered(headers: &HeaderMap, keep: impl Fn(&str) -> bool) -> HeaderMap {
    let kept = headers.iter().filter(|(name, _)| keep(name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

impl Page {
    /// The request that script asked for, as the network sees it.
    ///
    /// <https://fetch.spec.whatwg.org/#http-network-or-cache-fetch>
    fn request(
        &self,
        asked: &CorsRequest,
        credentials: Credentials,
        url: String,
        body: Option<Bytes>,
    ) -> Request {
        let mut headers = self.common_headers();
        for (name, value) in &asked.headers {
            headers.append(name.clone(), value.clone());
        }
        if !headers.contains_key(ACCEPT) {
            headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        }
        // Steps 8.4 and 8.5: the content length.
        let sends_length = [Method::POST, Method::PUT].contains(&asked.method);
        if body.is_some() || sends_length {
            let length = body.as_ref().map_or(0, Bytes::len);
            headers.insert(CONTENT_LENGTH, length.into());
        }
        // https://fetch.spec.whatwg.org/#append-a-request-origin-header
        let is_safe = [Method::GET, Method::HEAD].contains(&asked.method);
        if !self.is_same_origin() || !is_safe {
            insert(&mut headers, ORIGIN, &self.origin);
        }
        // Step 8.3: whether to include credentials.
        let include = match credentials {
            Credentials::Omit => false,
            Credentials::SameOrigin => self.is_same_origin(),
            Credentials::Include => true,
        };
        if include && !self.cookies.is_empty() {
            insert(&mut headers, COOKIE, &self.cookies.join("; "));
        }
        Request {
            method: asked.method.clone(),
            url,
            headers,
            body,
        }
    }

    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, steps 1 to 5. Its credentials mode is "same-origin", so it
    /// never has a cookie.
    fn preflight(&self, asked: &CorsRequest, request: &Request) -> Request {
        let mut headers = self.common_headers();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        insert(&mut headers, ORIGIN, &self.origin);
        insert(
            &mut headers,
            ACCESS_CONTROL_REQUEST_METHOD,
            asked.method.as_str(),
        );
        let names: Vec<&str> = asked.unsafe_names().into_iter().collect();
        if !names.is_empty() {
            insert(
                &mut headers,
                ACCESS_CONTROL_REQUEST_HEADERS,
                &names.join(","),
            );
        }
        Request {
            method: Method::OPTIONS,
            url: request.url.clone(),
            headers,
            body: None,
        }
    }

    /// The headers about the page.
    fn common_headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(referrer) = self.referrer() {
            insert(&mut headers, REFERER, &referrer);
        }
        for (name, value) in self.fetch_metadata() {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        headers
    }
}

/// The values are valid: origins, tokens, and values that were parsed before.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
