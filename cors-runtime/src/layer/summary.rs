//! The parts of a request that a layer keeps, since an error comes back without its request.

use std::borrow::Cow;

use actix_web::HttpRequest;
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse, Url};
use actix_web::http::header::{ACCESS_CONTROL_REQUEST_METHOD, HeaderValue, ORIGIN};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, Uri};

use crate::respond::{PolicyRef, RequestId, Verdict, is_same_origin, log, requested_method};

pub(super) struct RequestSummary {
    pub(super) id: RequestId,
    /// For a preflight, the method that it asks for.
    method: Method,
    is_preflight: bool,
    path: Option<PathAndQuery>,
    /// The length of the part of the decoded path that the scopes around the layer have taken.
    scope_length: usize,
    origin: Option<HeaderValue>,
    has_one_origin: bool,
    /// Filled in only if the log is on.
    is_same_origin: bool,
}

impl RequestSummary {
    #[inline]
    pub(super) fn of(request: &ServiceRequest, is_scoped: bool) -> Self {
        let head = request.head();
        let mut origins = head.headers.get_all(ORIGIN);
        // It is a token, so it is a valid method.
        let requested =
            requested_method(head).and_then(|method| Method::from_bytes(method.as_bytes()).ok());
        Self {
            id: RequestId::of(head),
            is_preflight: requested.is_some(),
            method: requested.unwrap_or_else(|| head.method.clone()),
            path: head.uri.path_and_query().cloned(),
            scope_length: if is_scoped {
                scope_length(request.request())
            } else {
                0
            },
            origin: origins.next().cloned(),
            has_one_origin: origins.next().is_none(),
            is_same_origin: log::is_on() && is_same_origin(request.request()),
        }
    }

    /// The verdict, if the policy needs nothing of the request but its origin.
    #[inline]
    pub(super) fn judged(&self, policy: &PolicyRef) -> Option<Verdict> {
        policy.judge_origin(self.origin.as_ref().filter(|_| self.has_one_origin)?)
    }

    pub(super) fn is_preflight(&self) -> bool {
        self.is_preflight
    }

    /// Reads the response's request or, if an error came back without one, the summary.
    pub(super) fn with<T, B, E>(
        &self,
        result: &Result<ServiceResponse<B>, E>,
        read: impl FnOnce(&RequestView<'_>) -> T,
    ) -> T {
        if let Ok(response) = result {
            let request = response.request();
            return read(&RequestView {
                head: request.head(),
                path: Cow::Borrowed(request.match_info().as_str()),
                scope_length: self.scope_length,
                is_same_origin: log::is_on() && is_same_origin(request),
            });
        }
        let head = self.head();
        let path = Url::new(head.uri.clone()).path().to_owned();
        read(&RequestView {
            head: &head,
            path: Cow::Owned(path),
            scope_length: self.scope_length,
            is_same_origin: self.is_same_origin,
        })
    }

    #[cold]
    fn head(&self) -> RequestHead {
        let mut head = RequestHead::default();
        head.method = self.method.clone();
        if let Some(path) = &self.path {
            head.uri = Uri::from(path.clone());
        }
        if let Some(origin) = &self.origin {
            head.headers.append(ORIGIN, origin.clone());
            if !self.has_one_origin {
                head.headers.append(ORIGIN, origin.clone());
            }
        }
        if self.is_preflight {
            head.method = Method::OPTIONS;
            if let Ok(method) = HeaderValue::from_str(self.method.as_str()) {
                head.headers.insert(ACCESS_CONTROL_REQUEST_METHOD, method);
            }
        }
        head
    }
}

/// The parts of a request that a layer looks at.
pub(super) struct RequestView<'a> {
    pub(super) head: &'a RequestHead,
    /// The whole path, decoded as the router decodes it. It includes the part that scopes around the layer have taken.
    pub(super) path: Cow<'a, str>,
    scope_length: usize,
    pub(super) is_same_origin: bool,
}

impl<'a> RequestView<'a> {
    pub(super) fn new(request: &'a HttpRequest) -> Self {
        Self {
            head: request.head(),
            path: Cow::Borrowed(request.match_info().as_str()),
            scope_length: scope_length(request),
            is_same_origin: false,
        }
    }

    /// For a preflight, the method that it asks for.
    pub(super) fn method(&self) -> &str {
        // The method is a token, so it is text.
        requested_method(self.head).map_or(self.head.method.as_str(), |method| {
            method.to_str().unwrap_or_default()
        })
    }

    /// The part of the path that the scopes around the layer have taken.
    pub(super) fn scope_text(&self) -> &str {
        self.path.get(..self.scope_length).unwrap_or_default()
    }
}

#[inline]
pub(super) fn scope_length(request: &HttpRequest) -> usize {
    let path = request.match_info();
    path.as_str().len() - path.unprocessed().len()
}
