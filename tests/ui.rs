//! What the compiler says: one case a file, by feature. CONTRIBUTING.md says how to run and regenerate them.

#[test]
fn wrong_policies_do_not_compile_and_right_ones_do() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/attribute/*.rs");
    cases.compile_fail("tests/ui/combinations/*.rs");
    cases.compile_fail("tests/ui/origins/*.rs");
    cases.compile_fail("tests/ui/placement/*.rs");
    cases.pass("tests/ui/pass/*.rs");
}
