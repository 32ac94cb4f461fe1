//! The tables.

use std::fmt::Write;

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

    /// What CORS costs a request.
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
                "| {}: {}, × {}: {} | {ratio:.2} | {} | {met} |",
                target.of.0,
                target.of.1.name(),
                target.over.0,
                target.over.1.name(),
                target.at_most,
            );
        }
        text
    }

    fn instructions(&self, (name, subject): (&str, Subject)) -> Option<f64> {
        let row = ROWS.into_iter().find(|row| row.name == name)?;
        Some(self.added(row, subject)?.instructions)
    }
}

/// A bound on a ratio of added instructions.
struct Target {
    of: (&'static str, Subject),
    over: (&'static str, Subject),
    at_most: f64,
}

const fn target(
    of: &'static str,
    who: Subject,
    over: &'static str,
    whom: Subject,
    at_most: f64,
) -> Target {
    Target {
        of: (of, who),
        over: (over, whom),
        at_most,
    }
}

const ALLOWED: &str = "actual, allowed";
const PREFLIGHT: &str = "preflight, allowed";

const TARGETS: [Target; 19] = {
    use Subject::{ActixCors, App, ByHand, Resource};
    [
        target(ALLOWED, Resource, ALLOWED, ByHand, 1.1),
        target(ALLOWED, App, ALLOWED, ByHand, 1.1),
        target(ALLOWED, Resource, ALLOWED, ActixCors, 0.6),
        target(ALLOWED, App, ALLOWED, ActixCors, 0.6),
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
        target("10,000 origins", Resource, ALLOWED, Resource, 1.2),
        target("10,000 origins", App, ALLOWED, App, 1.2),
        target("preflight, 1,000 routes", App, PREFLIGHT, App, 1.02),
    ]
};
