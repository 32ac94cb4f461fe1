//! The conversation: the engine says what to send, the connection sends it.

use std::ops::ControlFlow;

use actix_web::rt::time::Instant;
use cors_runtime::test::Trace;

use crate::{
    arguments::Arguments,
    connection::{Answer, End, Server},
    report::{Body, Report, Verdict},
    tls::Tls,
};

pub(crate) async fn play(arguments: &Arguments, tls: Option<&Tls>) -> Report {
    let server = Server {
        url: &arguments.url,
        tls,
        deadline: Instant::now() + arguments.timeout,
        timeout: arguments.timeout,
    };
    let mut bodies = Vec::new();
    let mut step = arguments.page.begin(arguments.fetch.clone());
    loop {
        let conversation = match step {
            ControlFlow::Continue(conversation) => conversation,
            ControlFlow::Break(outcome) => {
                return Report {
                    trace: outcome.trace().clone(),
                    bodies,
                    verdict: outcome.into(),
                };
            }
        };
        let Answer { response, end } = match server.ask(conversation.request()).await {
            Ok(answer) => answer,
            Err(error) => {
                return Report {
                    trace: Trace::clone(conversation.trace()),
                    bodies,
                    verdict: Verdict::Failed(error),
                };
            }
        };
        bodies.push(Body {
            bytes: response.body.len(),
            ended: matches!(end, End::Complete),
        });
        step = match end {
            End::Complete | End::LeftOff => conversation.answered(response),
            End::BrokenOff(error) => conversation.broken_off(response, &error),
        };
    }
}
