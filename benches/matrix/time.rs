//! Measures the time of each cell, which counts of instructions do not show.

use std::fmt;
use std::time::Duration;

use divan::counter::ItemsCount;
use divan::{Bencher, Divan};

use crate::cell::{self, Cell};

/// The number of requests of one sample.
const REQUESTS: u32 = 64;

/// Prints the time of each cell, including that of building its requests.
pub fn print() {
    Divan::default().max_time(Duration::from_millis(100)).main();
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

#[divan::bench(args = cell::named(""))]
fn requests(bencher: Bencher<'_, '_>, cell: &Cell) {
    let mut run = cell.run();
    bencher
        .counter(ItemsCount::new(REQUESTS))
        .bench_local(|| run(REQUESTS));
}
