//! The compiler's errors for wrong policies, one case a file, by feature. CONTRIBUTING.md says how to run and regenerate them.
//! The programs in `examples/` compile without a warning. They are not cases, because `trybuild` would then build all, not check it.

use std::env;
use std::io::{self, Write};
use std::process::Command;

/// The compiler whose messages are in the `.stderr` files.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn wrong_policies_do_not_compile() {
    let compiler = compiler();
    if !compiler.starts_with(COMPILER) {
        let reason = format!("the compile errors are those of {COMPILER}x, and this is {compiler}");
        let is_required = env::var_os("CORS_UI").is_some_and(|value| value == "required");
        assert!(!is_required, "CORS_UI=required, and {reason}");
        // The test harness captures what a test prints, but not this.
        let _ = writeln!(io::stderr(), "tests skipped: {reason}");
        return;
    }
    let cases = trybuild::TestCases::new();
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
        cases.compile_fail(format!("{feature}/*.rs"));
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
