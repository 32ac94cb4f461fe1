//! The compiled policy: tables and header values, built once, which only this file reads.

use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_web::dev::RequestHead;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use cors_rules::{Origin, Pattern};
use foldhash::{HashMap, HashMapExt};
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::log;
use super::request::is_safelisted;
use super::verdict::{Refusal, Verdict};
use crate::declaration::Declaration;
use crate::policy::{
    ExposedHeaderTable, MethodTable, OriginEntry, OriginTable, PolicyTable, RequestHeaderTable,
};
use crate::source::{Allows, OriginSource};

const ANYONE: HeaderValue = HeaderValue::from_static("*");
/// <https://fetch.spec.whatwg.org/#cors-safelisted-method>
const SAFELISTED_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST");
const TRUE: HeaderValue = HeaderValue::from_static("true");
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");
const VARY_PREFLIGHT: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
);

/// The largest number of `Access-Control-Request-Headers` lines that are repeated. Browsers send one line, and an answer as long as
/// its request would help an attacker.
const ECHOED_LINES: usize = 16;
/// The largest number of bytes in these lines: many times what a page asks for.
const ECHOED_BYTES: usize = 8192;
/// The longest method that is repeated. No real one is as long.
const ECHOED_METHOD: usize = 256;

/// The checked form of a policy that serves requests.
pub(crate) struct CompiledPolicy {
    readers: Readers,
    methods: AllowMethods,
    allow_headers: AllowHeaders,
    expose_headers: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
    enforce: bool,
    declaration: Declaration,
}

/// The origins that may read. Only a list has credentials, so `*` with credentials cannot be expressed.
enum Readers {
    Anyone,
    Listed(Listed),
}

struct Listed {
    exact: Exact,
    patterns: Vec<Pattern<String>>,
    sources: Vec<&'static dyn OriginSource>,
    credentials: bool,
}

/// The origins that are not patterns, each with the header value that allows it.
enum Exact {
    One(HeaderValue),
    /// Clients cannot insert anything here, so the hash needs no secret.
    Many(HashMap<Box<[u8]>, HeaderValue>),
}

enum AllowMethods {
    Default,
    Any,
    Listed {
        names: Box<[Box<str>]>,
        joined: HeaderValue,
    },
}

enum AllowHeaders {
    None,
    Fixed(HeaderValue),
    /// With credentials browsers read `*` as a name, so any header is allowed by repeating what was asked for.
    Echo,
}

/// A verdict, or the future of one, if a source takes its time.
pub(crate) enum Judgement {
    Now(Verdict),
    Later(LocalBoxFuture<'static, Verdict>),
}

impl Judgement {
    /// Waits for the verdict, if a source takes its time.
    pub(crate) async fn verdict(self) -> Verdict {
        match self {
            Self::Now(verdict) => verdict,
            Self::Later(verdict) => verdict.await,
        }
    }

    /// The verdict of a policy with immediate sources. If one of them returns a future nevertheless, the origin is refused.
    #[inline]
    pub(crate) fn immediate(self) -> Verdict {
        match self {
            Self::Now(verdict) => verdict,
            Self::Later(_) => Verdict::Refused(Refusal::Origin),
        }
    }
}

impl CompiledPolicy {
    /// Compiles the table that the attribute wrote.
    pub(crate) fn new(policy: &PolicyTable<'static>, declaration: Declaration) -> Self {
        // A clone of such a value copies only a pointer.
        Self::build(policy, declaration, HeaderValue::from_static)
    }

    /// Compiles a policy that was read at start. The texts are copied, because the table borrows them.
    pub(crate) fn owned(policy: &PolicyTable<'_>, declaration: Declaration) -> Self {
        Self::build(policy, declaration, |text| {
            HeaderValue::from_str(text).expect("the rules let no other text pass")
        })
    }

