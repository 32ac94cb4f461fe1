//! The URL that a request is for: `/https://api.example.com/v1/x`.

use actix_web::{Error, http::StatusCode};
use url::Url;

use crate::error::refusal;

/// Reads the URL behind the first slash of a request's path and query.
///
/// All later steps use the result and not the text, so that every spelling of a host is checked as the host that the proxy connects to.
pub(crate) fn parse(path_and_query: &str) -> Result<Url, Error> {
    let invalid = |why| refusal(StatusCode::BAD_REQUEST, "invalid_target", why);
    let text = path_and_query.strip_prefix('/').unwrap_or(path_and_query);
    let (scheme, rest) = text.split_once("://").ok_or_else(|| {
        invalid("write the whole URL as it is behind the proxy's first slash: /https://api.example.com/v1/x")
    })?;
    let mut schemes = ["http", "https"].iter();
    if !schemes.any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(invalid("the URL is neither https: nor http:"));
    }
    // `Url` would skip these slashes, as browsers do.
    if rest.starts_with(['/', '\\']) {
        return Err(invalid("the URL has too many slashes in front of its host"));
    }
    let url = Url::parse(text).map_err(|_| invalid("the URL has no host, or one that is none"))?;
    if has_userinfo(&url) {
        return Err(invalid(
            "the URL has a user name or a password in front of its host",
        ));
    }
    Ok(url)
}

/// The URL that a redirect from `url` leads to, or `None` if no request can be made for it.
pub(crate) fn redirected(url: &Url, location: &[u8]) -> Option<Url> {
    let url = url.join(&String::from_utf8_lossy(location)).ok()?;
    (matches!(url.scheme(), "http" | "https") && !has_userinfo(&url)).then_some(url)
}

/// The origin, in the form of the lists.
pub(crate) fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn has_userinfo(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}
