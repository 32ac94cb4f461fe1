//! The report for people: step by step, in the order in which it happened.

use std::fmt::Write as _;

use cors_runtime::test::{Exchange, Finding};

use crate::{
    arguments::Question,
    report::{Body, Report, Verdict},
    style::{Color, Style},
};

/// Longer texts are cut, because a server may send anything.
const MAX_LEN: usize = 300;

/// `text` with everything but printable ASCII escaped, so that it cannot control a terminal or begin a line.
/// `cors_runtime::test` escapes the exchanges. This is for the other texts that quote a server: errors, verdicts and findings.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::new();
    for character in text.chars().take(MAX_LEN) {
        match character {
            ' '..='~' => printable.push(character),
            _ => printable.extend(character.escape_default()),
        }
    }
    if text.chars().nth(MAX_LEN).is_some() {
        printable.push_str("...");
    }
    printable
}

pub(crate) fn steps(question: &Question, report: &Report, style: Style) -> String {
    let mut text = format!(
        "{} {} for a page of {}",
        question.method, question.url, question.origin
    );
    if question.credentials {
        text.push_str(", with credentials");
    }
    text.push('\n');
    if !report.trace.ignored.is_empty() {
        block(
            &mut text,
            "left out",
            [format!(
                "{}: browsers do not let script set this",
                report.trace.ignored.join(", ")
            )],
        );
    }
    if let Some(first) = report.trace.exchanges.first()
        && !first.is_preflight()
    {
        text.push_str("\nNo preflight: pages send such a request without asking first.\n");
    }
    let mut is_redirected = false;
    for (exchange, body) in report.trace.exchanges.iter().zip(&report.bodies) {
        if is_redirected {
            text.push_str("\nThe browser follows the redirect, and checks again.\n");
        }
        step(&mut text, exchange, *body, style);
        is_redirected = !exchange.is_preflight();
    }
    if matches!(report.verdict, Verdict::Blocked { .. }) {
        match report.trace.exchanges.last() {
            None => text.push_str("\nNothing is sent.\n"),
            Some(last) if last.is_preflight() => {
                text.push_str("\nThe request is not sent: its preflight failed.\n");
            }
            Some(_) => {}
        }
    }
    // A failure is printed as an error, on the other stream.
    if let Some(verdict) = verdict(&report.verdict, style) {
        let _ = write!(text, "\n{verdict}");
    }
    text
}

fn step(text: &mut String, exchange: &Exchange, body: Body, style: Style) {
    if exchange.is_preflight() {
        text.push_str("\nThe preflight\n");
        block(
            text,
            "needed for",
            exchange.reasons_for_preflight.iter().cloned(),
        );
    } else {
        text.push_str("\nThe request\n");
    }
    block(text, "browser asks", exchange.asked());
    let mut said = exchange.said();
    if !body.ended {
        said.push(format!(
            "of the body, {} bytes were read: no check needs more",
            body.bytes
        ));
    }
    block(text, "server says", said);
    let checks = exchange
        .findings
        .iter()
        .flat_map(|finding| check(finding, style));
    if exchange.findings.is_empty() {
        let none = "none: the page has the API's own origin".to_owned();
        block(text, "checks", [none]);
    } else {
        block(text, "checks", checks);
    }
}

fn check(finding: &Finding, style: Style) -> Vec<String> {
    let Finding {
        check,
        passed,
        says,
        needed,
        step,
        ..
    } = finding;
    let mark = if *passed {
        style.paint(Color::Green, "pass")
    } else {
        style.paint(Color::Red, "FAIL")
    };
    let mut lines = vec![format!("{mark}  {check}: {says}")];
    if let Some(needed) = needed {
        lines.push(format!("      needed: {needed}"));
    }
    if !passed {
        lines.push(format!("      see {step}"));
    }
    lines
}

fn verdict(verdict: &Verdict, style: Style) -> Option<String> {
    Some(match verdict {
        Verdict::Readable { status, headers } => {
            let headers = match &headers[..] {
                [] => "no headers".to_owned(),
                names => format!("the headers {}", printable(&names.join(", "))),
            };
            format!(
                "{}: script reads the answer, with the status {status} and {headers}\n",
                style.paint(Color::Green, "allowed")
            )
        }
        Verdict::Blocked { check, reason, .. } => {
            format!(
                "{} ({check}): {}\n",
                style.paint(Color::Red, "blocked"),
                printable(reason)
            )
        }
        Verdict::Failed(_) => return None,
    })
}

/// Writes lines with a word before the first of them.
fn block(text: &mut String, word: &str, lines: impl IntoIterator<Item = String>) {
    let mut word = word;
    for line in lines {
        let _ = writeln!(text, "  {word:12}  {line}");
        word = "";
    }
}
