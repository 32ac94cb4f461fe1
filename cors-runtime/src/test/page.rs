//! The page whose script makes requests.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::pin::pin;

use actix_http::Request as HttpRequest;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{HOST, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::web::{Bytes, BytesMut};
use cors_rules::{Origin, Pattern, Port};

use super::conversation::Conversation;
use super::exchange::{Request, Response};
use super::fetch::Fetch;
use super::outcome::Outcome;

/// A page in a browser, whose script calls an API.
///
/// ```
/// use actix_web::{App, Responder, put, test};
/// use cors_runtime::cors;
/// use cors_runtime::test::{Check, Fetch, Page};
///
/// #[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials)]
/// #[put("/items/{id}")]
/// async fn update() -> impl Responder {
///     "updated"
/// }
///
/// # #[actix_web::main]
/// # async fn main() {
/// let app = test::init_service(App::new().service(update)).await;
/// let json = Fetch::put("/items/1").header("content-type", "application/json").body("{}").credentials();
///
/// let ours = Page::at("https://app.example.com").fetch(&app, json.clone()).await;
/// assert_eq!(ours.text().as_deref(), Some("updated"), "{ours}");
///
/// let theirs = Page::at("https://evil.example").fetch(&app, json).await;
/// assert_eq!(theirs.blocked_by(), Some(Check::Origin), "{theirs}");
/// assert!(theirs.trace().request().is_none(), "its preflight failed, so the handler never ran");
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Page {
    pub(super) origin: String,
    pub(super) api: String,
    pub(super) cookies: Vec<String>,
}

/// The default URL of the API. `actix_web::test` gives this address to the services that it makes (`actix_web::dev::AppConfig`).
const DEFAULT_API: &str = "http://localhost:8080";

/// The error for a text that is not an origin.
///
/// ```
/// use cors_runtime::test::Page;
///
/// let error = Page::try_at("https://app.example.com/").unwrap_err();
/// assert!(error.to_string().starts_with("\"https://app.example.com/\" is not an origin: write scheme, host and"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnOrigin(String);

impl fmt::Display for NotAnOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not an origin: write scheme, host and, unless it is the default, port, in lower case and without a path, \
             such as \"https://app.example.com\" or \"http://localhost:5173\"",
            self.0
        )
    }
}

impl StdError for NotAnOrigin {}

impl Page {
    /// A page of this origin: `"https://app.example.com"`, or `"null"` for a sandboxed one.
    ///
    /// It calls an API at `http://localhost:8080`, the address of actix-web's test services.
    ///
    /// # Panics
    ///
    /// If `origin` is not an origin as browsers write it.
    #[must_use]
    #[track_caller]
    pub fn at(origin: &str) -> Self {
        Self::try_at(origin).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`Page::at`], for an origin that may be wrong.
    ///
    /// ```
    /// use cors_runtime::test::Page;
    ///
    /// assert!(Page::try_at("https://app.example.com").is_ok());
    /// assert!(Page::try_at("app.example.com").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If `origin` is not an origin as browsers write it.
    pub fn try_at(origin: &str) -> Result<Self, NotAnOrigin> {
        if origin != "null" && Origin::parse(origin.as_bytes()).is_none() {
            return Err(NotAnOrigin(origin.to_owned()));
        }
        Ok(Self {
            origin: origin.to_owned(),
            api: DEFAULT_API.to_owned(),
            cookies: Vec::new(),
        })
    }

    /// The origin of the API that the page calls. If it is the page's own, the requests are same-origin.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use cors_runtime::test::{Check, Fetch, Page};
    ///
    /// // A page over https may not use an API over http.
    /// let page = Page::at("https://app.example.com").api_at("http://api.example.com");
    /// let ControlFlow::Break(outcome) = page.begin(Fetch::get("/items")) else {
    ///     panic!("browsers do not send it");
    /// };
    /// assert_eq!(outcome.blocked_by(), Some(Check::MixedContent));
    /// ```
    ///
    /// # Panics
    ///
    /// If `origin` is not an origin with the scheme `http` or `https`.
    #[must_use]
    #[track_caller]
    pub fn api_at(self, origin: &str) -> Self {
        self.try_api_at(origin)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`Page::api_at`], for an origin that may be wrong.
    ///
    /// ```
    /// use cors_runtime::test::Page;
    ///
    /// let page = Page::at("https://app.example.com");
    /// assert!(page.clone().try_api_at("https://api.example.com").is_ok());
    /// assert!(page.try_api_at("wss://api.example.com").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// If `origin` is not an origin with the scheme `http` or `https`.
    pub fn try_api_at(self, origin: &str) -> Result<Self, NotAnOrigin> {
        match Origin::parse(origin.as_bytes()) {
            Some(parsed) if ["http", "https"].contains(&parsed.scheme) => Ok(Self {
                api: origin.to_owned(),
                ..self
            }),
            _ => Err(NotAnOrigin(origin.to_owned())),
        }
    }

