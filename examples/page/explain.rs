//! What the policies say of a request: the library's own model of a browser, asked about a copy of the API.

use actix_web::{
    HttpRequest, Responder, Result, error::ErrorBadRequest, http::header, http::uri::PathAndQuery,
    post, test, web,
};
use cors_runtime::test::{Fetch, Outcome, Page};
use serde::{Deserialize, Serialize};

use super::super::{app, shop::Shop};
use super::Site;

/// A request as script describes it.
#[derive(Deserialize)]
struct Asked {
    origin: String,
    method: String,
    path: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    #[serde(default)]
    credentials: bool,
}

/// What script on that origin would see, and why.
#[derive(Serialize)]
struct Told {
    /// `readable`, `blocked` or `redirect`.
    outcome: &'static str,
    status: Option<u16>,
    /// One sentence.
    reason: String,
    /// The whole account.
    account: String,
    /// Each check that the browser makes, in order.
    checks: Vec<Checked>,
    /// Whether the API gets the request itself, not the preflight alone.
    sent: bool,
}

#[derive(Serialize)]
struct Checked {
    preflight: bool,
    check: String,
    passed: bool,
    says: String,
}

/// Sent to the API for real, the same request changes the shop; here it changes a copy that is then forgotten.
#[post("/explain")]
pub(crate) async fn explain(
    request: HttpRequest,
    asked: web::Json<Asked>,
    site: web::Data<Site>,
    shop: web::Data<Shop>,
) -> Result<impl Responder> {
    let asked = asked.into_inner();
    if !asked.path.starts_with('/') || asked.path.parse::<PathAndQuery>().is_err() {
        return Err(ErrorBadRequest("That is no path."));
    }
    let mut page = Page::try_at(&asked.origin)
        .and_then(|page| page.try_api_at(&site.api))
        .map_err(ErrorBadRequest)?;
    for (name, value) in cookies_for_api(&request, &asked.origin, &site.api) {
        page = page.cookie(&name, &value);
    }
    let mut fetch = Fetch::new(asked.method, asked.path);
    for (name, value) in asked.headers {
        fetch = fetch.header(name, value);
    }
    if let Some(body) = asked.body {
        fetch = fetch.body(body);
    }
    fetch = if asked.credentials {
        fetch.credentials()
    } else {
        fetch.omit_credentials()
    };
    let copy = test::init_service(app(web::Data::new(shop.copy()))).await;
    Ok(web::Json(Told::of(&page.fetch(&copy, fetch).await)))
}

/// The cookies that the browser has for the API. Cookies know hosts and no ports, so a page on the API's own host
/// has sent them here as well; those of other sites do not get them, for they are `SameSite`.
fn cookies_for_api(request: &HttpRequest, origin: &str, api: &str) -> Vec<(String, String)> {
    let sender = request.headers().get(header::ORIGIN);
    let is_here = sender.is_some_and(|sender| sender == origin);
    let host = |url: &str| url.rsplit_once(':').map(|(host, _)| host.to_owned());
    if !is_here || host(origin) != host(api) {
        return Vec::new();
    }
    let lines = request.headers().get_all(header::COOKIE);
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split("; "))
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, value)| !name.contains(';') && !value.contains(';'))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

impl Told {
    fn of(outcome: &Outcome) -> Self {
        let trace = outcome.trace();
        let (kind, reason) = match outcome {
            Outcome::Readable { .. } => ("readable", readable(outcome)),
            Outcome::Blocked { check, reason, .. } => ("blocked", format!("{check}: {reason}")),
            Outcome::Redirect { location, .. } => ("redirect", format!("it goes on to {location}")),
        };
        let checks = trace.exchanges.iter().flat_map(|exchange| {
            exchange.findings.iter().map(|finding| Checked {
                preflight: exchange.is_preflight(),
                check: finding.check.to_string(),
                passed: finding.passed,
                says: finding.says.clone(),
            })
        });
        Self {
            outcome: kind,
            status: outcome.status().map(|status| status.as_u16()),
            reason,
            account: outcome.to_string(),
            checks: checks.collect(),
            sent: trace.request().is_some(),
        }
    }
}

/// What let script read: the last check on the response itself.
fn readable(outcome: &Outcome) -> String {
    let request = outcome.trace().request();
    let says = request.and_then(|request| request.findings.first());
    says.map_or_else(
        || "a request to the page's own origin".to_owned(),
        |finding| finding.says.clone(),
    )
}
