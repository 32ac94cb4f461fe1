//! The report for people: step by step, in the order in which it happened.

use std::fmt::Write as _;

use cors_runtime::test::{Exchange, Finding};

use crate::{
    arguments::Arguments,
    report::{Body, Report, Verdict},
};

/// Longer texts are cut: a server may send anything.
const MAX_LEN: usize = 300;

/// `text` with all but printable ASCII escaped, so that nothing in it can act on a terminal or begin a line.
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

pub(crate) fn steps(arguments: &Arguments, report: &Report) -> String {
    let mut text = format!(
        "{} {} for a page of {}",
        arguments.method, arguments.url, arguments.origin
    );
    if arguments.credentials {
        text.push_str(", with credentials");
    }
    text.push('\n');
    if !report.trace.ignored.is_empty() {
        block(
            &mut text,
            "left out",
            [format!(
                "{}: browsers let no script set that",
                report.trace.ignored.join(", ")
            )],
        );
    }
    if let Some(first) = report.trace.exchanges.first()
        && !first.is_preflight()
    {
        text.push_str("\nNo preflight: pages send such a request without asking first.\n");
    }
    for (exchange, body) in report.trace.exchanges.iter().zip(&report.bodies) {
        step(&mut text, exchange, *body);
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
    // Where nothing came back at all, the error is a line of its own, on the other stream.
    let is_cross_origin = arguments.origin != arguments.url.origin().ascii_serialization();
    if let Some(verdict) = verdict(&report.verdict, is_cross_origin) {
        let _ = write!(text, "\n{verdict}");
    }
    text
}

fn step(text: &mut String, exchange: &Exchange, body: Body) {
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
    let checks = exchange.findings.iter().flat_map(check);
    if exchange.findings.is_empty() {
        let none = "none: the page is of the API's own origin".to_owned();
        block(text, "checks", [none]);
    } else {
        block(text, "checks", checks);
    }
}

fn check(finding: &Finding) -> Vec<String> {
    let Finding {
        check,
        passed,
        says,
        needed,
        step,
        ..
    } = finding;
    let mark = if *passed { "pass" } else { "FAIL" };
    let mut lines = vec![format!("{mark}  {check}: {says}")];
    if let Some(needed) = needed {
        lines.push(format!("      needed: {needed}"));
    }
    if !passed {
        lines.push(format!("      see {step}"));
    }
    lines
}

fn verdict(verdict: &Verdict, is_cross_origin: bool) -> Option<String> {
    Some(match verdict {
        Verdict::Readable { status, headers } => {
            let headers = match &headers[..] {
                [] => "no headers".to_owned(),
                names => format!("the headers {}", printable(&names.join(", "))),
            };
            format!("allowed: script reads the answer, with the status {status} and {headers}\n")
        }
        Verdict::Blocked { check, reason, .. } => {
            format!("blocked ({check}): {}\n", printable(reason))
        }
        Verdict::Redirect { status, location } => format!(
            "redirect: {status} to {}\n\
             A browser goes on there and checks again, so ask there as well{}.\n",
            printable(location),
            // https://fetch.spec.whatwg.org/#concept-request-tainted-origin
            if is_cross_origin {
                ": with --origin null, if it is not this server's own origin"
            } else {
                ""
            }
        ),
        Verdict::Failed(_) => return None,
    })
}

/// Lines under a word that stands before the first of them.
fn block(text: &mut String, word: &str, lines: impl IntoIterator<Item = String>) {
    let mut word = word;
    for line in lines {
        let _ = writeln!(text, "  {word:12}  {line}");
        word = "";
    }
}
