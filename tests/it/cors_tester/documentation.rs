//! The transcripts in `docs/cors-tester.md` are what the program prints about the example server. `CORS_REGENERATE=1` writes them anew.

use std::{env, fs};

use super::run::{Said, run};
use crate::programs::example::Example;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cors-tester.md");
const START: &str = "```console\n$ ";
const COMMAND: &str = "cargo run --quiet -p cors-tester -- ";
const END: &str = "```\n";
/// The default addresses of the example server.
const API: &str = "http://127.0.0.1:8080";
const PAGE: &str = "http://127.0.0.1:8081";
/// The only part of the output that differs from run to run.
const DATE: &str = "\"name\": \"date\",\n            \"value\": \"";

#[test]
fn each_transcript_is_what_the_program_prints() {
    let example = Example::start();
    let api = example.at("");
    let text = fs::read_to_string(FILE).expect("the file can be read");
    let mut parts = text.split(START);
    let mut written = parts.next().expect("an introduction").to_owned();
    let mut statuses = Vec::new();
    for part in parts {
        let (command, rest) = part.split_once('\n').expect("a line");
        let (_, after) = rest.split_once(END).expect("an end");
        let arguments = command.strip_prefix(COMMAND).expect(command);
        let arguments = arguments.replace(API, &api).replace(PAGE, &example.page);
        let Said {
            status,
            stdout,
            stderr,
        } = run(&arguments);
        // Only the ports are replaced, for the audit also tries other host names with these ports.
        let said = format!("{stdout}{stderr}")
            .replace(port(&api), port(API))
            .replace(port(&example.page), port(PAGE));
        let said = undated(&said);
        for part in [START, command, "\n", &said, END, after] {
            written += part;
        }
        statuses.push(status);
    }
    for status in [0, 1] {
        assert!(
            statuses.contains(&Some(status)),
            "one that ends with {status}: {statuses:?}"
        );
    }
    if env::var_os("CORS_REGENERATE").is_some() {
        fs::write(FILE, &written).expect("the file can be written");
    } else {
        assert!(
            text == written,
            "docs/cors-tester.md is not what the program says: run with CORS_REGENERATE=1. It says:\n{written}"
        );
    }
}

/// The port of an origin, such as `:8080`.
fn port(origin: &str) -> &str {
    &origin[origin.rfind(':').expect("a port")..]
}

fn undated(said: &str) -> String {
    let mut parts = said.split(DATE);
    let mut undated = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, rest) = part.split_once('"').expect("a string ends");
        for part in [DATE, "...\"", rest] {
            undated += part;
        }
    }
    undated
}
