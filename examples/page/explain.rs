//! Explains a request: the library's model of a browser sends it to a copy of the API.

use actix_web::{
    HttpRequest, HttpResponse, Responder, Result,
    body::{self, MessageBody},
    dev::ServiceResponse,
    error::ErrorBadRequest,
    http::{Method, StatusCode, header, uri::PathAndQuery},
    post,
    test::{self, TestRequest},
    web,
};
use cors_runtime::test::{Check, Fetch, Outcome, Page};
use serde::{Deserialize, Serialize};

use super::super::{app, shop::Shop};
use super::Site;

/// A request as script describes it.
#[derive(Deserialize)]
struct Description {
    origin: String,
    method: String,
    path: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    #[serde(default)]
    credentials: bool,
    /// The request is the handshake of a web socket, and no `fetch`.
    #[serde(default)]
    socket: bool,
}

/// The response that script on that origin would see, and the reason.
#[derive(Serialize)]
struct Explanation {
    /// `readable`, `blocked` or `redirect`.
    outcome: &'static str,
    status: Option<u16>,
    /// One sentence. It is the policy's own if the policy refuses.
    reason: String,
    /// The whole report of the library's model. Empty for a web socket.
    account: String,
    /// Each check that the browser makes, in order.
    checks: Vec<CheckResult>,
}

#[derive(Serialize)]
struct CheckResult {
    preflight: bool,
    name: String,
    passed: bool,
    says: String,
}

/// The request goes to a copy of the shop, which is dropped, so that it changes nothing in the API's own shop.
#[post("/explain")]
pub(crate) async fn explain(
    request: HttpRequest,
    description: web::Json<Description>,
    site: web::Data<Site>,
    shop: web::Data<Shop>,
) -> Result<impl Responder> {
    let description = description.into_inner();
    let Description { origin, path, .. } = &description;
    if !path.starts_with('/') || path.parse::<PathAndQuery>().is_err() {
        return Err(ErrorBadRequest(format!("`{path}` is not a path of a URL.")));
    }
    let page = Page::try_at(origin)
        .and_then(|page| page.try_api_at(&site.api))
        .map_err(ErrorBadRequest)?;
    let copy = test::init_service(app(web::Data::new(shop.copy()))).await;
    if description.socket {
        let handshake = handshake(&description, &site.api).to_request();
        let response = response(test::try_call_service(&copy, handshake).await);
        let status = response.status();
        let reason = policy_reason(response).await;
        return Ok(web::Json(Explanation::of_handshake(status, reason)));
    }
    let refusal = match preflight(&description, &site.api) {
        Some(preflight) => {
            let preflight = preflight.to_request();
            policy_reason(response(test::try_call_service(&copy, preflight).await)).await
        }
        None => None,
    };
    let (page, fetch) = fetch(page, &request, description, &site.api);
    let outcome = page.fetch(&copy, fetch).await;
    Ok(web::Json(Explanation::of(&outcome, refusal)))
}

/// The page with its cookies, and the arguments of its script's `fetch`.
fn fetch(
    mut page: Page,
    request: &HttpRequest,
    description: Description,
    api: &str,
) -> (Page, Fetch) {
    for (name, value) in cookies_for_api(request, &description.origin, api) {
        page = page.cookie(&name, &value);
    }
    let mut fetch = Fetch::new(description.method, description.path);
    for (name, value) in description.headers {
        fetch = fetch.header(name, value);
    }
    if let Some(body) = description.body {
        fetch = fetch.body(body);
    }
    fetch = if description.credentials {
        fetch.credentials()
    } else {
        fetch.omit_credentials()
    };
    (page, fetch)
}

/// A preflight for the request, even if a browser would send none, because only its answer has the reason of a policy that refuses.
/// `None` for a method that no request can have.
fn preflight(description: &Description, api: &str) -> Option<TestRequest> {
    let asks_for = Method::from_bytes(description.method.as_bytes()).ok()?;
    let preflight = from_page(description, api)
        .method(Method::OPTIONS)
        .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, asks_for.as_str()));
    Some(preflight)
}

