//! Text for messages.

use std::fmt;

/// Longer texts are cut, because a server may send anything.
const MAX_LEN: usize = 300;

/// `bytes` of a server, with everything but printable ASCII escaped, so that they cannot control a terminal or begin a line. For text
/// that a person wrote, `cors_rules::escaped` keeps the letters.
pub(super) fn shown(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref();
    let mut text = String::new();
    for byte in bytes.iter().take(MAX_LEN) {
        match byte {
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => text.extend(byte.escape_ascii().map(char::from)),
        }
    }
    if bytes.len() > MAX_LEN {
        text.push('…');
    }
    text
}

/// Writes lines with a word before the first of them.
pub(super) fn block(
    f: &mut fmt::Formatter<'_>,
    word: &str,
    lines: impl IntoIterator<Item = String>,
) -> fmt::Result {
    let mut word = word;
    for line in lines {
        write!(f, "\n  {word:12}  {line}")?;
        word = "";
    }
    Ok(())
}
