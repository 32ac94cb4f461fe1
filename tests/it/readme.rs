//! The README's compile error, its list of crates, and the links of the pages at the root are correct.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use crate::support::{ACTIX, user_crate};

fn read(path: &str) -> String {
    fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect(path)
}

#[test]
fn the_compile_error_is_that_of_the_compiler() {
    let readme = read("README.md");
    let printed =
        read("tests/ui/attribute/readme.stderr").replace("attribute/readme.rs", "src/main.rs");
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
fn every_link_into_the_repository_has_a_target() {
    let mut links = 0;
    for page in [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "SECURITY.md",
        "VERSIONS.md",
    ] {
        let text = read(page);
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if !link.starts_with("http") {
                links += 1;
                assert!(
                    fs::exists(format!("{}/{link}", env!("CARGO_MANIFEST_DIR")))
                        .is_ok_and(|exists| exists),
                    "{page}: {link}"
                );
            }
        }
    }
    assert!(links > 10, "{links} links");
}

/// The crates that are built for a program with these dependencies, by name.
fn tree(dependencies: &str) -> BTreeSet<String> {
    let folder = user_crate(&format!("[dependencies]\n{dependencies}"), "fn main() {}");
    let host = "--target=x86_64-unknown-linux-gnu";
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "tree",
            "--offline",
            "--edges=normal,build",
            "--prefix=none",
            host,
        ])
        .current_dir(folder.path())
        .output()
        .expect("cargo runs");
    let (stdout, stderr) = (output.stdout, String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stderr}");
    let lines = String::from_utf8(stdout).expect("text");
    let name = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    lines.lines().map(name).collect()
}

#[test]
fn the_readme_names_every_crate_that_the_library_adds() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("cors-runtime");
    let with = |more: &str| {
        tree(&format!(
            "{ACTIX}cors-runtime = {{ path = {runtime:?}{more} }}\n"
        ))
    };
    let gained: BTreeSet<String> = &with("") - &tree(ACTIX);
    let by_serde: BTreeSet<String> = &with(", features = [\"serde\"]") - &with("");

    let readme = read("README.md");
    let (_, sentence) = readme.split_once("already gains,").expect("the sentence");
    let (sentence, more) = sentence.split_once("is built").expect("its end");
    let quoted = |text: &str| -> BTreeSet<String> {
        let parts = text.split('`').skip(1).step_by(2);
        parts.map(str::to_owned).collect()
    };
    assert_eq!(quoted(sentence), gained);
    let (_, more) = more
        .split_once("The feature `serde` adds ")
        .expect("a sentence");
    let (more, _) = more.split_once('\n').expect("its end");
    assert_eq!(quoted(more), by_serde);
}