/// The request with which a browser opens a web socket.
fn handshake(description: &Description, api: &str) -> TestRequest {
    from_page(description, api)
        .insert_header((header::UPGRADE, "websocket"))
        .insert_header((header::CONNECTION, "Upgrade"))
        .insert_header((header::SEC_WEBSOCKET_VERSION, "13"))
        .insert_header((header::SEC_WEBSOCKET_KEY, "dGhlIHNhbXBsZSBub25jZQ=="))
}

fn from_page(description: &Description, api: &str) -> TestRequest {
    let host = api.rsplit('/').next().unwrap_or(api);
    TestRequest::with_uri(&description.path)
        .insert_header((header::HOST, host))
        .insert_header((header::ORIGIN, &*description.origin))
}

/// The response that a server would send.
fn response(result: Result<ServiceResponse<impl MessageBody + 'static>>) -> HttpResponse {
    match result {
        Ok(response) => response.into_parts().1.map_into_boxed_body(),
        Err(error) => error.error_response(),
    }
}

/// The reason in the body of a policy's 403, as a sentence.
async fn policy_reason(response: HttpResponse) -> Option<String> {
    if response.status() != StatusCode::FORBIDDEN {
        return None;
    }
    let body = body::to_bytes(response.into_body()).await.ok()?;
    let text = String::from_utf8_lossy(&body);
    Some(sentence(text.trim().strip_prefix("CORS: ")?))
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    let mut sentence: String = first.into_iter().chain(characters).collect();
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

/// The cookies that the browser has for the API. Cookies belong to a host with any port, so that a page on the API's own host has sent
/// them here as well. Pages of other hosts do not get them, because they are `SameSite`.
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

impl Explanation {
    fn of(outcome: &Outcome, refusal: Option<String>) -> Self {
        let trace = outcome.trace();
        let (kind, reason) = match outcome {
            Outcome::Readable { .. } => ("readable", readable(outcome)),
            Outcome::Blocked { check, reason, .. } => (
                "blocked",
                refusal.unwrap_or_else(|| blocked(*check, reason)),
            ),
            Outcome::Redirect { location, .. } => {
                ("redirect", format!("It goes on to {location}."))
            }
        };
        let checks = trace.exchanges.iter().flat_map(|exchange| {
            exchange.findings.iter().map(|finding| CheckResult {
                preflight: exchange.is_preflight(),
                name: finding.check.to_string(),
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
        }
    }

    fn of_handshake(status: StatusCode, refusal: Option<String>) -> Self {
        let is_open = status == StatusCode::SWITCHING_PROTOCOLS;
        Self {
            outcome: if is_open { "readable" } else { "blocked" },
            status: is_open.then(|| status.as_u16()),
            reason: refusal.unwrap_or_else(|| match status {
                StatusCode::SWITCHING_PROTOCOLS => {
                    "`enforce` lets this origin through to the handler.".to_owned()
                }
                status => format!("The answer to the handshake is {status}."),
            }),
            account: String::new(),
            checks: Vec::new(),
        }
    }
}

/// The reason in terms of the policy, for checks whose own reason names headers of the response.
fn blocked(check: Check, reason: &str) -> String {
    match check {
        Check::Credentials => {
            "The policy has no `credentials`, and script sends cookies.".to_owned()
        }
        Check::Wildcard => "The policy is for any origin, and script sends cookies.".to_owned(),
        _ => sentence(reason),
    }
}

/// The check on the response itself that lets script read it.
fn readable(outcome: &Outcome) -> String {
    let request = outcome.trace().request();
    let finding = request.and_then(|request| request.findings.first());
    finding.map_or_else(
        || "The request is to the page's own origin.".to_owned(),
        |finding| sentence(&finding.says),
    )
}
