//! One request of an audit, the answer of the policy, and the answer of the app.

use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;

use actix_http::Request as AppRequest;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{
    ACCESS_CONTROL_REQUEST_METHOD, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN,
};
use actix_web::http::{Method, StatusCode};
use actix_web::test::TestRequest;
use actix_web::{Error, HttpMessage, HttpRequest};

use super::report::{Fault, FaultCause};
use crate::app::{AuditTrace, Mount};
use crate::respond::{Judgement, Verdict};

/// The result for the answer to a preflight.
pub(super) enum Assessment {
    Right,
    /// The reason why the answer shows nothing.
    Unclear(&'static str),
    Wrong(Box<Fault>),
}

impl Assessment {
    pub(super) fn wrong(
        cause: FaultCause,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Wrong(Box::new(Fault::new(cause, what, remedy)))
    }
}

/// A request for the whole app; `asks` makes it a preflight.
pub(super) fn request(
    headers: &[(&str, &str)],
    trace: &AuditTrace,
    target: &str,
    method: Method,
    origin: &str,
    asks: Option<&str>,
) -> AppRequest {
    let mut request = TestRequest::with_uri(target)
        .method(method)
        .peer_addr(SocketAddr::from((Ipv4Addr::LOCALHOST, 49152)))
        .insert_header((HOST, "localhost:8080"));
    for &header in headers {
        request = request.insert_header(header);
    }
    request = request.insert_header((ORIGIN, origin));
    if let Some(method) = asks {
        request = request.insert_header((ACCESS_CONTROL_REQUEST_METHOD, method));
    }
    let request = request.to_request();
    request.extensions_mut().insert(trace.clone());
    request
}

/// The answer of the policy.
pub(super) struct ExpectedReply {
    /// `None` if no policy may answer, as for a handler that is `off`.
    status: Option<StatusCode>,
    cors: Vec<String>,
    pub(super) is_refused: bool,
}

impl ExpectedReply {
    pub(super) async fn preflight(mount: &Mount, request: &AppRequest) -> Self {
        let Some(methods) = &mount.allow_methods else {
            return Self {
                status: None,
                cors: Vec::new(),
                is_refused: true,
            };
        };
        let verdict = verdict(mount, request).await;
        let is_refused = matches!(verdict, Verdict::Refused(_));
        let mut headers = HeaderMap::new();
        let compiled = mount.annotation.compiled();
        compiled.set_preflight_headers(&verdict, methods, &request.head().headers, &mut headers);
        Self {
            status: Some(if is_refused {
                StatusCode::FORBIDDEN
            } else {
                StatusCode::NO_CONTENT
            }),
            cors: cors_lines(&headers),
            is_refused,
        }
    }

    /// The refusal of `enforce`.
    pub(super) async fn actual(mount: &Mount, request: &AppRequest) -> Self {
        Self {
            status: Some(StatusCode::FORBIDDEN),
            cors: Vec::new(),
            is_refused: matches!(verdict(mount, request).await, Verdict::Refused(_)),
        }
    }

    pub(super) fn is(&self, reply: &Reply) -> bool {
        self.cors == reply.cors && self.status.is_none_or(|status| status == reply.status)
    }

    /// Whether the policy would have answered with that status.
    pub(super) fn is_status_of(&self, reply: &Reply) -> bool {
        self.status == Some(reply.status)
    }

    pub(super) fn difference(&self, reply: &Reply) -> String {
        let missing = |of: &[String], from: &[String]| -> Vec<String> {
            let lines = of.iter().filter(|line| !from.contains(line));
            lines.map(|line| format!("`{line}`")).collect()
        };
        let mut parts = Vec::new();
        if self.status.is_some_and(|status| status != reply.status) {
            parts.push(format!("the status {}", reply.status.as_u16()));
        }
        parts.extend(missing(&reply.cors, &self.cors));
        let absent = missing(&self.cors, &reply.cors);
        let mut what =
            "something other than the policy has answered the preflight, or altered the answer"
                .to_owned();
        if !parts.is_empty() {
            what.push_str(": it has ");
            what.push_str(&parts.join(", "));
        }
        if !absent.is_empty() {
            what.push_str("; it lacks ");
            what.push_str(&absent.join(", "));
        }
        what
    }

