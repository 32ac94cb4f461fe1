//! What the compiler says: one case a file, by feature. CONTRIBUTING.md says how to run and regenerate them.

use std::env;
use std::io::{self, Write};
use std::process::Command;

/// The compiler whose words the `.stderr` files have.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn wrong_policies_do_not_compile_and_right_ones_do() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    let compiler = compiler();
    if !compiler.starts_with(COMPILER) {
        let skipped = format!(
            "the compile errors were skipped: they are those of {COMPILER}x, and this is {compiler}"
        );
        assert!(
            env::var_os("CORS_UI").is_none_or(|value| value != "required"),
            "{skipped}"
        );
        // Past the harness, which keeps what a test prints.
        let _ = writeln!(io::stderr(), "{skipped}");
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

/// What the compiler says of itself.
fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .arg("--version")
        .output()
        .expect("a compiler");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
