//! What the README shows is what there is.

use std::fs;

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect(path)
}

#[test]
fn the_compile_error_is_what_the_compiler_prints() {
    let readme = read("README.md");
    let printed = read("tests/ui/attribute/readme.stderr")
        .replace("tests/ui/attribute/readme.rs", "src/main.rs");
    let shown = readme
        .split("```text\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    assert_eq!(shown, Some(printed.as_str()));

    let attribute = readme
        .split("```rust,ignore\n")
        .nth(1)
        .and_then(|rest| rest.lines().next());
    let line = read("tests/ui/attribute/readme.rs")
        .lines()
        .nth(3)
        .map(str::to_owned);
    assert_eq!(attribute.map(str::to_owned), line);
}

#[test]
fn every_link_into_the_repository_leads_somewhere() {
    for page in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = read(page);
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if !link.starts_with("http") {
                assert!(
                    fs::exists(format!("{}/{link}", env!("CARGO_MANIFEST_DIR")))
                        .is_ok_and(|exists| exists),
                    "{page}: {link}"
                );
            }
        }
    }
}
