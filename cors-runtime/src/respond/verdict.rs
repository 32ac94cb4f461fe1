//! The verdict of a policy on the origin of a request, and the reason for a refusal.

use actix_web::HttpResponse;
use actix_web::dev::RequestHead;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue, ORIGIN};
use cors_rules::Origin;

/// The result of a policy for a request's `Origin`.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// The policy lets anyone read, with or without an `Origin`.
    Anyone,
    /// This origin may read. The value of `Access-Control-Allow-Origin` is the origin, byte for byte.
    Allowed(HeaderValue),
    /// The request has no `Origin`.
    NoOrigin,
    /// This origin may not read.
    Refused(Refusal),
}

/// A verdict against an origin, or a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// More than one `Origin` header. No browser sends that.
    SeveralOrigins,
    /// The policy does not name the origin.
    Origin,
    /// The policy names the origin, but not the method: under `enforce`, or in a preflight for a safelisted method.
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
    /// For a preflight: another resource may get the request.
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
    /// The change that would allow the request.
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

    /// The problem. The text repeats nothing that the client sent.
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
