//! Compares messages with a file. `CORS_REGENERATE=1 cargo test -p cors-rules` writes the file anew.

use std::path::Path;
use std::{env, fs};

/// Fails if the file in `tests/messages/` has another text.
#[track_caller]
pub fn is_kept(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/messages")
        .join(name);
    if env::var_os("CORS_REGENERATE").is_some() {
        fs::write(&path, text).expect("the file can be written");
        return;
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    for (kept, found) in kept.lines().zip(text.lines()) {
        assert_eq!(kept, found, "{name}");
    }
    assert_eq!(kept.lines().count(), text.lines().count(), "{name}");
}
