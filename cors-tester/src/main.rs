//! Sends any server the requests of a browser for a page of another origin, and shows step by step what the browser would do with the
//! answers.
//!
//! ```text
//! cargo run -p cors-tester -- https://api.example.com/items/1 --origin https://app.example.com --method PUT
//! ```
//!
//! `audit` does so for many origins, and shows which of them an attacker could use.
//!
//! The protocol is that of [`cors_runtime::test::Page`]. This program adds the command line, the connection and the reports.

mod arguments;
mod audit;
mod connection;
mod json;
mod play;
mod redirect;
mod report;
mod style;
mod text;
mod tls;

use std::{
    io::{self, Write as _},
    process,
};

use actix_web::rt;

use arguments::{Arguments, Audit, HELP, Question, Task};
use connection::Client;
use report::Verdict;
use style::Style;
use tls::Trust;

/// A page of the origin may read the answer, or an audit finds nothing.
const ALLOWED: i32 = 0;
/// A page of the origin may not read the answer, or an audit finds something.
const BLOCKED: i32 = 1;
/// A usage error, or a server that does not answer.
const UNDECIDED: i32 = 2;

fn main() {
    let status = match Arguments::parse(lexopt::Parser::from_env()) {
        Ok(Some(arguments)) => run(&arguments),
        Ok(None) => print(HELP, ALLOWED),
        Err(error) => complain(&error.to_string()),
    };
    // A return from `main` would wait for the end of a name lookup, even after the timeout.
    process::exit(status);
}

fn run(arguments: &Arguments) -> i32 {
    let trust = match Trust::new(arguments.cacert.as_deref()) {
        Ok(trust) => trust,
        Err(error) => return complain(&error),
    };
    rt::System::new().block_on(async {
        let client = Client::new(trust, arguments.timeout);
        match &arguments.task {
            Task::Ask(question) => ask(question, &client, arguments.json).await,
            Task::Audit(question) => audit(question, &client, arguments.json).await,
        }
    })
}

async fn ask(question: &Question, client: &Client, json: bool) -> i32 {
    let report = play::play(question, client).await;
    let status = match &report.verdict {
        Verdict::Readable { .. } => ALLOWED,
        Verdict::Blocked { .. } => BLOCKED,
        Verdict::Failed(_) => UNDECIDED,
    };
    let words = if json {
        json::document(question, &report)
    } else {
        text::steps(question, &report, Style::of_stdout())
    };
    let status = print(&words, status);
    if let Verdict::Failed(error) = &report.verdict {
        return complain(error);
    }
    status
}

async fn audit(question: &Audit, client: &Client, json: bool) -> i32 {
    let report = match audit::audit(question, client).await {
        Ok(report) => report,
        Err(error) => {
            if json {
                print(&json::error(&error), UNDECIDED);
            }
            return complain(&error);
        }
    };
    let status = if report.has_findings() {
        BLOCKED
    } else {
        ALLOWED
    };
    let words = if json {
        report.document()
    } else {
        report.text(Style::of_stdout())
    };
    print(&words, status)
}

/// Prints without the panic of `println!` for a closed output, so that the exit status is still right.
fn print(words: &str, status: i32) -> i32 {
    let mut stdout = io::stdout().lock();
    let _ = stdout
        .write_all(words.as_bytes())
        .and_then(|()| stdout.flush());
    status
}

fn complain(error: &str) -> i32 {
    let _ = writeln!(io::stderr(), "error: {}", text::printable(error));
    UNDECIDED
}