    fn build<'a>(
        policy: &PolicyTable<'a>,
        declaration: Declaration,
        value: fn(&'a str) -> HeaderValue,
    ) -> Self {
        let credentials = policy.credentials;
        Self {
            readers: match policy.origins {
                OriginTable::Anyone => Readers::Anyone,
                OriginTable::Listed { elements, .. } => Readers::new(elements, credentials, value),
            },
            methods: match policy.methods {
                MethodTable::Default => AllowMethods::Default,
                MethodTable::Any => AllowMethods::Any,
                MethodTable::Listed(names) => AllowMethods::Listed {
                    joined: HeaderValue::try_from(names.join(", "))
                        .expect("the rules let only names of methods pass"),
                    names: names.iter().map(|&name| Box::from(name)).collect(),
                },
            },
            allow_headers: match policy.headers {
                RequestHeaderTable::None => AllowHeaders::None,
                RequestHeaderTable::Listed(names) => AllowHeaders::Fixed(value(names)),
                RequestHeaderTable::Any | RequestHeaderTable::AnyAndAuthorization
                    if credentials =>
                {
                    AllowHeaders::Echo
                }
                RequestHeaderTable::Any => AllowHeaders::Fixed(ANYONE),
                RequestHeaderTable::AnyAndAuthorization => {
                    AllowHeaders::Fixed(HeaderValue::from_static("*, authorization"))
                }
            },
            expose_headers: match policy.expose_headers {
                ExposedHeaderTable::None => None,
                ExposedHeaderTable::Listed(names) => Some(value(names)),
                ExposedHeaderTable::Any => Some(ANYONE),
            },
            max_age: policy.max_age.map(HeaderValue::from),
            enforce: policy.enforce,
            declaration,
        }
    }

    /// Judges the request's `Origin`. Exact origins are compared byte for byte. For patterns and sources, it is parsed first.
    #[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
    #[inline(always)]
    pub(crate) fn judge(&self, request: &RequestHead) -> Judgement {
        let Readers::Listed(listed) = &self.readers else {
            return Judgement::Now(Verdict::Anyone);
        };
        let mut origins = request.headers.get_all(ORIGIN);
        let Some(origin) = origins.next() else {
            return Judgement::Now(Verdict::NoOrigin);
        };
        if origins.next().is_some() {
            return Judgement::Now(Verdict::Refused(Refusal::SeveralOrigins));
        }
        match listed.exact.get(origin.as_bytes()) {
            Some(exact) => Judgement::Now(Verdict::Allowed(exact.clone())),
            None => listed.judge_other(origin, request),
        }
    }

    /// The verdict on a request's only `Origin`, if the policy is for anyone or lists this origin; otherwise `None`.
    #[inline]
    pub(crate) fn judge_origin(&self, origin: &HeaderValue) -> Option<Verdict> {
        match &self.readers {
            Readers::Anyone => Some(Verdict::Anyone),
            Readers::Listed(listed) => {
                let exact = listed.exact.get(origin.as_bytes())?;
                Some(Verdict::Allowed(exact.clone()))
            }
        }
    }

    /// The place of the policy.
    pub(crate) fn declaration(&self) -> Declaration {
        self.declaration
    }

    /// Whether requests that the policy does not allow are kept from the handler.
    #[inline]
    pub(crate) fn enforces(&self) -> bool {
        self.enforce
    }

    /// Whether a verdict never has to be waited for, and depends only on the origin.
    pub(crate) fn is_immediate(&self) -> bool {
        match &self.readers {
            Readers::Anyone => true,
            Readers::Listed(listed) => listed.sources.iter().all(|source| source.is_immediate()),
        }
    }

    /// `Access-Control-Allow-Methods` of a policy that is for no handler in particular.
    pub(crate) fn allow_methods(&self, asked: &HeaderValue) -> HeaderValue {
        match &self.methods {
            // With credentials browsers read `*` as a name.
            AllowMethods::Any if matches!(&self.readers, Readers::Listed(listed) if listed.credentials) => {
                if asked.len() <= ECHOED_METHOD {
                    asked.clone()
                } else {
                    SAFELISTED_METHODS
                }
            }
            AllowMethods::Any => ANYONE,
            AllowMethods::Default => SAFELISTED_METHODS,
            AllowMethods::Listed { joined, .. } => joined.clone(),
        }
    }

    /// Whether the policy has no `methods`, and the method that a preflight asks for is not safelisted.
    pub(crate) fn lacks_methods_for(&self, asked: &HeaderValue) -> bool {
        matches!(self.methods, AllowMethods::Default) && !is_safelisted(asked)
    }

