//! Every rule has a compile error in `tests/ui` and an entry in `docs/rules.md`. A test of `cors-macros`, which can run
//! the attribute, checks the examples there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cors_rules::Rule;

/// The cases under `tests/ui`, by name.
fn cases() -> BTreeMap<String, Vec<PathBuf>> {
    let mut cases: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for feature in files(&root().join("tests/ui")).filter(|path| path.is_dir()) {
        for file in files(&feature) {
            if file.extension().is_some_and(|extension| extension == "rs") {
                let name = file.file_stem().unwrap_or_default().to_string_lossy();
                cases.entry(name.into_owned()).or_default().push(file);
            }
        }
    }
    cases
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
}

#[test]
fn every_rule_has_a_compile_error_of_its_name_that_shows_nothing_else() {
    let cases = cases();
    for rule in Rule::ALL.iter().map(|rule| rule.name()) {
        let files = cases.get(rule).map(Vec::as_slice).unwrap_or_default();
        let [file] = files else {
            panic!("tests/ui should have one {rule}.rs: {files:?}");
        };
        let stderr = fs::read_to_string(file.with_extension("stderr")).expect(rule);
        let errors: Vec<_> = stderr
            .lines()
            .filter(|line| line.starts_with("error") || line.starts_with("warning"))
            .collect();
        assert!(!errors.is_empty(), "{rule}");
        for error in errors {
            // The second form is the compiler's, if the keys of a named policy and a handler break the rule together.
            let found = error
                .strip_prefix("error: ")
                .or_else(|| error.strip_prefix("error[E0080]: evaluation panicked: "));
            let name = found.and_then(|found| found.split(':').next());
            assert_eq!(name, Some(rule), "{error}");
        }
    }
}

#[test]
fn the_documentation_has_every_rule_once_in_order_with_its_reason() {
    let text = fs::read_to_string(root().join("docs/rules.md")).expect("the file can be read");
    let documented: Vec<_> = text
        .split("### `")
        .skip(1)
        .map(|entry| {
            let name = entry.split('`').next().expect("a heading names its rule");
            let why = entry.lines().find_map(|line| line.strip_prefix("why: "));
            (name, why)
        })
        .collect();
    let rules: Vec<_> = Rule::ALL
        .iter()
        .map(|rule| (rule.name(), rule.why()))
        .collect();
    assert_eq!(documented, rules);
}
