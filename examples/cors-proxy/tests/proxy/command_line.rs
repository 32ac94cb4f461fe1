//! The proxy as a program: its arguments, its error messages, and that it serves.

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    process::{Command, Output, Stdio},
};

use crate::{
    client::{self, PAGE, Proxy},
    upstream::Upstream,
};

fn run(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_cors-proxy"))
        .args(arguments)
        .output();
    output.expect("the program runs")
}

#[test]
fn each_wrong_argument_is_an_error_that_says_what_is_wrong() {
    const PAGE: [&str; 2] = ["--page", client::PAGE];
    const UPSTREAM: [&str; 2] = ["--upstream", "https://api.example.com"];
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let taken = taken.local_addr().expect("an address").to_string();
    for (arguments, expected) in [
        (vec![], "at least one --page and one --upstream"),
        (PAGE.to_vec(), "at least one --page and one --upstream"),
        (UPSTREAM.to_vec(), "at least one --page and one --upstream"),
        (
            [&["--page", "*"][..], &UPSTREAM].concat(),
            "would make it an open proxy",
        ),
        ([&["--page", "null"][..], &UPSTREAM].concat(), "--page: "),
        (
            [&["--page", "https://app.example.com/"][..], &UPSTREAM].concat(),
            "write \"https://app.example.com\"",
        ),
        (
            [&["--page", "http://app.example.com"][..], &UPSTREAM].concat(),
            "insecure_origin_with_credentials",
        ),
        (
            [&["--page", "https://*.com"][..], &UPSTREAM].concat(),
            "public_suffix_with_credentials",
        ),
        (
            [&PAGE[..], &["--upstream", "*"]].concat(),
            "would make it an open proxy",
        ),
        (
            [&PAGE[..], &["--upstream", "https://api.example.com/v1"]].concat(),
            "--upstream: ",
        ),
        (
            [&PAGE[..], &UPSTREAM, &["--cookies", "x"]].concat(),
            "--cookies: ",
        ),
        (
            [&PAGE[..], &UPSTREAM, &["--authorization", "x"]].concat(),
            "--authorization: ",
        ),
        (
            [&PAGE[..], &UPSTREAM, &["--address", "localhost"]].concat(),
            "write an address or a network",
        ),
        (
            [&PAGE[..], &UPSTREAM, &["--timeout", "0"]].concat(),
            "write a number of seconds above 0",
        ),
        (
            [&PAGE[..], &UPSTREAM, &["--timeout", "inf"]].concat(),
            "write a number of seconds above 0",
        ),
        ([&PAGE[..], &UPSTREAM, &["--max-body", "-1"]].concat(), "-1"),
        (
            [&PAGE[..], &UPSTREAM, &["--ca", "/nowhere.pem"]].concat(),
            "--ca /nowhere.pem: ",
        ),
        (
            [&PAGE[..], &UPSTREAM, &["--ca", "/dev/null"]].concat(),
            "there is no certificate in it",
        ),
        (
            [&PAGE[..], &UPSTREAM, &["--listen", &taken]].concat(),
            "cannot listen on",
        ),
        ([&PAGE[..], &UPSTREAM, &["--open"]].concat(), "--open"),
    ] {
        let output = run(&arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(
            error.starts_with("error: ") && error.contains(expected),
            "{arguments:?}: {error}"
        );
    }
}

#[test]
fn help_is_printed() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("Usage: cors-proxy"));
}

/// A proxy from the environment would look names up itself, without the check.
#[test]
fn the_program_prints_its_address_and_ignores_proxies_of_the_environment() {
    const HERE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nhere";
    let (upstream, other) = (Upstream::says(HERE), Upstream::says(HERE));
    let origin = format!("http://{}", upstream.address);
    let mut program = Command::new(env!("CARGO_BIN_EXE_cors-proxy"))
        .args(["--page", PAGE, "--upstream", &origin])
        .args(["--listen", "127.0.0.1:0"])
        .envs(
            ["HTTP_PROXY", "http_proxy", "ALL_PROXY"].map(|name| (name, other.address.to_string())),
        )
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut line = String::new();
    let stdout = program.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let address = line.trim().strip_prefix("Listening on http://");
    let address = address.and_then(|address| address.parse().ok());
    let reply = address.map(|address| Proxy { address }.get(&format!("/{origin}/")));
    let _ = program.kill();
    let _ = program.wait();
    assert_eq!(reply.expect("an address").text(), "here");
    assert_eq!((upstream.requests().len(), other.requests().len()), (1, 0));
}
