//! A policy made ready to answer: tables and header values, built once, that only this file reads.

use std::collections::HashMap;

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, HeaderMap, HeaderValue, ORIGIN, VARY,
};
use cors_policy::{Origin, Pattern};

use crate::policy::{ExposedHeaders, OriginElement, Origins, Policy, RequestHeaders};
use crate::verdict::{Refusal, Verdict};

const ANYONE: HeaderValue = HeaderValue::from_static("*");
const TRUE: HeaderValue = HeaderValue::from_static("true");
const VARY_ORIGIN: HeaderValue = HeaderValue::from_static("Origin");
const VARY_PREFLIGHT: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
);

/// Lines of `Access-Control-Request-Headers` that an echo repeats. Browsers send one; what has more is no browser,
/// and a reply as long as its request is a gift to whoever floods.
const ECHOED_LINES: usize = 16;

/// The checked form of a policy that serves requests.
#[derive(Debug)]
pub(crate) struct Answers {
    readers: Readers,
    allow_headers: AllowHeaders,
    expose_headers: Option<HeaderValue>,
    max_age: Option<HeaderValue>,
}

/// Who may read. Credentials exist only where origins are listed: `*` with credentials cannot be said.
#[derive(Debug)]
enum Readers {
    Anyone,
    Listed {
        exact: HashMap<&'static [u8], HeaderValue>,
        patterns: Vec<Pattern>,
        credentials: bool,
    },
}

#[derive(Debug)]
enum AllowHeaders {
    None,
    Fixed(HeaderValue),
    /// With credentials browsers read `*` as a name, so any header is allowed by repeating what was asked for.
    Echo,
}

impl Answers {
    pub(crate) fn new(policy: &Policy) -> Self {
        let readers = match policy.origins {
            Origins::Anyone => Readers::Anyone,
            Origins::Listed(elements) => {
                let mut exact = HashMap::new();
                let mut patterns = Vec::new();
                for element in elements {
                    match *element {
                        OriginElement::Exact(origin) => {
                            exact.insert(origin.as_bytes(), HeaderValue::from_static(origin));
                        }
                        OriginElement::Pattern(pattern) => patterns.push(pattern),
                    }
                }
                Readers::Listed {
                    exact,
                    patterns,
                    credentials: policy.credentials,
                }
            }
        };
        let credentials = matches!(
            readers,
            Readers::Listed {
                credentials: true,
                ..
            }
        );
        let allow_headers = match policy.headers {
            RequestHeaders::None => AllowHeaders::None,
            RequestHeaders::Listed(names) => AllowHeaders::Fixed(HeaderValue::from_static(names)),
            RequestHeaders::Any | RequestHeaders::AnyAndAuthorization if credentials => {
                AllowHeaders::Echo
            }
            RequestHeaders::Any => AllowHeaders::Fixed(ANYONE),
            RequestHeaders::AnyAndAuthorization => {
                AllowHeaders::Fixed(HeaderValue::from_static("*, authorization"))
            }
        };
        let expose_headers = match policy.expose_headers {
            ExposedHeaders::None => None,
            ExposedHeaders::Listed(names) => Some(HeaderValue::from_static(names)),
            ExposedHeaders::Any => Some(ANYONE),
        };
        Self {
            readers,
            allow_headers,
            expose_headers,
            max_age: policy.max_age.map(HeaderValue::from),
        }
    }

    /// Holds the request's `Origin` against the policy: byte for byte, after a parse that refuses what no browser sends.
    pub(crate) fn judge(&self, request: &HeaderMap) -> Verdict {
        let Readers::Listed {
            exact, patterns, ..
        } = &self.readers
        else {
            return Verdict::Anyone;
        };
        let mut origins = request.get_all(ORIGIN);
        let Some(origin) = origins.next() else {
            return Verdict::NoOrigin;
        };
        if origins.next().is_some() {
            return Verdict::Refused(Refusal::SeveralOrigins);
        }
        if let Some(listed) = exact.get(origin.as_bytes()) {
            return Verdict::Allowed(listed.clone());
        }
        match Origin::parse(origin.as_bytes()) {
            Some(parsed) if patterns.iter().any(|pattern| pattern.matches(&parsed)) => {
                Verdict::Allowed(origin.clone())
            }
            Some(_) => Verdict::Refused(Refusal::NotListed),
            None if origin == "null" => Verdict::Refused(Refusal::NullOrigin),
            None => Verdict::Refused(Refusal::NoOriginAtAll),
        }
    }

    /// Makes the response to an actual request say what the policy says, and nothing else, of who may read it.
    ///
    /// See <https://fetch.spec.whatwg.org/#http-responses> and, for `Vary`,
    /// <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>.
    pub(crate) fn apply(&self, verdict: &Verdict, response: &mut HeaderMap) {
        remove_cors_headers(response);
        self.allow_origin(verdict, response);
        if let (Verdict::Anyone | Verdict::Allowed(_), Some(names)) =
            (verdict, &self.expose_headers)
        {
            response.insert(ACCESS_CONTROL_EXPOSE_HEADERS, names.clone());
        }
        if !matches!(verdict, Verdict::Anyone) {
            vary_by_origin(response);
        }
    }

    /// Fills in the reply to a preflight of an allowed origin.
    pub(crate) fn preflight(
        &self,
        verdict: &Verdict,
        methods: &HeaderValue,
        request: &HeaderMap,
        response: &mut HeaderMap,
    ) {
        self.allow_origin(verdict, response);
        response.insert(ACCESS_CONTROL_ALLOW_METHODS, methods.clone());
        match &self.allow_headers {
            AllowHeaders::None => {}
            AllowHeaders::Fixed(names) => {
                response.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
            }
            AllowHeaders::Echo => {
                let asked = request.get_all(ACCESS_CONTROL_REQUEST_HEADERS);
                if asked.len() <= ECHOED_LINES {
                    for names in asked {
                        response.append(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
                    }
                }
            }
        }
        if let Some(seconds) = &self.max_age {
            response.insert(ACCESS_CONTROL_MAX_AGE, seconds.clone());
        }
    }

    fn allow_origin(&self, verdict: &Verdict, response: &mut HeaderMap) {
        match verdict {
            Verdict::Anyone => {
                response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANYONE);
            }
            Verdict::Allowed(origin) => {
                response.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                if matches!(
                    self.readers,
                    Readers::Listed {
                        credentials: true,
                        ..
                    }
                ) {
                    response.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
                }
            }
            Verdict::NoOrigin | Verdict::Refused(_) => {}
        }
    }
}

/// What the reply to any preflight depends on.
pub(crate) fn vary_preflight(response: &mut HeaderMap) {
    response.insert(VARY, VARY_PREFLIGHT);
}

/// Takes away what a handler or an inner middleware said: the policy decides.
fn remove_cors_headers(response: &mut HeaderMap) {
    if response.is_empty() {
        return;
    }
    for name in [
        ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_MAX_AGE,
    ] {
        response.remove(name);
    }
}

/// Adds `Origin` to `Vary` unless some line of it says so already, or says `*`.
fn vary_by_origin(response: &mut HeaderMap) {
    let said = response.get_all(VARY).any(|line| {
        line.as_bytes().split(|&byte| byte == b',').any(|name| {
            let name = name.trim_ascii();
            name == b"*" || name.eq_ignore_ascii_case(b"origin")
        })
    });
    if !said {
        response.append(VARY, VARY_ORIGIN);
    }
}
