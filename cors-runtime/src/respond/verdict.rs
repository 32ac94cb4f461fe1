//! The verdict of a policy on the origin of a request, and the reason of a refusal.

use actix_web::HttpResponse;
use actix_web::dev::RequestHead;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, ORIGIN};
use cors_rules::Origin;

/// The outcome of holding a request's `Origin` against a policy.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// The policy lets anyone read, with or without an `Origin`.
    Anyone,
    /// This origin may read; the value is what `Access-Control-Allow-Origin` says, the origin byte for byte.
    Allowed(HeaderValue),
    /// The request names no origin: no cross-origin page sent it.
    NoOrigin,
    /// This origin may not read.
    Refused(Refusal),
}

/// That an origin may not read, or not call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// More than one `Origin` header: no browser does that, and either could be meant.
    SeveralOrigins,
    /// The policy does not name the origin.
    Origin,
    /// Under `enforce`: a method that the policy does not name, from an origin that it does.
    Method,
}

/// The reason for a refusal, as the body of the response and the log show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    SeveralOrigins,
    /// `null`: any sandboxed page can have it.
    NullOrigin,
    /// Not the [serialization of an origin](https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin).
    InvalidOrigin,
    /// An origin that the policy does not name.
    NotListed,
    MethodNotListed,
    HeaderNotListed,
    /// For a preflight: another resource may be the one that gets the request.
    NotFirst,
}

impl Refusal {
    /// The reason, which depends on the request.
    pub(crate) fn reason(self, request: &RequestHead) -> Reason {
        match self {
            Self::SeveralOrigins => Reason::SeveralOrigins,
            Self::Method => Reason::MethodNotListed,
            Self::Origin => match request.headers.get(ORIGIN).map(HeaderValue::as_bytes) {
                Some(b"null") => Reason::NullOrigin,
                Some(origin) if Origin::parse(origin).is_some() => Reason::NotListed,
                _ => Reason::InvalidOrigin,
            },
        }
    }
}

impl Reason {
    /// What would allow it.
    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Self::SeveralOrigins => "nothing: no browser sends two",
            Self::NullOrigin => "an origin of its own for the page, or origins = [\"*\"]",
            Self::InvalidOrigin => "an origin as browsers write it",
            Self::NotListed => "naming it in `origins`",
            Self::MethodNotListed => "naming the method in `methods`",
            Self::HeaderNotListed => "naming the header in `headers`",
            Self::NotFirst => "a #[cors] on the resource in front, or this handler in front of it",
        }
    }

    /// The response that refuses a request for this reason.
    pub(crate) fn response(self) -> HttpResponse {
        let mut response = HttpResponse::Forbidden().body(self.text());
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().append(CONTENT_TYPE, text);
        response
    }

    /// What is wrong. The text repeats nothing that the client sent.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::SeveralOrigins => {
                "CORS: the request has more than one Origin header; browsers send one"
            }
            Self::NullOrigin => {
                "CORS: the origin `null`, which sandboxed documents and local files have, is not allowed here"
            }
            Self::InvalidOrigin => {
                "CORS: the Origin header is not an origin as browsers write it (scheme://host or scheme://host:port)"
            }
            Self::NotListed => "CORS: this origin is not among those that may call this resource",
            Self::MethodNotListed => {
                "CORS: this method is not among those that other origins may use here"
            }
            Self::NotFirst => {
                "CORS: a resource without a policy is in front of this handler, and may be the one that gets the request"
            }
            Self::HeaderNotListed => {
                "CORS: a request header is not among those that other origins may send here"
            }
        }
    }
}
