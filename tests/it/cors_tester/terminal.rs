//! The program writes colours only to a terminal.

use std::process::Command;

use super::run::program;
use crate::programs::example::Example;

/// The output of the program on a terminal that `script` makes for it.
fn on_a_terminal(arguments: &str, environment: &str) -> String {
    let command = format!("{environment} {} {arguments}", program().display());
    let output = Command::new("script")
        .args(["--quiet", "--return", "--command", &command, "/dev/null"])
        .output()
        .expect("`script` of util-linux runs");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn colour_is_written_to_a_terminal_and_not_where_the_user_wants_none() {
    let example = Example::start();
    let ask = format!("{} --origin https://evil.example", example.at("/items"));
    let audit = format!("audit {}", example.at("/items"));
    for (arguments, colored) in [
        (&ask, "\u{1b}[31mblocked\u{1b}[0m"),
        (&audit, "\u{1b}[32mok    \u{1b}[0m"),
    ] {
        let written = on_a_terminal(arguments, "");
        assert!(written.contains(colored), "{written:?}");
        let written = on_a_terminal(arguments, "NO_COLOR=1");
        assert!(!written.contains('\u{1b}'), "{written:?}");
    }
}
