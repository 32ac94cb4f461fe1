//! Redirects, as browsers follow them: <https://fetch.spec.whatwg.org/#http-redirect-fetch>.

use actix_web::http::StatusCode;
use url::Url;

use crate::arguments::{Question, has_path_for_http};

/// The largest number of redirects that browsers follow.
const MOST: usize = 20;

/// <https://fetch.spec.whatwg.org/#request-body-header-name>
const BODY_HEADERS: [&str; 5] = [
    "content-encoding",
    "content-language",
    "content-location",
    "content-type",
    "content-length",
];

/// The next request of a fetch with redirects.
pub(crate) struct Hop {
    pub(crate) url: Url,
    pub(crate) method: String,
    pub(crate) headers: Vec<(String, String)>,
    /// <https://fetch.spec.whatwg.org/#concept-request-tainted-origin>: the browser sends `null` in place of the page's origin.
    pub(crate) is_tainted: bool,
    followed: usize,
}

impl Hop {
    pub(crate) fn first(question: &Question) -> Self {
        Self {
            url: question.url.clone(),
            method: question.method.clone(),
            headers: question.headers.clone(),
            is_tainted: false,
            followed: 0,
        }
    }

    /// Follows a redirect for a page of `origin`. `Err` is the reason why the browser does not.
    pub(crate) fn follow(
        mut self,
        status: StatusCode,
        location: &str,
        origin: &str,
    ) -> Result<Self, String> {
        let to = |why| format!("it redirects to {location}, {why}");
        // Steps 3 to 6.
        let mut url = self
            .url
            .join(location)
            .map_err(|error| to(format!("which is not a URL: {error}")))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(to("and browsers follow only to http and https".to_owned()));
        }
        if self.followed == MOST {
            return Err(to(format!("after {MOST} redirects before it")));
        }
        // Steps 8 and 9.
        let is_ours = |url: &Url| url.origin().ascii_serialization() == origin;
        let is_same_origin = !self.is_tainted && is_ours(&self.url) && is_ours(&url);
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user && !is_same_origin {
            return Err(to(
                "and browsers follow to a URL with a user name only within one origin".to_owned(),
            ));
        }
        url.set_fragment(None);
        if !has_path_for_http(&url) {
            return Err(to(
                "whose path is too long, or has bytes that HTTP does not allow".to_owned(),
            ));
        }
        // Step 12.
        let method = self.method.to_ascii_uppercase();
        let becomes_get = match status.as_u16() {
            301 | 302 => method == "POST",
            303 => !["GET", "HEAD"].contains(&method.as_str()),
            _ => false,
        };
        if becomes_get {
            "GET".clone_into(&mut self.method);
            self.drop_headers(&BODY_HEADERS);
        }
        // Step 13.
        if self.url.origin() != url.origin() {
            self.drop_headers(&["authorization"]);
            self.is_tainted |= !is_ours(&self.url);
        }
        self.url = url;
        self.followed += 1;
        Ok(self)
    }

    fn drop_headers(&mut self, names: &[&str]) {
        let is_kept = |name: &str| !names.iter().any(|drop| drop.eq_ignore_ascii_case(name));
        self.headers.retain(|(name, _)| is_kept(name));
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use url::Url;

    use super::Hop;

    const PAGE: &str = "https://page.example";

    /// The next request after a redirect: the method, the URL, the `Origin`, and the names of the headers.
    fn follow(from: &str, method: &str, status: u16, to: &str) -> Result<String, String> {
        let headers = ["authorization", "content-type", "x-a"];
        let hop = Hop {
            url: Url::parse(from).expect("a URL"),
            method: method.to_owned(),
            headers: headers.map(|name| (name.to_owned(), "1".to_owned())).into(),
            is_tainted: false,
            followed: 0,
        };
        let hop = hop.follow(StatusCode::from_u16(status).expect("a status"), to, PAGE)?;
        let names: Vec<_> = hop.headers.iter().map(|(name, _)| name.as_str()).collect();
        let origin = if hop.is_tainted { "null" } else { "page" };
        Ok(format!(
            "{} {} {origin} {}",
            hop.method,
            hop.url,
            names.join(" ")
        ))
    }

    #[test]
    fn a_redirect_changes_the_request_as_in_the_standard() {
        #[rustfmt::skip]
        let table = [
            ("https://a.example/", "PUT", 301, "/b?c#d", "PUT https://a.example/b?c page authorization content-type x-a"),
            ("https://a.example/", "POST", 302, "/b", "GET https://a.example/b page authorization x-a"),
            ("https://a.example/", "PUT", 303, "/b", "GET https://a.example/b page authorization x-a"),
            ("https://a.example/", "HEAD", 303, "/b", "HEAD https://a.example/b page authorization content-type x-a"),
            ("https://a.example/", "POST", 307, "/b", "POST https://a.example/b page authorization content-type x-a"),
            ("https://a.example/", "GET", 308, "https://b.example/", "GET https://b.example/ null content-type x-a"),
            ("https://a.example/", "GET", 302, "https://a.example:8443/", "GET https://a.example:8443/ null content-type x-a"),
            ("https://a.example/", "GET", 302, "https://page.example/", "GET https://page.example/ null content-type x-a"),
            ("https://page.example/", "GET", 302, "https://a.example/", "GET https://a.example/ page content-type x-a"),
            ("https://page.example/", "GET", 302, "https://ada@page.example/", "GET https://ada@page.example/ page authorization content-type x-a"),
        ];
        for (from, method, status, to, expected) in table {
            let found = follow(from, method, status, to);
            assert_eq!(
                found.as_deref(),
                Ok(expected),
                "{from} {method} {status} {to}"
            );
        }
        for (from, to) in [
            ("https://a.example/", "https://ada@a.example/"),
            ("https://page.example/", "https://:x@a.example/"),
            ("https://a.example/", "https://ada@page.example/"),
            ("https://a.example/", "data:,"),
            ("https://a.example/", "http://"),
        ] {
            let found = follow(from, "GET", 302, to);
            assert!(found.is_err(), "{from} {to}: {found:?}");
        }
    }
}
