//! The report of an audit, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};
use url::Url;

use crate::{
    arguments::Audit,
    json::ascii,
    style::{Color, Style},
    text::printable,
};

use super::{
    answer::{Answer, Surface},
    attack::Attempt,
    finding::{Entry, Evidence, Finding, Severity},
};

pub(crate) struct Report {
    url: Url,
    trusted: Vec<String>,
    asked: String,
    requests: usize,
    entries: Vec<Entry>,
}

impl Report {
    pub(crate) fn new(
        url: Url,
        question: &Audit,
        attempts: &[Attempt],
        answers: &[Answer],
    ) -> Self {
        let evidence = Evidence {
            attempts,
            answers,
            asked: &question.method,
        };
        Self {
            entries: evidence.entries(),
            url,
            trusted: question.trusted.clone(),
            asked: question.method.clone(),
            requests: answers.len(),
        }
    }

    /// Whether there is a finding above a note.
    pub(crate) fn has_findings(&self) -> bool {
        self.findings()
            .any(|finding| finding.severity > Severity::Note)
    }

    fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.entries
            .iter()
            .filter_map(|entry| entry.finding.as_ref())
    }

    pub(crate) fn text(&self, style: Style) -> String {
        let mut text = format!(
            "audit of {}\n{} requests: GET, HEAD and preflights for {}, none with a cookie\n\n",
            self.url, self.requests, self.asked
        );
        for entry in &self.entries {
            let finding = entry.finding.as_ref();
            let mark = mark(finding.map(|finding| finding.severity), style);
            let says = printable(&entry.says);
            let surfaces = finding.map_or(String::new(), |finding| {
                format!(" ({})", self.surfaces(finding).join(", "))
            });
            let _ = writeln!(text, "{mark}  {:25}  {says}{surfaces}", entry.name);
            if let Some(finding) = finding {
                let _ = writeln!(text, "{:35}cure: {}", "", finding.cure);
            }
        }
        let above = self
            .findings()
            .filter(|finding| finding.severity > Severity::Note)
            .count();
        let verdict = match above {
            0 => style.paint(Color::Green, "nothing found"),
            _ => style.paint(Color::Red, &format!("{above} found")),
        };
        let _ = writeln!(
            text,
            "\n{verdict}, of {} that were tried; notes are not counted",
            self.entries.len()
        );
        text
    }

    pub(crate) fn document(&self) -> String {
        let document = json!({
            "audited": {
                "url": self.url.as_str(),
                "trusted": self.trusted,
                "method": self.asked,
            },
            "requests": self.requests,
            "tried": self.entries.iter().map(|entry| self.one(entry)).collect::<Value>(),
        });
        ascii(&format!("{document:#}\n"))
    }

    fn one(&self, entry: &Entry) -> Value {
        let finding = entry.finding.as_ref().map(|finding| {
            json!({
                "severity": severity(finding.severity),
                "origin": finding.origin,
                "where": self.surfaces(finding),
                "who": finding.who,
                "what": finding.what,
                "cure": finding.cure,
            })
        });
        json!({ "name": entry.name, "says": entry.says, "finding": finding })
    }

    fn surfaces(&self, finding: &Finding) -> Vec<String> {
        let name = |surface: &Surface| match surface {
            Surface::Preflight => format!("{} for {}", surface.name(), self.asked),
            _ => surface.name().to_owned(),
        };
        finding.surfaces.iter().map(name).collect()
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
    }
}

fn mark(found: Option<Severity>, style: Style) -> String {
    let word = found.map_or("ok", severity);
    let padded = format!("{word:6}");
    match found {
        None => style.paint(Color::Green, &padded),
        Some(Severity::Note) => padded,
        Some(Severity::Low) => style.paint(Color::Yellow, &padded),
        Some(Severity::Medium | Severity::High) => style.paint(Color::Red, &padded),
    }
}