    pub(super) fn says(&self) -> String {
        let status = self
            .status
            .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        said(status, &self.cors)
    }
}

async fn verdict(mount: &Mount, request: &AppRequest) -> Verdict {
    match mount.annotation.compiled().judge(request.head()) {
        Judgement::Now(verdict) => verdict,
        Judgement::Later(verdict) => verdict.await,
    }
}

/// The answer of the app.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    /// The headers of the CORS protocol.
    pub(super) cors: Vec<String>,
    /// The request after the app; `None` if an error came back instead of a response.
    pub(super) request: Option<HttpRequest>,
}

/// The part of the app that has answered.
pub(super) enum Answerer {
    /// The resource of an annotated handler.
    Handler(Rc<Mount>),
    /// A resource without an annotation, by its pattern.
    Resource(String),
    /// Something outside of the resources, such as a middleware or the router.
    Outside,
}

impl Answerer {
    pub(super) fn is(&self, mount: &Rc<Mount>) -> bool {
        matches!(self, Self::Handler(handler) if Rc::ptr_eq(handler, mount))
    }
}

impl Reply {
    pub(super) async fn of<S, B>(service: &S, request: AppRequest) -> Self
    where
        S: Service<AppRequest, Response = ServiceResponse<B>, Error = Error>,
    {
        match service.call(request).await {
            Ok(response) => Self {
                status: response.status(),
                cors: cors_lines(response.headers()),
                request: Some(response.request().clone()),
            },
            Err(error) => {
                let response = error.error_response();
                Self {
                    status: response.status(),
                    cors: cors_lines(response.headers()),
                    request: None,
                }
            }
        }
    }

    pub(super) fn is_error(&self) -> bool {
        self.status.is_client_error() || self.status.is_server_error()
    }

    pub(super) fn answerer(&self, mounts: &[Rc<Mount>]) -> Answerer {
        let routed = self
            .request
            .as_ref()
            .filter(|request| request.match_info().unprocessed().is_empty());
        let Some((request, pattern)) =
            routed.and_then(|request| Some((request, request.match_pattern()?)))
        else {
            return Answerer::Outside;
        };
        let asked = request.headers().get(ACCESS_CONTROL_REQUEST_METHOD);
        let method = asked.and_then(|method| method.to_str().ok());
        let is_handler = |mount: &&Rc<Mount>| {
            request.match_name() == Some(mount.resource)
                && method.is_none_or(|method| mount.served.contains(&method))
                && mount.full_pattern().as_ref() == Some(&pattern)
        };
        match mounts.iter().find(is_handler) {
            Some(mount) => Answerer::Handler(Rc::clone(mount)),
            None => Answerer::Resource(pattern),
        }
    }

    pub(super) fn said(&self) -> String {
        said(self.status.to_string(), &self.cors)
    }
}

fn said(status: String, cors: &[String]) -> String {
    let mut said = status;
    for line in cors {
        said.push_str("; ");
        said.push_str(line);
    }
    if cors.is_empty() {
        said.push_str("; no Access-Control-* header");
    }
    said
}

/// The headers of the protocol, in a fixed order.
fn cors_lines(headers: &HeaderMap) -> Vec<String> {
    let line = |(name, value): (&HeaderName, &HeaderValue)| {
        let value = value.as_bytes().escape_ascii();
        name.as_str()
            .starts_with("access-control-")
            .then(|| format!("{name}: {value}"))
    };
    let mut lines: Vec<_> = headers.iter().filter_map(line).collect();
    lines.sort();
    lines
}