    /// A cookie that the browser has for the API: sent with [`Fetch::credentials`], and to the page's own origin unless
    /// [`Fetch::omit_credentials`].
    ///
    /// `SameSite`, and the rules of browsers for third-party cookies, are not modelled: the cookie is always sent.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use cors_runtime::test::{Fetch, Page};
    ///
    /// let page = Page::at("https://app.example.com").cookie("session", "abc");
    /// let ControlFlow::Continue(conversation) = page.begin(Fetch::get("/items").credentials()) else {
    ///     panic!("browsers send it");
    /// };
    /// assert_eq!(conversation.request().headers.get("cookie").unwrap(), "session=abc");
    /// ```
    ///
    /// # Panics
    ///
    /// If the name and the value are not valid in a `Cookie` header.
    #[must_use]
    #[track_caller]
    pub fn cookie(mut self, name: &str, value: &str) -> Self {
        let cookie = format!("{name}={value}");
        assert!(
            HeaderValue::from_str(&cookie).is_ok() && !cookie.contains(';'),
            "{cookie:?} is not a cookie: write a name and a value without `;`, such as (\"session\", \"abc\")"
        );
        self.cookies.push(cookie);
        self
    }

    /// Sends the requests of a browser for script's `fetch` to a service of [`init_service`](actix_web::test::init_service), and
    /// returns what script sees.
    ///
    /// If the standard requires a preflight, it comes first, through the same service. If it fails, nothing follows. Preflights are not
    /// cached: each fetch sends one, even if `Access-Control-Max-Age` is set.
    ///
    /// The service gets the URL with scheme and host, as over HTTP/2, a `Host` header, and a peer at 127.0.0.1. Bodies are
    /// read to their end.
    pub async fn fetch<S, B>(&self, app: &S, fetch: Fetch) -> Outcome
    where
        S: Service<HttpRequest, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        let mut step = self.begin(fetch);
        loop {
            let conversation = match step {
                ControlFlow::Continue(conversation) => conversation,
                ControlFlow::Break(outcome) => return outcome,
            };
            let request = self.over_http(conversation.request());
            step = match app.call(request).await {
                Ok(response) => take(conversation, response.into_parts().1).await,
                // A server makes the response in the same way.
                Err(error) => take(conversation, error.error_response()).await,
            };
        }
    }

    /// Begins a fetch without sending anything, for connections of your own.
    ///
    /// `Break` is the outcome if browsers send nothing, for example because they refuse the method.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use cors_runtime::test::{Fetch, Page};
    ///
    /// let page = Page::at("https://app.example.com").api_at("https://api.example.com");
    /// let ControlFlow::Continue(conversation) = page.begin(Fetch::get("/items")) else {
    ///     panic!("browsers send it");
    /// };
    /// assert_eq!(conversation.request().url, "https://api.example.com/items");
    /// assert_eq!(conversation.request().headers.get("origin").unwrap(), "https://app.example.com");
    /// ```
    pub fn begin(&self, fetch: Fetch) -> ControlFlow<Outcome, Conversation> {
        Conversation::begin(self, fetch)
    }

    fn over_http(&self, request: &Request) -> HttpRequest {
        let mut http = TestRequest::with_uri(&request.url)
            .method(request.method.clone())
            .peer_addr(SocketAddr::from((Ipv4Addr::LOCALHOST, 49152)));
        if let Some((_, host)) = self.api.split_once("://") {
            http = http.insert_header((HOST, host));
        }
        for (name, value) in &request.headers {
            http = http.append_header((name, value));
        }
        if let Some(body) = &request.body {
            http = http.set_payload(body.clone());
        }
        http.to_request()
    }

    /// <https://html.spec.whatwg.org/multipage/browsers.html#same-origin>. An opaque origin never is the API's.
    pub(super) fn is_same_origin(&self) -> bool {
        self.origin == self.api
    }

    /// <https://w3c.github.io/webappsec-mixed-content/#should-block-fetch>
    pub(super) fn is_mixed_content(&self) -> bool {
        self.origin.starts_with("https://") && !self.is_api_trustworthy()
    }

    /// <https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy>
    fn is_api_trustworthy(&self) -> bool {
        let api = Origin::parse(self.api.as_bytes());
        api.is_some_and(|api| {
            !Pattern::from_parts(api.scheme, api.host, false, Port::Any).is_insecure()
        })
    }

    /// The page's URL, whose path is `/`, under [`strict-origin-when-cross-origin`].
    ///
    /// [`strict-origin-when-cross-origin`]: https://w3c.github.io/webappsec-referrer-policy/#referrer-policy-strict-origin-when-cross-origin
    pub(super) fn referrer(&self) -> Option<String> {
        let is_web = self.origin.starts_with("http://") || self.origin.starts_with("https://");
        is_web.then(|| format!("{}/", self.origin))
    }

    /// <https://w3c.github.io/webappsec-fetch-metadata/#framework>
    pub(super) fn fetch_metadata(&self) -> Vec<(&'static str, &'static str)> {
        if !self.is_api_trustworthy() {
            return Vec::new();
        }
        let site = if self.is_same_origin() {
            "same-origin"
        } else if self.is_same_site() {
            "same-site"
        } else {
            "cross-site"
        };
        vec![
            ("sec-fetch-dest", "empty"),
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-site", site),
        ]
    }

    /// <https://html.spec.whatwg.org/multipage/browsers.html#same-site>: the schemes are the same, and the hosts or the
    /// domains that someone registered.
    fn is_same_site(&self) -> bool {
        let parse = |origin| Origin::parse(str::as_bytes(origin));
        let (Some(page), Some(api)) = (parse(&self.origin), parse(&self.api)) else {
            return false;
        };
        page.scheme == api.scheme
            && (page.host == api.host || have_registrable_domain(page.host, api.host))
    }
}

