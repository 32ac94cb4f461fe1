//! The compiler's errors for wrong policies, one case a file, by feature. CONTRIBUTING.md says how to run and regenerate them.

use std::env;
use std::process::Command;

use crate::programs::process::skip;

/// The compiler whose messages are in the `.stderr` files.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn wrong_policies_do_not_compile_and_right_ones_do() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    let compiler = compiler();
    if !compiler.starts_with(COMPILER) {
        skip(
            "CORS_UI",
            &format!("the compile errors are those of {COMPILER}x, and this is {compiler}"),
        );
        return;
    }
    for feature in [
        "attribute",
        "combinations",
        "exposed_headers",
        "headers",
        "methods",
        "named",
        "origins",
        "placement",
        "rest",
        "route",
    ] {
        cases.compile_fail(format!("tests/ui/{feature}/*.rs"));
    }
}

/// The version that the compiler prints.
fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .arg("--version")
        .output()
        .expect("a compiler");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
