//! The audit: sends GET, HEAD and preflights for many origins, as the pages of attackers would, and finds out what such pages could
//! do with the answers.

mod answer;
mod attack;
mod finding;
mod report;

use std::ops::ControlFlow;

use actix_web::http::header::{ORIGIN, REFERER};
use cors_runtime::test::{Conversation, Fetch, NotAnOrigin, Outcome, Page, Request};
use url::Url;

use crate::{
    arguments,
    connection::{Client, Reply},
    play::{self, path},
    report::Verdict,
};

use answer::{Access, Answer, Surface};
pub(crate) use report::Report;

/// An API over https, on another site than every page, so that each request is cross-site.
const API: &str = "https://cors-tester.invalid";
/// A path beside the URL that does not exist.
const MISSING: &str = "cors-tester-no-such-page";

/// Sends all requests. `Err` is the reason why there is no report, in one line.
pub(crate) async fn audit(question: &arguments::Audit, client: &Client) -> Result<Report, String> {
    let url = final_url(question, client).await?;
    let own = url.origin().ascii_serialization();
    let mut origins: Vec<Option<String>> = vec![None];
    origins.extend(question.trusted.iter().cloned().map(Some));
    let attempts = attack::attempts(&own, &question.trusted);
    origins.extend(attempts.iter().map(|attempt| Some(attempt.origin.clone())));

    let missing = url.join(MISSING).map_err(|error| error.to_string())?;
    let mut answers = Vec::new();
    for surface in Surface::ALL {
        let url = if surface == Surface::Missing {
            &missing
        } else {
            &url
        };
        for origin in &origins {
            // Every preflight has an origin.
            if surface == Surface::Preflight && origin.is_none() {
                continue;
            }
            let request = request(origin.as_deref(), surface, &question.method, url)?;
            let Reply { response, .. } = client.ask(url, &request).await?;
            answers.push(Answer {
                surface,
                origin: origin.clone(),
                response,
            });
        }
    }
    Ok(Report::new(url, question, &attempts, &answers))
}

/// The URL after redirects.
async fn final_url(question: &arguments::Audit, client: &Client) -> Result<Url, String> {
    let question = arguments::Question {
        url: question.url.clone(),
        // A page of the API's own origin may read everything, so only the redirects matter.
        origin: question.url.origin().ascii_serialization(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        credentials: false,
    };
    let report = play::play(&question, client).await;
    if let Verdict::Failed(error) = report.verdict {
        return Err(error);
    }
    let last = report.trace.exchanges.last();
    last.map_or(Ok(question.url), |last| {
        Url::parse(&last.request.url).map_err(|error| error.to_string())
    })
}

/// The request of a browser for a page of that origin, or for no page.
fn request(
    origin: Option<&str>,
    surface: Surface,
    asked: &str,
    url: &Url,
) -> Result<Request, String> {
    let page = origin.unwrap_or("null");
    let step = begin(page, surface, asked, path(url), Access::AsUser)
        .map_err(|error| error.to_string())?;
    let conversation = match step {
        ControlFlow::Continue(conversation) => conversation,
        ControlFlow::Break(outcome) => return Err(format!("--method: {outcome}")),
    };
    let mut request = conversation.request().clone();
    if origin.is_none() {
        request.headers.remove(ORIGIN);
        request.headers.remove(REFERER);
    }
    Ok(request)
}

fn begin(
    origin: &str,
    surface: Surface,
    asked: &str,
    path: &str,
    access: Access,
) -> Result<ControlFlow<Outcome, Conversation>, NotAnOrigin> {
    let mut fetch = Fetch::new(surface.method(asked), path);
    let is_asked = |method: &&str| method.eq_ignore_ascii_case(asked);
    if surface == Surface::Preflight && ["GET", "HEAD", "POST"].iter().any(is_asked) {
        // This header makes a preflight necessary for a safelisted method.
        fetch = fetch.header("authorization", "cors-tester");
    }
    if access == Access::AsUser {
        fetch = fetch.credentials();
    }
    Ok(Page::try_at(origin)?.try_api_at(API)?.begin(fetch))
}
