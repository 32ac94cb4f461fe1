//! The tables of `benches/RESULTS.md`.

use std::fmt::{self, Write};

use crate::callgrind::Cost;
use crate::cell::{Cell, ROWS, Row, Subject};

/// The costs of all cells.
pub struct Matrix(pub Vec<(Cell, Cost)>);

impl Matrix {
    pub fn cost(&self, row: &str, subject: Subject) -> Option<Cost> {
        self.0
            .iter()
            .find(|(cell, _)| cell.row.name == row && cell.subject == subject)
            .map(|&(_, cost)| cost)
    }

    /// The cost that CORS adds to a request.
    pub fn added(&self, row: Row, subject: Subject) -> Option<Cost> {
        let cost = self.cost(row.name, subject)?;
        let base = self.cost(row.name, subject.base(row.ask))?;
        Some(Cost {
            instructions: cost.instructions - base.instructions,
            allocations: cost.allocations - base.allocations,
        })
    }

    pub fn table(&self) -> String {
        [
            self.section("Added instructions and allocations", |row, subject| {
                let added = self.added(row, subject)?;
                Some(format!(
                    "{:.0} {:+.0}",
                    added.instructions, added.allocations
                ))
            }),
            self.section("Added instructions, × by hand", |row, subject| {
                let floor = self.added(row, Subject::ByHand)?.instructions;
                Some(format!(
                    "{:.2}",
                    self.added(row, subject)?.instructions / floor
                ))
            }),
            self.section("Whole request, × bare", |row, subject| {
                let bare = match subject {
                    Subject::TowerHttp => Subject::TowerBare,
                    _ => Subject::Bare,
                };
                let bare = self.cost(row.name, bare)?.instructions;
                Some(format!(
                    "{:.2}",
                    self.cost(row.name, subject)?.instructions / bare
                ))
            }),
            self.targets(),
        ]
        .join("\n")
    }

    fn section(&self, title: &str, cell: impl Fn(Row, Subject) -> Option<String>) -> String {
        let mut text = format!("### {title}\n\n|");
        for subject in Subject::COLUMNS {
            let _ = write!(text, " | {}", subject.name());
        }
        text.push_str(" |\n| ---");
        text.push_str(&" | ---:".repeat(Subject::COLUMNS.len()));
        text.push_str(" |\n");
        for row in ROWS {
            if self.cost(row.name, Subject::Bare).is_none() {
                continue;
            }
            let _ = write!(text, "| {}", row.name);
            for subject in Subject::COLUMNS {
                let _ = write!(text, " | {}", cell(row, subject).unwrap_or_default());
            }
            text.push_str(" |\n");
        }
        text
    }

    fn targets(&self) -> String {
        let mut text =
            "### Targets\n\n| | is | at most | |\n| --- | ---: | ---: | --- |\n".to_owned();
        for target in TARGETS {
            let is = (self.instructions(target.of), self.instructions(target.over));
            let (Some(of), Some(over)) = is else {
                continue;
            };
            let ratio = of / over;
            let met = if ratio <= target.at_most {
                "met"
            } else {
                "**missed**"
            };
            let _ = writeln!(
                text,
                "| {}, × {} | {ratio:.2} | {} | {met} |",
                target.of, target.over, target.at_most,
            );
        }
        text
    }

    fn instructions(&self, figure: Figure) -> Option<f64> {
        let row = ROWS.into_iter().find(|row| row.name == figure.row)?;
        if figure.is_whole {
            Some(self.cost(row.name, figure.subject)?.instructions)
        } else {
            Some(self.added(row, figure.subject)?.instructions)
        }
    }
}

/// A cost to compare: that of a whole request, or the part that CORS adds.
#[derive(Clone, Copy)]
struct Figure {
    row: &'static str,
    subject: Subject,
    is_whole: bool,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = if self.is_whole { ", the whole" } else { "" };
        write!(f, "{}: {}{whole}", self.row, self.subject.name())
    }
}

