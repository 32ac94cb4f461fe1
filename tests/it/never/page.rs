//! `docs/never.md` names tests that exist, and every test of `tests/it/never.rs`.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The sections of the page: the number, and the tests named in backticks behind "Tested by".
fn sections() -> Vec<(usize, Vec<String>)> {
    let page = read(&root().join("docs/never.md"));
    let sections = page.split("\n### ").skip(1);
    sections
        .map(|section| {
            let (number, text) = section.split_once(". ").expect("a number");
            let (_, tests) = text.split_once("- Tested by: ").expect("tests");
            let quoted = tests.split('`').skip(1).step_by(2);
            let is_name = |name: &&str| name.contains("::") || name.starts_with("tests/ui/");
            let names = quoted.filter(is_name).map(str::to_owned).collect();
            (number.parse().expect("a number"), names)
        })
        .collect()
}

/// The file of a module of tests.
fn file(module: &str) -> PathBuf {
    let path = module.replace("::", "/");
    let it = root().join(format!("tests/it/{path}.rs"));
    if it.exists() {
        it
    } else {
        root().join(format!("tests/{path}.rs"))
    }
}

/// The names of the tests in `tests/it/never.rs`, each with the section that its comment names.
fn own_tests() -> Vec<(usize, String)> {
    let text = read(&root().join("tests/it/never.rs"));
    let tests = text.split("\n#[test]\nfn ").collect::<Vec<_>>();
    let pairs = tests.windows(2);
    pairs
        .map(|pair| {
            let comment = pair[0].lines().last().expect("a comment");
            let number = comment.strip_prefix("/// Section ").expect(comment);
            let number = number
                .split('.')
                .next()
                .and_then(|number| number.parse().ok());
            let (name, _) = pair[1].split_once('(').expect("a function");
            (number.expect(comment), name.to_owned())
        })
        .collect()
}

#[test]
fn each_section_of_the_page_names_tests_that_exist() {
    let sections = sections();
    assert!(!sections.is_empty());
    let numbers: Vec<_> = sections.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=sections.len()).collect::<Vec<_>>());
    for (number, names) in sections {
        assert!(!names.is_empty(), "section {number} names no test");
        for name in names {
            if name.starts_with("tests/ui/") {
                assert!(root().join(&name).exists(), "section {number}: {name}");
                continue;
            }
            let (module, function) = name.rsplit_once("::").expect("a module");
            let text = read(&file(module));
            let is_there = text.contains(&format!("fn {function}("));
            assert!(is_there, "section {number}: there is no {name}");
        }
    }
}

#[test]
fn each_test_of_never_stands_in_the_order_of_the_page_and_is_named_there() {
    let tests = own_tests();
    assert!(!tests.is_empty());
    assert!(tests.is_sorted_by_key(|(number, _)| *number), "{tests:?}");
    let sections = sections();
    for (number, name) in tests {
        let names = sections.iter().find(|(section, _)| *section == number);
        let name = format!("never::{name}");
        let is_named = names.is_some_and(|(_, names)| names.contains(&name));
        assert!(
            is_named,
            "section {number} of docs/never.md should name {name}"
        );
    }
}