    /// The list of the policy's `methods`, if it has one.
    #[inline]
    pub(crate) fn methods(&self) -> Option<&[Box<str>]> {
        match &self.methods {
            AllowMethods::Default | AllowMethods::Any => None,
            AllowMethods::Listed { names, .. } => Some(names),
        }
    }

    /// Whether the reply to a preflight that asks for this request header names it.
    pub(crate) fn offers_header(&self, name: &[u8]) -> bool {
        match &self.allow_headers {
            AllowHeaders::None => false,
            AllowHeaders::Echo => true,
            AllowHeaders::Fixed(names) => {
                let is_authorization = name.eq_ignore_ascii_case(b"authorization");
                names.as_bytes().split(|&byte| byte == b',').any(|offered| {
                    let offered = offered.trim_ascii();
                    offered.eq_ignore_ascii_case(name) || offered == b"*" && !is_authorization
                })
            }
        }
    }

    /// Sets the CORS headers of the response to an actual request, and removes all others.
    ///
    /// See <https://fetch.spec.whatwg.org/#http-responses> and, for `Vary`,
    /// <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>.
    #[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
    #[inline(always)]
    pub(crate) fn set_headers(&self, verdict: &Verdict, response: &mut HeaderMap) {
        // Most responses have no header yet, so nothing has to be removed.
        let was_empty = response.is_empty();
        if !was_empty {
            remove_cors_headers(response);
        }
        if let (Verdict::Anyone | Verdict::Allowed(_), Some(names)) =
            (verdict, &self.expose_headers)
        {
            response.append(ACCESS_CONTROL_EXPOSE_HEADERS, names.clone());
        }
        self.allow_origin(verdict, response);
        match verdict {
            Verdict::Anyone => {}
            _ if was_empty => {
                response.append(VARY, VARY_ORIGIN);
            }
            _ => vary_by_origin(response),
        }
    }

