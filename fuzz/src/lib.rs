//! What the targets have in common: a target is a function that panics at an input for which something does not hold.
//!
//! `cargo test -p cors-fuzz` gives each target its corpus, and a fixed number of inputs that come of it by small edits.
//! `.ci/fuzz` builds the targets with `--cfg fuzzing` and lets libFuzzer look for inputs by coverage. An input that it finds
//! is tried again with `cargo run -p cors-fuzz --bin TARGET -- FILE`.

use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::Once;
use std::{env, fs, process};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};

/// What looks at one input.
pub type Check = fn(&[u8]);

/// Makes a target of a [`Check`]: a test that tries so many inputs, and a program.
#[macro_export]
macro_rules! target {
    ($check:path, inputs: $inputs:expr) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|input: &[u8]| $crate::abort_at_a_panic($check, input));

        #[cfg(not(fuzzing))]
        fn main() {
            $crate::replay($check);
        }

        #[cfg(test)]
        #[test]
        fn no_input_breaks_it() {
            $crate::try_inputs(env!("CARGO_BIN_NAME"), $inputs, $check);
        }
    };
}

/// Checks the files that the command line names.
pub fn replay(check: Check) {
    for file in env::args_os().skip(1) {
        check(&fs::read(&file).expect("the file can be read"));
    }
}

/// For libFuzzer, whose own hook takes each panic for the end, also those that are caught on purpose.
pub fn abort_at_a_panic(check: Check, input: &[u8]) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| panic::set_hook(Box::new(|_| {})));
    if panic::catch_unwind(AssertUnwindSafe(|| check(input))).is_err() {
        // Once more, so that the message is seen.
        let _ = panic::take_hook();
        check(input);
        process::abort();
    }
}

/// Checks the corpus of a target, and what comes of it by a few edits.
///
/// # Panics
/// As `check` does, with the least input that makes it.
pub fn try_inputs(target: &str, inputs: u32, check: Check) {
    let corpus = corpus(target);
    for input in &corpus {
        check(input);
    }
    let config = Config {
        cases: inputs,
        failure_persistence: None,
        ..Config::default()
    };
    let edits = vec(edit(words(target), corpus.clone()), 1..6);
    let edited = (select(corpus), edits).prop_map(|(input, edits)| {
        edits
            .into_iter()
            .fold(input, |input, edit| edit.apply(input))
    });
    let tried = TestRunner::new(config).run(&edited, |input| {
        check(&input);
        Ok(())
    });
    if let Err(error) = tried {
        panic!("{target}: {error}");
    }
}

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = here().join("corpus").join(target);
    let entries = fs::read_dir(folder).expect("a target has a corpus");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    files.sort();
    let read = |file| fs::read(file).expect("the file can be read");
    files.iter().map(read).collect()
}

/// The words of a dictionary as libFuzzer reads it, one in quotes on each line.
fn words(target: &str) -> Vec<String> {
    let file = here().join("words").join(format!("{target}.dict"));
    let text = fs::read_to_string(file).expect("a target has a dictionary");
    let word = |line: &str| {
        let word = line.strip_prefix('"')?.strip_suffix('"')?;
        Some(word.replace("\\\"", "\"").replace("\\x0a", "\n"))
    };
    text.lines().filter_map(word).collect()
}

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[derive(Clone, Debug)]
enum Edit {
    Remove(Index, Index),
    Double(Index, Index),
    Change(Index, u8),
    Insert(Index, Vec<u8>),
}

fn edit(words: Vec<String>, corpus: Vec<Vec<u8>>) -> impl Strategy<Value = Edit> {
    let place = any::<Index>;
    let part = (select(corpus), place(), place()).prop_map(|(other, one, two)| {
        let (start, end) = range(&other, one, two);
        other[start..end].to_vec()
    });
    prop_oneof![
        2 => (place(), place()).prop_map(|(one, two)| Edit::Remove(one, two)),
        1 => (place(), place()).prop_map(|(one, two)| Edit::Double(one, two)),
        2 => (place(), any::<u8>()).prop_map(|(place, byte)| Edit::Change(place, byte)),
        4 => (place(), select(words)).prop_map(|(place, word)| Edit::Insert(place, word.into_bytes())),
        2 => (place(), part).prop_map(|(place, part)| Edit::Insert(place, part)),
    ]
}

/// The two places in order.
fn range(input: &[u8], one: Index, two: Index) -> (usize, usize) {
    let (one, two) = (one.index(input.len() + 1), two.index(input.len() + 1));
    (one.min(two), one.max(two))
}

impl Edit {
    fn apply(self, mut input: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Remove(one, two) => {
                let (start, end) = range(&input, one, two);
                // Seldom all of it.
                input.drain(start..end.min(start + 8));
            }
            Self::Double(one, two) => {
                let (start, end) = range(&input, one, two);
                input.extend_from_within(start..end);
            }
            Self::Change(place, byte) if !input.is_empty() => {
                let index = place.index(input.len());
                input[index] = byte;
            }
            Self::Change(_, byte) => input.push(byte),
            Self::Insert(place, inserted) => {
                let index = place.index(input.len() + 1);
                input.splice(index..index, inserted);
            }
        }
        input
    }
}
