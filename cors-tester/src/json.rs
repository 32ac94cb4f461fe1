//! The report for programs. `docs/cors-tester.md` explains the members.

use std::fmt::Write as _;

use actix_web::http::header::HeaderMap;
use cors_runtime::test::{Exchange, Finding};
use serde_json::{Value, json};

use crate::{
    arguments::Question,
    report::{Body, Report, Verdict},
};

pub(crate) fn document(question: &Question, report: &Report) -> String {
    let exchanges = report.trace.exchanges.iter().zip(&report.bodies);
    let document = json!({
        "asked": {
            "url": question.url.as_str(),
            "origin": question.origin,
            "method": question.method,
            "credentials": question.credentials,
        },
        "ignored": report.trace.ignored,
        "exchanges": exchanges.map(exchange).collect::<Value>(),
        "verdict": verdict(&report.verdict),
    });
    ascii(&format!("{document:#}\n"))
}

/// The document in place of a report, after an error.
pub(crate) fn error(error: &str) -> String {
    ascii(&format!("{:#}\n", json!({ "error": error })))
}

fn exchange((exchange, body): (&Exchange, &Body)) -> Value {
    let Exchange {
        reasons_for_preflight,
        request,
        response,
        findings,
        ..
    } = exchange;
    json!({
        "preflight": exchange.is_preflight(),
        "reasons_for_preflight": reasons_for_preflight,
        "request": {
            "method": request.method.as_str(),
            "url": request.url,
            "headers": headers(&request.headers),
        },
        "response": {
            "status": response.status.as_u16(),
            "headers": headers(&response.headers),
            "body": { "bytes_read": body.bytes, "ended": body.ended },
        },
        "checks": findings.iter().map(finding).collect::<Value>(),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "check": finding.check.to_string(),
        "passed": finding.passed,
        "says": finding.says,
        "needed": finding.needed,
        "step": finding.step,
    })
}

/// Sorted by name, with the values of a name in their order. Bytes become characters as they do for script, see
/// <https://webidl.spec.whatwg.org/#idl-ByteString>.
fn headers(headers: &HeaderMap) -> Value {
    let mut all: Vec<_> = headers.iter().collect();
    all.sort_by_key(|(name, _)| name.as_str());
    all.into_iter()
        .map(|(name, value)| {
            let value: String = value.as_bytes().iter().copied().map(char::from).collect();
            json!({ "name": name.as_str(), "value": value })
        })
        .collect()
}

fn verdict(verdict: &Verdict) -> Value {
    match verdict {
        Verdict::Readable { status, headers } => json!({
            "is": "allowed",
            "status": status,
            "headers": headers,
        }),
        Verdict::Blocked {
            check,
            reason,
            needed,
        } => json!({
            "is": "blocked",
            "check": check,
            "reason": reason,
            "needed": needed,
        }),
        Verdict::Failed(error) => json!({
            "is": "error",
            "error": error,
        }),
    }
}

/// The document in printable ASCII, because other characters can control a terminal. JSON has these only in strings, where they can
/// be escaped.
pub(crate) fn ascii(document: &str) -> String {
    let mut ascii = String::with_capacity(document.len());
    for character in document.chars() {
        if matches!(character, ' '..='~' | '\n') {
            ascii.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii
}
