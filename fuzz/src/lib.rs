//! What the targets have in common: a target is a function that panics at an input for which something does not hold.
//!
//! `cargo test -p cors-fuzz` gives each target its corpus, and a fixed number of inputs that come of it by small edits.
//! `.ci/fuzz` builds the targets with `--cfg fuzzing` and lets libFuzzer look for inputs by coverage. An input that it finds
//! is tried again with `cargo run -p cors-fuzz --bin TARGET -- FILE`.

#[cfg(not(fuzzing))]
mod edits;

use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::{env, fs, process};

#[cfg(not(fuzzing))]
pub use edits::try_inputs;

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
///
/// # Panics
/// Where a file cannot be read, or breaks the target.
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
