//! What the compiler says: one case a file, by feature. CONTRIBUTING.md says how to run and regenerate them.

#[test]
fn wrong_policies_do_not_compile_and_right_ones_do() {
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
        cases.compile_fail(format!("tests/ui/{feature}/*.rs"));
    }
    cases.pass("tests/ui/pass/*.rs");
}
