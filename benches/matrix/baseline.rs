//! The baseline: committed counts of instructions, which a change must not exceed.

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;

use crate::cell::{Paths, ROWS, Situation, Subject};
use crate::report::Matrix;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline.tsv");
/// The part by which a count may grow.
const MARGIN: f64 = 0.05;
/// The instructions by which two runs differ, since hash tables have a seed of their own in each process.
const NOISE: f64 = 40.0;

/// Fails if the instructions that CORS adds to a request have grown.
pub fn check(matrix: &Matrix) -> Result<(), String> {
    let text = fs::read_to_string(FILE).map_err(|error| format!("{FILE}: {error}"))?;
    let baseline: HashMap<&str, f64> = text
        .lines()
        .filter_map(|line| line.rsplit_once('\t'))
        .filter_map(|(name, count)| Some((name, count.parse().ok()?)))
        .collect();
    let mut grown = String::new();
    let mut fallen = String::new();
    for (name, count) in counts(matrix) {
        let Some(before) = baseline.get(name.as_str()) else {
            let _ = writeln!(grown, "{name}: {count:.0}, and there is no baseline for it");
            continue;
        };
        let line = format!("{name}: {before} before, {count:.0} now\n");
        let margin = before.abs() * MARGIN + NOISE;
        if count > before + margin {
            grown.push_str(&line);
        } else if count < before - margin {
            fallen.push_str(&line);
        }
    }
    if !fallen.is_empty() {
        print!("fewer instructions than the baseline has:\n{fallen}");
    }
    if grown.is_empty() {
        println!("no instruction count grew by more than 5% and {NOISE} instructions");
        Ok(())
    } else {
        Err(format!(
            "more instructions than the baseline allows:\n{grown}\
             If that is on purpose: `cargo bench -p cors-benches -- --bless`, and say why in the commit."
        ))
    }
}

/// Makes the measured counts the baseline.
pub fn bless(matrix: &Matrix) -> Result<(), String> {
    let mut lines = String::new();
    for (name, count) in counts(matrix) {
        let _ = writeln!(lines, "{name}\t{count:.0}");
    }
    fs::write(FILE, lines).map_err(|error| format!("{FILE}: {error}"))
}

fn counts(matrix: &Matrix) -> impl Iterator<Item = (String, f64)> {
    ROWS.into_iter()
        .flat_map(|row| {
            [Subject::Resource, Subject::App, Subject::Fallback].map(|subject| (row, subject))
        })
        .filter(|(row, subject)| match row.situation {
            Situation::Ordinary => row.paths != Paths::Mixed,
            // The attribute alone does nothing for these requests.
            Situation::Unannotated | Situation::TurnedAway => *subject != Subject::Resource,
            Situation::First => false,
        })
        .filter_map(|(row, subject)| {
            let added = matrix.added(row, subject)?;
            Some((
                format!("{} / {}", row.name, subject.name()),
                added.instructions,
            ))
        })
}