/// Whether two hosts are under one domain that someone registered, or are that domain.
fn have_registrable_domain(one: &str, other: &str) -> bool {
    // An address of version 6 has no dots, and a name has no label in common with one of version 4.
    if one.parse::<Ipv4Addr>().is_ok() {
        return false;
    }
    let labels = one.rsplit('.').zip(other.rsplit('.'));
    let mut common: Vec<&str> = labels
        .take_while(|(one, other)| one == other)
        .map(|(label, _)| label)
        .collect();
    common.reverse();
    let domain = common.join(".");
    let under = Pattern::from_parts("https", domain.as_str(), true, Port::Any);
    common.len() > 1 && !under.is_public_suffix()
}

/// Hands the browser a response, read to its end.
async fn take<B: MessageBody>(
    conversation: Conversation,
    response: actix_web::HttpResponse<B>,
) -> ControlFlow<Outcome, Conversation> {
    let (head, body) = response.into_parts();
    let (body, error) = read(body).await;
    let response = Response {
        status: head.status(),
        headers: head.headers().clone(),
        body,
    };
    match error {
        None => conversation.answered(response),
        Some(error) => conversation.broken_off(response, &error),
    }
}

/// The body to its end, or up to an error.
async fn read<B: MessageBody>(body: B) -> (Bytes, Option<String>) {
    let mut body = pin!(body);
    let mut bytes = BytesMut::new();
    loop {
        match poll_fn(|context| body.as_mut().poll_next(context)).await {
            None => return (bytes.freeze(), None),
            Some(Ok(chunk)) => bytes.extend_from_slice(&chunk),
            Some(Err(error)) => {
                let error: Box<dyn StdError> = error.into();
                return (bytes.freeze(), Some(error.to_string()));
            }
        }
    }
}
