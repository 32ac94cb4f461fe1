//! The command line: what is asked of whom, and for which page.

use std::{path::PathBuf, time::Duration};

use actix_web::http::{
    Method,
    header::{HeaderName, HeaderValue},
    uri::PathAndQuery,
};
use cors_runtime::test::{Fetch, Page};
use lexopt::{Error, ValueExt as _, prelude::*};
use url::{Position, Url};

pub(crate) const HELP: &str = "\
Asks a server what a browser would ask it for a page of another origin, and says what the browser makes of its answers.

Usage: cors-tester URL --origin ORIGIN [OPTIONS]

Options:
  --origin ORIGIN    the page's origin, such as https://app.example.com or http://localhost:5173; null for a sandboxed page
  --method METHOD    the request's method [default: GET]
  --header HEADER    'Name: value', as often as wanted; a Name alone gets a value, application/json for content-type and 1
                     for any other
  --credentials      as script with credentials: \"include\"; no cookie is sent
  --json             print one JSON document (docs/cors-tester.md has its shape)
  --timeout SECONDS  how long all of it may take [default: 10]
  --cacert FILE      for https: trust the certificates in this PEM file instead of the system's
  -h, --help         print this

Exit status:
  0  allowed: script on the page reads the answer
  1  blocked: it does not
  2  undecided: a usage error, a server that does not answer, or a redirect, which this program does not follow

A request that the preflight allows, or that needs none, is really sent: a DELETE deletes.

Examples:
  cors-tester https://api.example.com/news --origin https://app.example.com
  cors-tester https://api.example.com/items/1 --origin https://app.example.com --method PUT --header content-type
  cors-tester https://api.example.com/me --origin https://app.example.com --credentials --json
  cors-tester https://localhost:8443/ --origin http://localhost:5173 --header 'X-Request-Id: 7' --cacert ca.pem
";

/// What the user wants to know.
pub(crate) struct Arguments {
    /// As it was parsed, without a fragment.
    pub(crate) url: Url,
    pub(crate) origin: String,
    pub(crate) page: Page,
    pub(crate) fetch: Fetch,
    pub(crate) method: String,
    pub(crate) credentials: bool,
    pub(crate) json: bool,
    pub(crate) timeout: Duration,
    pub(crate) cacert: Option<PathBuf>,
}

impl Arguments {
    /// `None` is a request for help.
    pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Option<Self>, Error> {
        let mut url = None;
        let mut origin = None;
        let mut method = "GET".to_owned();
        let mut headers = Vec::new();
        let mut credentials = false;
        let mut json = false;
        let mut timeout = Duration::from_secs(10);
        let mut cacert = None;
        while let Some(argument) = parser.next()? {
            match argument {
                Long("origin") => origin = Some(parser.value()?.string()?),
                Long("method") => method = parse_method(parser.value()?.string()?)?,
                Long("header") => headers.push(parse_header(&parser.value()?.string()?)?),
                Long("credentials") => credentials = true,
                Long("json") => json = true,
                Long("timeout") => timeout = parse_seconds(&parser.value()?.string()?)?,
                Long("cacert") => cacert = Some(PathBuf::from(parser.value()?)),
                Short('h') | Long("help") => return Ok(None),
                Value(value) if url.is_none() => url = Some(parse_url(&value.string()?)?),
                _ => return Err(argument.unexpected()),
            }
        }
        let url = url.ok_or("no URL is given; try --help")?;
        let origin = origin.ok_or("no --origin is given, the origin of the page; try --help")?;
        let page = page(&origin, &url)?;
        let mut fetch = Fetch::new(&method, &url[Position::BeforePath..]);
        for (name, value) in headers {
            fetch = fetch.header(name, value);
        }
        if credentials {
            fetch = fetch.credentials();
        }
        Ok(Some(Self {
            url,
            origin,
            page,
            fetch,
            method,
            credentials,
            json,
            timeout,
            cacert,
        }))
    }
}

fn page(origin: &str, url: &Url) -> Result<Page, String> {
    let page = Page::try_at(origin).map_err(|error| format!("--origin: {error}"))?;
    page.try_api_at(&url.origin().ascii_serialization())
        .map_err(|_| format!("{url} has a host that no origin can have"))
}

fn parse_url(text: &str) -> Result<Url, String> {
    let wrong = |why| format!("{text:?} is no URL to ask: {why}");
    let mut url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    if !["http", "https"].contains(&url.scheme()) {
        return Err(wrong("write http:// or https://".to_owned()));
    }
    // https://fetch.spec.whatwg.org/#dom-request, step 5.3.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "script can fetch none with a user's name in it".to_owned(),
        ));
    }
    url.set_fragment(None);
    if url[Position::BeforePath..].parse::<PathAndQuery>().is_err() {
        return Err(wrong(
            "its path is too long, or has bytes that HTTP does not".to_owned(),
        ));
    }
    Ok(url)
}

fn parse_method(text: String) -> Result<String, String> {
    match Method::from_bytes(text.as_bytes()) {
        Ok(_) => Ok(text),
        Err(_) => Err(format!("--method: {text:?} is no method")),
    }
}

fn parse_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = match text.split_once(':') {
        Some((name, value)) => (name, value.trim()),
        None if text.eq_ignore_ascii_case("content-type") => (text, "application/json"),
        None => (text, "1"),
    };
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(format!(
            "--header: {name:?} is no header name: write 'Name: value' or Name"
        ));
    }
    if HeaderValue::from_str(value).is_err() {
        return Err(format!("--header: {value:?} is no value of a header"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    /// More than this is no limit any more.
    const MOST: f64 = 3600.0;
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= MOST => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!(
            "--timeout: {text:?} is no number of seconds between 0 and {MOST}"
        )),
    }
}
