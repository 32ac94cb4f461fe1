//! The command line.

use std::{path::PathBuf, time::Duration};

use actix_web::http::{
    Method,
    header::{HeaderName, HeaderValue},
    uri::PathAndQuery,
};
use cors_runtime::test::Page;
use lexopt::{Error, ValueExt as _, prelude::*};
use url::{Position, Url};

pub(crate) const HELP: &str = "\
Sends a server the requests of a browser for a page of another origin, and shows what the browser would do with the answers.

Usage: cors-tester URL --origin ORIGIN [OPTIONS]
       cors-tester audit URL [OPTIONS]

Options:
  --origin ORIGIN    the page's origin, such as https://app.example.com or http://localhost:5173; null for a sandboxed page
  --method METHOD    the request's method [default: GET]
  --header HEADER    'Name: value', once or several times; a Name alone gets a value, application/json for content-type and 1
                     for any other
  --credentials      like script with credentials: \"include\"; no cookie is sent
  --json             print one JSON document (docs/cors-tester.md has its shape)
  --timeout SECONDS  the time limit for everything [default: 10, audit: 60]
  --cacert FILE      for https: trust the certificates in this PEM file instead of the system's
  -h, --help         print this

Exit status:
  0  allowed: script on the page reads the answer
  1  blocked: script does not read it
  2  undecided: a usage error, or a server that does not answer

A request that the preflight allows, or that needs none, is really sent: a DELETE deletes. Redirects are followed as browsers
follow them.

audit tries the origins that attackers would use, with GET, HEAD and preflights only, and shows whose pages could read the
answers. Its options are --json, --timeout, --cacert and
  --origin ORIGIN    an origin that the server is meant to allow, once or several times: names that resemble it are tried
  --method METHOD    the method that its preflights ask for [default: GET, with the header authorization]
Its exit status is 0 if it finds nothing above a note, 1 if it does, and 2 as above.

Examples:
  cors-tester https://api.example.com/news --origin https://app.example.com
  cors-tester https://api.example.com/items/1 --origin https://app.example.com --method PUT --header content-type
  cors-tester https://api.example.com/me --origin https://app.example.com --credentials --json
  cors-tester https://localhost:8443/ --origin http://localhost:5173 --header 'X-Request-Id: 7' --cacert ca.pem
  cors-tester audit https://api.example.com/me --origin https://app.example.com
";

/// The parsed command line.
pub(crate) struct Arguments {
    pub(crate) task: Task,
    pub(crate) json: bool,
    pub(crate) timeout: Duration,
    pub(crate) cacert: Option<PathBuf>,
}

pub(crate) enum Task {
    Ask(Question),
    Audit(Audit),
}

/// One fetch of one page.
pub(crate) struct Question {
    /// Without a fragment.
    pub(crate) url: Url,
    pub(crate) origin: String,
    pub(crate) method: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) credentials: bool,
}

/// One audit.
pub(crate) struct Audit {
    pub(crate) url: Url,
    /// The origins that the server is meant to allow.
    pub(crate) trusted: Vec<String>,
    /// The method that preflights ask for.
    pub(crate) method: String,
}

impl Arguments {
    /// `None` if the user asks for help.
    pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Option<Self>, Error> {
        let mut is_audit = false;
        let mut url = None;
        let mut origins = Vec::new();
        let mut method = None;
        let mut headers = Vec::new();
        let mut credentials = false;
        let mut json = false;
        let mut timeout = None;
        let mut cacert = None;
        while let Some(argument) = parser.next()? {
            match argument {
                Long("origin") => origins.push(parser.value()?.string()?),
                Long("method") => method = Some(parse_method(parser.value()?.string()?)?),
                Long("header") if !is_audit => {
                    headers.push(parse_header(&parser.value()?.string()?)?);
                }
                Long("credentials") if !is_audit => credentials = true,
                Long("json") => json = true,
                Long("timeout") => timeout = Some(parse_seconds(&parser.value()?.string()?)?),
                Long("cacert") => cacert = Some(PathBuf::from(parser.value()?)),
                Short('h') | Long("help") => return Ok(None),
                Value(word) if word == "audit" && url.is_none() && !is_audit => is_audit = true,
                Value(value) if url.is_none() => url = Some(parse_url(&value.string()?)?),
                _ => return Err(argument.unexpected()),
            }
        }
        let url = url.ok_or("no URL is given; try --help")?;
        for origin in &origins {
            check_page(origin, &url)?;
        }
        let (task, patience) = if is_audit {
            if !headers.is_empty() || credentials {
                return Err("audit takes no --header and no --credentials; try --help".into());
            }
            let audit = Audit {
                url,
                trusted: origins,
                method: method.unwrap_or_else(|| "GET".to_owned()),
            };
            (Task::Audit(audit), 60)
        } else {
            let question = Question {
                url,
                origin: origins
                    .pop()
                    .ok_or("the origin of the page is missing: give --origin; try --help")?,
                method: method.unwrap_or_else(|| "GET".to_owned()),
                headers,
                credentials,
            };
            if !origins.is_empty() {
                return Err("a page has only one --origin; try --help".into());
            }
            (Task::Ask(question), 10)
        };
        Ok(Some(Self {
            task,
            json,
            timeout: timeout.unwrap_or(Duration::from_secs(patience)),
            cacert,
        }))
    }
}

fn check_page(origin: &str, url: &Url) -> Result<(), String> {
    let page = Page::try_at(origin).map_err(|error| format!("--origin: {error}"))?;
    page.try_api_at(&url.origin().ascii_serialization())
        .map(drop)
        .map_err(|_| format!("{url} has a host that no origin can have"))
}

fn parse_url(text: &str) -> Result<Url, String> {
    let wrong = |why| format!("{text:?} is not a URL that can be asked: {why}");
    let mut url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    if !["http", "https"].contains(&url.scheme()) {
        return Err(wrong("write http:// or https://".to_owned()));
    }
    // https://fetch.spec.whatwg.org/#dom-request, step 5.3.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "script cannot fetch a URL with a user name".to_owned(),
        ));
    }
    url.set_fragment(None);
    if !has_path_for_http(&url) {
        return Err(wrong(
            "its path is too long, or has bytes that HTTP does not allow".to_owned(),
        ));
    }
    Ok(url)
}

/// Whether the path and the query are valid in a request.
pub(crate) fn has_path_for_http(url: &Url) -> bool {
    url[Position::BeforePath..Position::AfterQuery]
        .parse::<PathAndQuery>()
        .is_ok()
}

fn parse_method(text: String) -> Result<String, String> {
    match Method::from_bytes(text.as_bytes()) {
        Ok(_) => Ok(text),
        Err(_) => Err(format!("--method: {text:?} is not a method")),
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
            "--header: {name:?} is not a header name: write 'Name: value' or Name"
        ));
    }
    if HeaderValue::from_str(value).is_err() {
        return Err(format!("--header: {value:?} is not a header value"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    /// A longer limit would be no limit.
    const MOST: f64 = 3600.0;
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= MOST => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!(
            "--timeout: {text:?} is not a number of seconds between 0 and {MOST}"
        )),
    }
}
