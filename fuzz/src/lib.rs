//! The parts that all targets share. A target is a function that panics at an input which breaks a promise.
//!
//! `cargo test -p cors-fuzz` gives each target its corpus, and inputs that result from small edits of it.
//! `.ci/fuzz` builds the targets with `--cfg fuzzing` and lets libFuzzer look for inputs by coverage. An input that it finds
//! is tried again with `cargo run -p cors-fuzz --bin TARGET -- FILE`.

#[cfg(not(fuzzing))]
mod edits;

use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::{env, fs, process};

#[cfg(not(fuzzing))]
pub use edits::try_inputs;

/// Checks one input, and panics if it breaks a promise.
pub type Check = fn(&[u8]);

/// Makes a target of a [`Check`]: a program, and a test that tries some inputs.
#[macro_export]
macro_rules! target {
    ($check:path) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|input: &[u8]| $crate::abort_at_a_panic($check, input));

        #[cfg(not(fuzzing))]
        fn main() {
            $crate::replay($check);
        }

        #[cfg(test)]
        #[test]
        fn no_input_breaks_it() {
            $crate::try_inputs(env!("CARGO_BIN_NAME"), $check);
        }
    };
}

/// Checks the files that the command line names.
///
/// # Panics
/// If a file cannot be read, or breaks the target.
pub fn replay(check: Check) {
    for file in env::args_os().skip(1) {
        check(&fs::read(&file).expect("the file can be read"));
    }
}

/// Aborts if the check panics. libFuzzer's own hook would also abort at panics that are caught on purpose.
pub fn abort_at_a_panic(check: Check, input: &[u8]) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| panic::set_hook(Box::new(|_| {})));
    if panic::catch_unwind(AssertUnwindSafe(|| check(input))).is_err() {
        // Again with the usual hook, which prints the message.
        let _ = panic::take_hook();
        check(input);
        process::abort();
    }
}
