//! One request of an audit, the answer that the policy gives, and the one that came.

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

use super::report::Cause;
use crate::app::{AuditTrace, Mount};
use crate::respond::{Judgement, Verdict};

/// What the answer to a preflight tells.
pub(super) enum Told {
    Right,
    /// Why it tells nothing.
    Unasked(&'static str),
    /// The cause, what is wrong, and what to do.
    Wrong(Box<(Cause, String, String)>),
}

impl Told {
    pub(super) fn wrong(cause: Cause, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Wrong(Box::new((cause, what.into(), remedy.into())))
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

/// What the policy says.
pub(super) struct Expected {
    /// `None` where nobody is to answer, as for a handler that is `off`.
    status: Option<StatusCode>,
    cors: Vec<String>,
    pub(super) is_refused: bool,
}

impl Expected {
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

    /// The answer of `enforce` to a request that is not the handler's to see.
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
            "something outside of the policy has answered the preflight, or altered the answer"
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
        let status = self.status.map_or_else(
            || "nothing of its own".to_owned(),
            |status| status.to_string(),
        );
        said(status, &self.cors)
    }
}

async fn verdict(mount: &Mount, request: &AppRequest) -> Verdict {
    match mount.annotation.compiled().judge(request.head()) {
        Judgement::Now(verdict) => verdict,
        Judgement::Later(verdict) => verdict.await,
    }
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    /// The headers of the CORS protocol.
    pub(super) cors: Vec<String>,
    /// The request as the app has left it; `None` where an error came to the outside.
    pub(super) request: Option<HttpRequest>,
}

/// Who has answered.
pub(super) enum By {
    /// The resource of an annotated handler.
    Handler(Rc<Mount>),
    /// A resource without an annotation, by its pattern.
    Resource(String),
    /// Nobody that the router has brought the request to.
    Outside,
}

impl By {
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

    pub(super) fn by(&self, mounts: &[Rc<Mount>]) -> By {
        let routed = self
            .request
            .as_ref()
            .filter(|request| request.match_info().unprocessed().is_empty());
        let Some((request, pattern)) =
            routed.and_then(|request| Some((request, request.match_pattern()?)))
        else {
            return By::Outside;
        };
        let asked = request.headers().get(ACCESS_CONTROL_REQUEST_METHOD);
        let method = asked.and_then(|method| method.to_str().ok());
        let is_handler = |mount: &&Rc<Mount>| {
            request.match_name() == Some(mount.resource)
                && method.is_none_or(|method| mount.served.contains(&method))
                && mount.full_pattern().as_ref() == Some(&pattern)
        };
        match mounts.iter().find(is_handler) {
            Some(mount) => By::Handler(Rc::clone(mount)),
            None => By::Resource(pattern),
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
