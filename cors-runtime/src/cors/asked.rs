//! What is kept of a request for the case that an error comes back in its place.

use actix_web::HttpRequest;
use actix_web::dev::RequestHead;
use actix_web::http::header::{ACCESS_CONTROL_REQUEST_METHOD, HeaderValue, ORIGIN};
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, Uri};

use crate::decision::RequestId;
use crate::log;
use crate::request::is_same_origin;

/// What of a request is needed where an error comes back in its place.
pub(super) struct Asked {
    pub(super) id: RequestId,
    /// For a preflight the one that it asks for.
    method: Method,
    path: Option<PathAndQuery>,
    origin: Option<HeaderValue>,
    has_one_origin: bool,
    pub(super) is_preflight: bool,
    /// Known where the log wants to know.
    pub(super) is_same_origin: bool,
}

impl Asked {
    /// `preflight` is the method that the request asks for, if it is a preflight.
    #[inline]
    pub(super) fn of(request: &HttpRequest, preflight: Option<&HeaderValue>) -> Self {
        let head = request.head();
        let mut origins = head.headers.get_all(ORIGIN);
        // A token, as is the name of any method.
        let requested = preflight.and_then(|method| Method::from_bytes(method.as_bytes()).ok());
        Self {
            id: RequestId::of(head),
            method: requested.unwrap_or_else(|| head.method.clone()),
            path: head.uri.path_and_query().cloned(),
            origin: origins.next().cloned(),
            has_one_origin: origins.next().is_none(),
            is_preflight: preflight.is_some(),
            is_same_origin: log::is_on() && is_same_origin(request),
        }
    }

    pub(super) fn head(&self) -> RequestHead {
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
