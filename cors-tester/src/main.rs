//! Asks any server what a browser would ask it for a page of another origin, and says step by step what the browser makes
//! of its answers.
//!
//! ```text
//! cargo run -p cors-tester -- https://api.example.com/items/1 --origin https://app.example.com --method PUT
//! ```
//!
//! The protocol is that of [`cors_runtime::test::Page`]; here are the command line, the connection and the words.

mod arguments;
mod connection;
mod json;
mod play;
mod report;
mod text;
mod tls;

use std::{
    io::{self, Write as _},
    process,
};

use actix_web::rt;

use arguments::{Arguments, HELP};
use report::Verdict;

/// A page of that origin may read the answer.
const ALLOWED: i32 = 0;
/// It may not.
const BLOCKED: i32 = 1;
/// Nobody can tell: the question makes no sense, the server does not answer, or it sends the browser elsewhere.
const UNDECIDED: i32 = 2;

fn main() {
    let status = match Arguments::parse(lexopt::Parser::from_env()) {
        Ok(Some(arguments)) => run(&arguments),
        Ok(None) => print(HELP, ALLOWED),
        Err(error) => complain(&error.to_string()),
    };
    // Returning would wait for a name that is still being looked up, long after our patience has ended.
    process::exit(status);
}

fn run(arguments: &Arguments) -> i32 {
    let tls = match tls::configuration(arguments.url.scheme(), arguments.cacert.as_deref()) {
        Ok(tls) => tls,
        Err(error) => return complain(&error),
    };
    rt::System::new().block_on(async {
        let report = play::play(arguments, tls.as_ref()).await;
        let status = match &report.verdict {
            Verdict::Readable { .. } => ALLOWED,
            Verdict::Blocked { .. } => BLOCKED,
            Verdict::Redirect { .. } | Verdict::Failed(_) => UNDECIDED,
        };
        let words = if arguments.json {
            json::document(arguments, &report)
        } else {
            text::steps(arguments, &report)
        };
        let status = print(&words, status);
        if let Verdict::Failed(error) = &report.verdict {
            return complain(error);
        }
        status
    })
}

/// All at once, and without the panic of `println!` where nobody reads: the status still says what came of it.
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
