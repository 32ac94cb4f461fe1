//! Puts the app of the example server under minutes of load.
//!
//! A process of its own serves the app in a release build. Slices of mixed traffic take turns with measurements of throughput, of that
//! server and of [the same app without CORS](bare). The run fails if an answer is not the one that the policy of its request gives, if a
//! request gets no answer, and if resident memory grows.
//!
//! `cargo bench -p cors-benches --bench soak` runs five minutes; `-- --seconds 20` is a quick run. It uses loopback alone.

mod bare;
mod cases;
mod client;
mod memory;
mod mixed;
mod partners;
mod process;
mod serve;
mod throughput;
mod traffic;

// This program contains the app, as the example's tests do.
#[allow(dead_code, reason = "the program around the app is not run here")]
#[path = "../../examples/server.rs"]
mod server;

use std::env;
use std::fs;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::runtime;
use tokio::task::LocalSet;

use crate::memory::Memory;
use crate::partners::Replacer;
use crate::process::{Server, Subject};
use crate::throughput::Throughput;
use crate::traffic::Traffic;

const SECONDS: u64 = 300;
/// The time of mixed traffic between two measurements of throughput.
const SLICE: Duration = Duration::from_secs(8);
const MEASUREMENT: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    // `cargo bench` adds `--bench`.
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args[..] {
        [serve::CHILD, subject] => serve::serve(subject),
        [] => soak(SECONDS),
        ["--seconds", seconds] => match seconds.parse() {
            Ok(seconds @ 10..=86_400) => soak(seconds),
            _ => Err("--seconds takes a number from 10 to 86400".to_owned()),
        },
        _ => Err("arguments: none, or `--seconds NUMBER`".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn soak(seconds: u64) -> Result<(), String> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
    LocalSet::new().block_on(&runtime, run(Duration::from_secs(seconds)))
}

async fn run(time: Duration) -> Result<(), String> {
    let load_before = load();
    let end = Instant::now() + time;
    let (mut cors, mut bare) = (Server::start(Subject::Cors)?, Server::start(Subject::Bare)?);
    let replacer = Replacer::new(cors.take_control())?;
    let traffic = Rc::new(Traffic::new(cors.address(), replacer.epoch()));
    throughput::the_apps_are_the_same(&cors, &bare).await?;

    mixed::slice(&traffic, &replacer, Instant::now() + time / 5, || ()).await?;
    let mut memory = Memory::default();
    let mut throughput = Throughput::default();
    while Instant::now() < end {
        let until = end.min(Instant::now() + SLICE);
        mixed::slice(&traffic, &replacer, until, || {
            memory.sample(cors.resident());
        })
        .await?;
        throughput.round(&cors, &bare, MEASUREMENT).await?;
        if traffic.has_failed() {
            break;
        }
    }
    cors.is_running()?;
    bare.is_running()?;

    println!(
        "{} s, load of the machine {load_before} before and {} after\n\n{}\n{}\n{}",
        time.as_secs(),
        load(),
        traffic.table(replacer.counts()),
        memory.table(),
        throughput.table(),
    );
    traffic.failure()?;
    memory.check()
}

/// The load average of the last minute.
fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("?").to_owned()
}
