//! Counts instructions with callgrind, and allocations with an allocator that counts.
//!
//! One child process runs all cells under callgrind, which counts inside of [`measured`] alone and dumps its counts when that function
//! returns. Each cell runs twice, with different numbers of requests: the difference is the cost of the requests alone.

use std::alloc::System;
use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use crate::cell::{self, Cell, Run, Situation};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The first argument of the child.
pub const CHILD: &str = "--under-callgrind";

/// Requests that fill pools and tables.
const WARM_UP: u32 = 16;
const SHORT: u32 = 8;
const LONG: u32 = 24;
/// The number of runs with the stack at different addresses.
const SHIFTS: u32 = 4;

/// The cost of one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    pub instructions: f64,
    pub allocations: f64,
}

/// Runs the cells, in the child process.
pub fn run_cells(cells: &[Cell]) {
    for cell in cells {
        let mut run = cell.run();
        if cell.row.situation == Situation::First {
            measured(&mut run, 1);
            measured(&mut run, 1);
            continue;
        }
        run(WARM_UP);
        measured(&mut run, SHORT);
        measured(&mut run, LONG);
    }
}

#[inline(never)]
fn measured(run: &mut Run, times: u32) {
    for depth in 0..SHIFTS {
        shifted(depth, run, times);
    }
}

/// The cost of copying a block depends on its address, so that each of these runs has the stack at another address.
#[inline(never)]
fn shifted(depth: u32, run: &mut Run, times: u32) {
    let mut shift = [0_u64; 2];
    black_box(&mut shift);
    if depth == 0 {
        run(times);
    } else {
        shifted(depth - 1, run, times);
    }
    black_box(&mut shift);
}

/// The costs of the cells with this word in their names.
pub fn count(word: &str) -> Result<Vec<(Cell, Cost)>, String> {
    let folder = env::temp_dir().join(format!("cors-matrix-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let costs = count_in(&folder, word);
    let _ = fs::remove_dir_all(&folder);
    costs
}

/// The least of three counts: each process has its own seed for hash tables, and some seeds cost more.
pub fn least() -> Result<Vec<(Cell, Cost)>, String> {
    let mut least = count("")?;
    for _ in 1..3 {
        for ((_, cost), (_, again)) in least.iter_mut().zip(count("")?) {
            cost.instructions = cost.instructions.min(again.instructions);
        }
    }
    Ok(least)
}

fn count_in(folder: &Path, word: &str) -> Result<Vec<(Cell, Cost)>, String> {
    let program = env::current_exe().map_err(|error| format!("the program itself: {error}"))?;
    let (Some(program_folder), Some(name)) = (program.parent(), program.file_name()) else {
        return Err(format!("{} is no file", program.display()));
    };
    let dumps = folder.join("dump");
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .args([
            "--zero-before=matrix::callgrind::measured",
            "--toggle-collect=matrix::callgrind::measured",
            "--dump-after=matrix::callgrind::measured",
            // Called while callgrind counts, these switch it off.
            "--toggle-collect=matrix::actix::Requests::build",
            "--toggle-collect=matrix::tower::Requests::build",
        ])
        .arg(format!("--callgrind-out-file={}", dumps.display()))
        // The path is on the stack, so that its length must be the same on every machine.
        .arg(Path::new(".").join(name))
        .current_dir(program_folder)
        .args([CHILD, word])
        // The environment is on the stack as well.
        .env_clear()
        // A large block can grow in place only if the memory behind it is free: this gives each a mapping of its own.
        .env("GLIBC_TUNABLES", "glibc.malloc.mmap_threshold=16384")
        .stdout(Stdio::null())
        .output()
        .map_err(|error| format!("valgrind is needed (apt-get install valgrind): {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let read = |number: usize| {
        let path = folder.join(format!("dump.{number}"));
        fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))
            .and_then(|dump| total(&dump).ok_or_else(|| format!("{}: no totals", path.display())))
    };
    cell::named(word)
        .into_iter()
        .enumerate()
        .map(|(index, cell)| {
            let (short, long) = (read(2 * index + 1)?, read(2 * index + 2)?);
            let requests = f64::from(SHIFTS * (LONG - SHORT));
            let cost = Cost {
                instructions: if cell.row.situation == Situation::First {
                    // One run of the first count is the first request. The other runs cost as much as those of the second count.
                    short - long * f64::from(SHIFTS - 1) / f64::from(SHIFTS)
                } else {
                    (long - short) / requests
                },
                allocations: allocations(cell),
            };
            Ok((cell, cost))
        })
        .collect()
}

/// Reads a dump: <https://valgrind.org/docs/manual/cl-format.html>.
fn total(dump: &str) -> Option<f64> {
    dump.lines()
        .find_map(|line| line.strip_prefix("totals: "))
        .and_then(|total| total.trim().parse().ok())
}

/// The number of allocations of a request.
fn allocations(cell: Cell) -> f64 {
    let mut run = cell.run();
    run(WARM_UP);
    let mut count = |times| {
        let region = Region::new(ALLOCATOR);
        run(times);
        let change = region.change();
        i32::try_from(change.allocations + change.reallocations).map_or(f64::NAN, f64::from)
    };
    let short = count(SHORT);
    (count(LONG) - short) / f64::from(LONG - SHORT)
}
