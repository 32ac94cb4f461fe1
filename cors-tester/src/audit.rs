//! What the pages of attackers would try: many origins, asked for with GET, HEAD and preflights, and what their pages could
//! make of the answers.

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
    connection::{Answer as Answered, Client},
    play::{self, path},
    report::Verdict,
};

use answer::{Answer, Surface};
pub(crate) use report::Report;

/// The pages are no neighbours of this API, and came over https as it did: their requests are what any stranger's are.
const API: &str = "https://cors-tester.invalid";
/// Nobody has it; the errors of the path beside it are those of the URL.
const MISSING: &str = "cors-tester-no-such-page";

/// Sends all that there is to try. `Err` is why nothing can be said, in one line.
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
            // A preflight without an origin is none.
            if surface == Surface::Preflight && origin.is_none() {
                continue;
            }
            let request = request(origin.as_deref(), surface, &question.method, url)?;
            let Answered { response, .. } = client.ask(url, &request).await?;
            answers.push(Answer {
                surface,
                origin: origin.clone(),
                response,
            });
        }
    }
    Ok(Report::new(url, question, &attempts, &answers))
}

/// Where a browser ends up that goes to the URL.
async fn final_url(question: &arguments::Audit, client: &Client) -> Result<Url, String> {
    let question = arguments::Question {
        url: question.url.clone(),
        // A page may always read what is of its own origin, so nothing but the redirects matters here.
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

/// What a browser sends for a page of that origin, or for no page at all.
fn request(
    origin: Option<&str>,
    surface: Surface,
    asked: &str,
    url: &Url,
) -> Result<Request, String> {
    let page = origin.unwrap_or("null");
    let step = begin(page, surface, asked, path(url), true).map_err(|error| error.to_string())?;
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
    credentials: bool,
) -> Result<ControlFlow<Outcome, Conversation>, NotAnOrigin> {
    let mut fetch = Fetch::new(surface.method(asked), path);
    let needs_none = |method: &&str| method.eq_ignore_ascii_case(asked);
    if surface == Surface::Preflight && ["GET", "HEAD", "POST"].iter().any(needs_none) {
        // So that one comes all the same.
        fetch = fetch.header("authorization", "cors-tester");
    }
    if credentials {
        fetch = fetch.credentials();
    }
    Ok(Page::try_at(origin)?.try_api_at(API)?.begin(fetch))
}
