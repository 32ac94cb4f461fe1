//! Measures the cost of CORS for a request: each way to have it, against the same handlers without.
//!
//! `cargo bench -p cors-benches` prints the tables of `benches/RESULTS.md`, then times; `-- --check` compares the counts with
//! the baseline, `-- --bless` makes them the baseline, `-- --only WORD` counts the cells whose name has the word, and
//! `-- --serve SUBJECT ADDRESS` is the server that `benches/socket` puts under load.

mod actix;
mod baseline;
mod callgrind;
mod cell;
mod floor;
mod policies;
mod report;
mod request;
mod socket;
mod time;
mod tower;

use std::env;
use std::process::ExitCode;

use crate::report::Matrix;

fn main() -> ExitCode {
    // `cargo bench` adds `--bench`.
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args[..] {
        [callgrind::CHILD, word] => {
            callgrind::run_cells(&cell::named(word));
            Ok(())
        }
        [] => measure("").map(|()| time::print()),
        ["--only", word] => measure(word),
        ["--check"] => callgrind::least().and_then(|costs| baseline::check(&Matrix(costs))),
        ["--bless"] => callgrind::least().and_then(|costs| baseline::bless(&Matrix(costs))),
        ["--serve", subject, address] => socket::serve(subject, address),
        _ => Err(
            "arguments: none, `--only WORD`, `--check`, `--bless` or `--serve SUBJECT ADDRESS`"
                .to_owned(),
        ),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn measure(word: &str) -> Result<(), String> {
    let matrix = Matrix(callgrind::count(word)?);
    println!("{}", matrix.table());
    Ok(())
}
