//! The inputs of a test: a corpus, and edits of it.

use std::fs;
use std::path::PathBuf;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestRunner};

use crate::Check;

/// Checks the corpus of a target, and inputs that result from a few edits of it.
///
/// # Panics
/// If `check` panics, with the smallest input that makes it panic.
pub fn try_inputs(target: &str, check: Check) {
    let corpus = corpus(target);
    for input in &corpus {
        check(input);
    }
    let config = Config {
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

/// The words of a dictionary of libFuzzer, one in quotes on each line.
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
                // At most 8 bytes, so that most of the input stays.
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
