//! One fetch: `Conversation` has the requests, and the connection sends them.

use std::ops::ControlFlow;

use cors_runtime::test::{Conversation, Fetch, NotAnOrigin, Outcome, Page, Trace};
use url::{Position, Url};

use crate::{
    arguments::Question,
    connection::{Client, End, Reply},
    redirect::Hop,
    report::{Body, Report, Verdict},
};

pub(crate) async fn play(question: &Question, client: &Client) -> Report {
    let mut report = Report {
        trace: Trace::default(),
        bodies: Vec::new(),
        verdict: Verdict::Failed(String::new()),
    };
    let mut hop = Hop::first(question);
    report.verdict = loop {
        let mut step = match begin(question, &hop) {
            Ok(step) => step,
            Err(error) => break Verdict::Failed(error.to_string()),
        };
        let outcome = loop {
            let conversation = match step {
                ControlFlow::Continue(conversation) => conversation,
                ControlFlow::Break(outcome) => break Ok(outcome),
            };
            let asked = client.ask(&hop.url, conversation.request()).await;
            let Reply { response, end } = match asked {
                Ok(answer) => answer,
                Err(error) => break Err((Trace::clone(conversation.trace()), error)),
            };
            report.bodies.push(Body {
                bytes: response.body.len(),
                ended: matches!(end, End::Complete),
            });
            step = match end {
                End::Complete | End::LeftOff => conversation.answered(response),
                End::BrokenOff(error) => conversation.broken_off(response, &error),
            };
        };
        let trace = match &outcome {
            Ok(outcome) => outcome.trace(),
            Err((trace, _)) => trace,
        };
        report.trace.ignored.clone_from(&trace.ignored);
        report.trace.exchanges.extend(trace.exchanges.clone());
        match outcome {
            Ok(Outcome::Redirect {
                status, location, ..
            }) => match hop.follow(status, &location, &question.origin) {
                Ok(next) => hop = next,
                Err(reason) => break Verdict::redirected(reason),
            },
            Ok(outcome) => break outcome.into(),
            Err((_, error)) => break Verdict::Failed(error),
        }
    };
    report
}

fn begin(
    question: &Question,
    hop: &Hop,
) -> Result<ControlFlow<Outcome, Conversation>, NotAnOrigin> {
    let mut fetch = Fetch::new(&hop.method, path(&hop.url));
    for (name, value) in &hop.headers {
        fetch = fetch.header(name, value);
    }
    if question.credentials {
        fetch = fetch.credentials();
    }
    let api = hop.url.origin().ascii_serialization();
    let as_page = Page::try_at(&question.origin)?.try_api_at(&api)?;
    let step = as_page.begin(fetch.clone());
    // Mixed content is checked for the page itself. A tainted request then has the origin `null`.
    if hop.is_tainted && step.is_continue() {
        return Ok(Page::try_at("null")?.try_api_at(&api)?.begin(fetch));
    }
    Ok(step)
}

/// The path and the query.
pub(crate) fn path(url: &Url) -> &str {
    &url[Position::BeforePath..Position::AfterQuery]
}