/// A bound on a ratio.
struct Target {
    of: Figure,
    over: Figure,
    at_most: f64,
}

const fn added(row: &'static str, subject: Subject) -> Figure {
    Figure {
        row,
        subject,
        is_whole: false,
    }
}

const fn whole(row: &'static str, subject: Subject) -> Figure {
    Figure {
        is_whole: true,
        ..added(row, subject)
    }
}

const fn target(
    of: &'static str,
    who: Subject,
    over: &'static str,
    whom: Subject,
    at_most: f64,
) -> Target {
    ratio(added(of, who), added(over, whom), at_most)
}

const fn ratio(of: Figure, over: Figure, at_most: f64) -> Target {
    Target { of, over, at_most }
}

const ALLOWED: &str = "actual, allowed";
const PREFLIGHT: &str = "preflight, allowed";

const NEW: &str = "preflight, 100 dynamic, a new path";
const KNOWN: &str = "preflight, 100 dynamic, a known path";
const TURNED_AWAY: &str = "401, 100 dynamic, a known path";

#[rustfmt::skip]
const TARGETS: [Target; 30] = {
    use Subject::{ActixCors, App, Bare, ByHand, Fallback, Resource};
    [
        target(ALLOWED, Resource, ALLOWED, ByHand, 1.1),
        target(ALLOWED, App, ALLOWED, ByHand, 1.45),
        target(ALLOWED, Resource, ALLOWED, ActixCors, 0.6),
        target(ALLOWED, App, ALLOWED, ActixCors, 0.65),
        target(PREFLIGHT, App, PREFLIGHT, ActixCors, 0.5),
        target(PREFLIGHT, Resource, PREFLIGHT, ActixCors, 0.85),
        target("actual, refused", Resource, ALLOWED, Resource, 1.0),
        target("actual, refused", App, ALLOWED, App, 1.0),
        target("preflight, refused", Resource, PREFLIGHT, Resource, 1.0),
        target("preflight, refused", App, PREFLIGHT, App, 1.0),
        target("64 KiB of commas", Resource, PREFLIGHT, Resource, 1.02),
        target("64 KiB of commas", App, PREFLIGHT, App, 1.02),
        target("64 KiB of lines", Resource, PREFLIGHT, Resource, 1.02),
        target("64 KiB of lines", App, PREFLIGHT, App, 1.02),
        target("64 KiB of blanks", Resource, PREFLIGHT, Resource, 1.02),
        target("64 KiB of blanks", App, PREFLIGHT, App, 1.02),
        // The whole, since the attribute adds next to nothing: its guard is cheaper than actix's.
        ratio(whole("10,000 origins", Resource), whole(ALLOWED, Resource), 1.05),
        ratio(whole("10,000 origins", App), whole(ALLOWED, App), 1.05),
        target("preflight, 1,000 routes", App, PREFLIGHT, App, 1.02),
        ratio(whole(NEW, App), whole("100 dynamic", Bare), 1.15),
        ratio(whole(NEW, Resource), whole("100 dynamic", Bare), 2.0),
        ratio(whole("preflight, 100 dynamic in a scope, a new path", App), whole("100 dynamic in a scope", Bare), 1.15),
        target(KNOWN, App, PREFLIGHT, ActixCors, 0.6),
        target("preflight, 100 dynamic in a scope, a known path", App, PREFLIGHT, ActixCors, 0.6),
        target("unannotated, 100 dynamic", App, ALLOWED, ActixCors, 1.0),
        target("unannotated, 100 dynamic", Fallback, ALLOWED, ActixCors, 1.0),
        target("unannotated, 300 dynamic", App, "unannotated, 100 dynamic", App, 1.05),
        target("unannotated, 300 dynamic", Fallback, "unannotated, 100 dynamic", Fallback, 1.05),
        target(TURNED_AWAY, App, TURNED_AWAY, ActixCors, 2.0),
        ratio(whole("the first preflight, 1,300 routes", App), whole("a later preflight, 1,300 routes", App), 20.0),
    ]
};