    /// Sets the CORS headers of the answer to a preflight, and removes all others.
    pub(crate) fn set_preflight_headers(
        &self,
        verdict: &Verdict,
        methods: &HeaderValue,
        request: &HeaderMap,
        response: &mut HeaderMap,
    ) {
        if !response.is_empty() {
            remove_cors_headers(response);
        }
        if let Verdict::Refused(_) = verdict {
            return;
        }
        // One allocation for all headers of the answer, `Vary` included, if the map is new.
        response.reserve(6);
        self.allow_origin(verdict, response);
        response.append(ACCESS_CONTROL_ALLOW_METHODS, methods.clone());
        match &self.allow_headers {
            AllowHeaders::None => {}
            AllowHeaders::Fixed(names) => {
                response.append(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
            }
            AllowHeaders::Echo => {
                let asked = request.get_all(ACCESS_CONTROL_REQUEST_HEADERS);
                let bytes: usize = asked.clone().take(ECHOED_LINES).map(HeaderValue::len).sum();
                if asked.len() <= ECHOED_LINES && bytes <= ECHOED_BYTES {
                    for names in asked {
                        response.append(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
                    }
                }
            }
        }
        if let Some(seconds) = &self.max_age {
            response.append(ACCESS_CONTROL_MAX_AGE, seconds.clone());
        }
    }

    #[inline]
    fn allow_origin(&self, verdict: &Verdict, response: &mut HeaderMap) {
        match verdict {
            Verdict::Anyone => {
                response.append(ACCESS_CONTROL_ALLOW_ORIGIN, ANYONE);
            }
            Verdict::Allowed(origin) => {
                response.append(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                if matches!(&self.readers, Readers::Listed(listed) if listed.credentials) {
                    response.append(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
                }
            }
            Verdict::NoOrigin | Verdict::Refused(_) => {}
        }
    }
}

impl Exact {
    fn new<'a>(origins: &[&'a str], value: fn(&'a str) -> HeaderValue) -> Self {
        if let [origin] = *origins {
            return Self::One(value(origin));
        }
        let entry = |&origin: &&'a str| (Box::from(origin.as_bytes()), value(origin));
        Self::Many(origins.iter().map(entry).collect())
    }

    #[expect(clippy::inline_always, reason = "counted: benches/RESULTS.md")]
    #[inline(always)]
    fn get(&self, origin: &[u8]) -> Option<&HeaderValue> {
        match self {
            Self::One(only) => (only.as_bytes() == origin).then_some(only),
            Self::Many(all) => all.get(origin),
        }
    }
}

impl Readers {
    fn new<'a>(
        elements: &'a [OriginEntry<'a>],
        credentials: bool,
        value: fn(&'a str) -> HeaderValue,
    ) -> Self {
        let mut exact = Vec::new();
        let mut listed = Listed {
            exact: Exact::Many(HashMap::new()),
            patterns: Vec::new(),
            sources: Vec::new(),
            credentials,
        };
        for element in elements {
            if let OriginEntry::Source(_, source) = element {
                listed.sources.push(source());
            }
            for text in element.texts() {
                match Pattern::parse(text) {
                    Ok(pattern) if !pattern.is_exact() => {
                        listed.patterns.push(pattern.into_owned());
                    }
                    // The rules let no text pass that the parser refuses.
                    _ => exact.push(*text),
                }
            }
        }
        listed.exact = Exact::new(&exact, value);
        Self::Listed(listed)
    }
}

impl Listed {
    /// Judges an origin that is not among the exact ones.
    fn judge_other(&self, origin: &HeaderValue, request: &RequestHead) -> Judgement {
        if self.patterns.is_empty() && self.sources.is_empty() {
            return Judgement::Now(Verdict::Refused(Refusal::Origin));
        }
        let Some(parsed) = Origin::parse(origin.as_bytes()) else {
            return Judgement::Now(Verdict::Refused(Refusal::Origin));
        };
        if self.patterns.iter().any(|pattern| pattern.matches(&parsed)) {
            return Judgement::Now(Verdict::Allowed(origin.clone()));
        }
        self.ask_sources(origin, request)
    }

    fn ask_sources(&self, origin: &HeaderValue, request: &RequestHead) -> Judgement {
        if self.sources.is_empty() {
            return Judgement::Now(Verdict::Refused(Refusal::Origin));
        }
        let mut later = Vec::new();
        // The origin was parsed, so it is ASCII.
        let text = origin.to_str().unwrap_or_default();
        for source in &self.sources {
            match catch_unwind(AssertUnwindSafe(|| source.allows(text, request))) {
                Ok(Allows::Now(true)) => {
                    return Judgement::Now(Verdict::Allowed(origin.clone()));
                }
                Ok(Allows::Now(false)) => {}
                Ok(Allows::Later(answer)) => later.push(answer),
                Err(_) => log::source_panicked(text),
            }
        }
        if later.is_empty() {
            return Judgement::Now(Verdict::Refused(Refusal::Origin));
        }
        let origin = origin.clone();
        Judgement::Later(Box::pin(async move {
            let text = origin.to_str().unwrap_or_default();
            for answer in later {
                match AssertUnwindSafe(answer).catch_unwind().await {
                    Ok(Ok(true)) => return Verdict::Allowed(origin),
                    Ok(Ok(false)) => {}
                    Ok(Err(error)) => log::source_failed(text, &*error),
                    Err(_) => log::source_panicked(text),
                }
            }
            Verdict::Refused(Refusal::Origin)
        }))
    }
}

/// Appends `Vary` to the answer to a preflight, which has none yet.
pub(crate) fn vary_preflight(response: &mut HeaderMap) {
    response.append(VARY, VARY_PREFLIGHT);
}

/// Removes the CORS headers of a handler or of an inner middleware.
fn remove_cors_headers(response: &mut HeaderMap) {
    let is_ours = |name: &&HeaderName| name.as_str().starts_with("access-control-");
    while let Some(name) = response.keys().find(is_ours).cloned() {
        response.remove(name);
    }
}

/// Adds `Origin` to `Vary`, unless it already has `Origin` or `*`.
fn vary_by_origin(response: &mut HeaderMap) {
    let is_there = response.get_all(VARY).any(|line| {
        line.as_bytes().split(|&byte| byte == b',').any(|name| {
            let name = name.trim_ascii();
            name == b"*" || name.eq_ignore_ascii_case(b"origin")
        })
    });
    if !is_there {
        response.append(VARY, VARY_ORIGIN);
    }
}
