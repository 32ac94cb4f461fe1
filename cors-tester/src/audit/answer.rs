//! The answers of the server, and the access that they give to a page.

use std::ops::ControlFlow;

use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, HeaderName, VARY,
};
use cors_runtime::test::{Outcome, Page, Response};

use super::begin;

/// The kinds of requests that are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    Get,
    Head,
    /// A GET of a path that does not exist: error pages often get their headers elsewhere.
    Missing,
    Preflight,
}

impl Surface {
    pub(crate) const ALL: [Self; 4] = [Self::Get, Self::Head, Self::Missing, Self::Preflight];

    /// The method of the request, or for a preflight the method that it asks for.
    pub(crate) fn method(self, asked: &str) -> &str {
        match self {
            Self::Get | Self::Missing => "GET",
            Self::Head => "HEAD",
            Self::Preflight => asked,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Missing => "error page",
            Self::Preflight => "preflight",
        }
    }
}

/// The access of a page of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    Nothing,
    /// Without the user's cookies.
    AsAnyone,
    /// With the user's cookies.
    AsUser,
}

pub(crate) struct Answer {
    pub(crate) surface: Surface,
    /// The `Origin` of the request.
    pub(crate) origin: Option<String>,
    pub(crate) response: Response,
}

impl Answer {
    /// Whether a page of the origin may read the response, or send the request after the preflight.
    pub(crate) fn access(&self, asked: &str) -> Access {
        let passes = |access: &Access| self.passes(asked, *access);
        let widest = [Access::AsUser, Access::AsAnyone].into_iter().find(passes);
        widest.unwrap_or(Access::Nothing)
    }

    /// Whether the response passes the checks of the browser.
    fn passes(&self, asked: &str, access: Access) -> bool {
        let Some(origin) = &self.origin else {
            return false;
        };
        let step = begin(origin, self.surface, asked, "/", access);
        let Ok(ControlFlow::Continue(conversation)) = step else {
            return false;
        };
        match conversation.answered(self.response.clone()) {
            ControlFlow::Continue(_) => true,
            ControlFlow::Break(outcome) => !matches!(outcome, Outcome::Blocked { .. }),
        }
    }

    fn values(&self, name: HeaderName) -> Vec<String> {
        let values = self.response.headers.get_all(name);
        values
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    }

    fn has_element(&self, name: HeaderName, wanted: &[&str]) -> bool {
        let values = self.values(name);
        let mut elements = values
            .iter()
            .flat_map(|value| value.split(','))
            .map(str::trim);
        elements.any(|element| {
            wanted
                .iter()
                .any(|wanted| element.eq_ignore_ascii_case(wanted))
        })
    }

    /// The values joined as in <https://fetch.spec.whatwg.org/#concept-header-list-get>.
    pub(crate) fn allowed_origin(&self) -> Option<String> {
        let values = self.values(ACCESS_CONTROL_ALLOW_ORIGIN);
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub(crate) fn is_wildcard_with_credentials(&self) -> bool {
        self.allowed_origin().as_deref() == Some("*")
            && self.values(ACCESS_CONTROL_ALLOW_CREDENTIALS) == ["true"]
    }

    /// An `Access-Control-Allow-Origin` that no page of any origin can match.
    pub(crate) fn invalid_origin(&self) -> Option<String> {
        let value = self.allowed_origin()?;
        let is_valid = value == "*" || Page::try_at(&value).is_ok();
        (!is_valid).then_some(value)
    }

    /// Whether a cache may give the response to a page of another origin.
    pub(crate) fn lacks_vary(&self) -> bool {
        !self.has_element(VARY, &["origin", "*"]) && !self.has_element(CACHE_CONTROL, &["no-store"])
    }
}
