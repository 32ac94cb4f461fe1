//! The command line.

use std::process::{Command, Stdio};

#[derive(Debug)]
struct Said {
    status: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the program. The arguments are split at spaces; `_` stands for a space.
fn run(arguments: &str) -> Said {
    let arguments = arguments.split(' ').filter(|argument| !argument.is_empty());
    let output = Command::new(env!("CARGO_BIN_EXE_cors-tester"))
        .args(arguments.map(|argument| argument.replace('_', " ")))
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let said = Said {
        status: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("the program writes text"),
        stderr: String::from_utf8(output.stderr).expect("the program writes text"),
    };
    let lines = usize::from(!said.stderr.is_empty());
    assert_eq!(said.stderr.lines().count(), lines, "one line: {said:#?}");
    said
}

#[test]
fn a_wrong_argument_is_refused_in_one_line_with_help() {
    const ORIGIN: &str = "--origin https://app.example.com";
    #[rustfmt::skip]
    let table = [
        ("", "error: no URL is given; try --help"),
        ("http://127.0.0.1/", "error: the origin of the page is missing: give --origin; try --help"),
        ("foo --origin http://a", "error: \"foo\" is not a URL that can be asked: relative URL without a base"),
        ("ftp://127.0.0.1/ --origin http://a", "error: \"ftp://127.0.0.1/\" is not a URL that can be asked: write http:// or https://"),
        ("http:// --origin http://a", "error: \"http://\" is not a URL that can be asked: empty host"),
        ("http://a:99999/ --origin http://a", "is not a URL that can be asked: invalid port number"),
        ("http://ada:x@127.0.0.1/ --origin http://a", "script cannot fetch a URL with a user name"),
        ("http://127.0.0.1/ http://127.0.0.1/ --origin http://a", "error: unexpected argument \"http://127.0.0.1/\""),
        ("http://127.0.0.1/ --origin https://app.example.com/", "error: --origin: \"https://app.example.com/\" is not an origin: write scheme, host"),
        ("http://127.0.0.1/ --origin *", "error: --origin: \"*\" is not an origin"),
        ("http://127.0.0.1/ --origin", "error: missing argument for option '--origin'"),
        ("{url} --method G_T", "error: --method: \"G T\" is not a method"),
        ("{url} --header a_b:_c", "error: --header: \"a b\" is not a header name: write 'Name: value' or Name"),
        ("{url} --header :c", "error: --header: \"\" is not a header name"),
        ("{url} --header a:\u{1b}[31m", "error: --header: \"\\u{1b}[31m\" is not a header value"),
        ("{url} --timeout 0", "error: --timeout: \"0\" is not a number of seconds between 0 and 3600"),
        ("{url} --timeout -1", "error: --timeout: \"-1\" is not a number"),
        ("{url} --timeout NaN", "error: --timeout: \"NaN\" is not a number"),
        ("{url} --timeout 1e300", "error: --timeout: \"1e300\" is not a number"),
        ("{url} --cacert /nonexistent.pem", "error: --cacert /nonexistent.pem: "),
        ("{url} --frobnicate", "error: invalid option '--frobnicate'"),
        ("{url} --origin http://b", "error: a page has only one --origin"),
        ("audit", "error: no URL is given; try --help"),
        ("--credentials audit http://127.0.0.1/", "error: audit takes no --header and no --credentials"),
        ("audit http://127.0.0.1/ --header a", "error: invalid option '--header'"),
        ("audit http://127.0.0.1/ --origin *", "error: --origin: \"*\" is not an origin"),
        ("{url} --json=yes", "error: unexpected argument for option '--json'"),
    ];
    let url = format!("http://127.0.0.1/ {ORIGIN}");
    for (arguments, error) in table {
        let said = run(&arguments.replace("{url}", &url));
        assert_eq!(said.status, Some(2), "{arguments}: {said:#?}");
        assert!(said.stderr.contains(error), "{arguments}: {said:#?}");
        assert_eq!(said.stdout, "", "{arguments}");
    }
}

#[test]
fn help_has_every_option_and_examples() {
    let said = run("--help");
    assert_eq!((said.status, said.stderr.as_str()), (Some(0), ""));
    for word in [
        "--origin",
        "--method",
        "--header",
        "--credentials",
        "--json",
        "--timeout",
        "--cacert",
        "audit URL",
        "Exit status:",
        "Examples:",
    ] {
        assert!(said.stdout.contains(word), "{word}");
    }
    assert_eq!(run("-h").stdout, said.stdout);
}

#[test]
fn each_example_of_the_help_is_accepted() {
    let help = run("--help").stdout;
    let (_, examples) = help.split_once("Examples:\n").expect("there are examples");
    for example in examples.lines() {
        let (_, arguments) = example.split_once("cors-tester ").expect("a command");
        // Nothing is sent, because an unknown option behind the others is refused.
        let arguments = arguments.replace(": 7'", ":7").replace('\'', "");
        let said = run(&format!("{arguments} --nonsense"));
        assert!(
            said.stderr.contains("invalid option '--nonsense'"),
            "{example}: {said:#?}"
        );
    }
}
