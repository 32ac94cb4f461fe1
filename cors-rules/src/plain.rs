//! Mistakes that const evaluation can see in a constant, whose text the attribute does not know.

use crate::mistake::{self, Mistake};

/// What is wrong with an origin, where it is one of the common mistakes.
///
/// It never says another rule than [`Pattern::parse`](crate::Pattern::parse) would. What it is silent about is not right
/// for that: the strict parser needs tables that const evaluation cannot read.
#[must_use]
pub const fn plain_mistake(origin: &str) -> Option<Mistake> {
    const LONGEST: usize = 1024;

    let text = origin.as_bytes();
    if text.len() > LONGEST || !all_plain(text) {
        return None;
    }
    let Some(scheme_end) = position_of_separator(text) else {
        return if is_word(text, b"null") {
            Some(mistake::NULL_ORIGIN)
        } else if text.len() >= 5 && is_word(text.split_at(5).0, b"file:") {
            None
        } else {
            Some(mistake::WITHOUT_SCHEME)
        };
    };
    let (scheme, rest) = text.split_at(scheme_end);
    let rest = rest.split_at(3).1;
    if !is_nearly_a_scheme(scheme) || is_word(scheme, b"file") {
        return None;
    }
    let (authority, path) = rest.split_at(position(rest, b'/'));
    if authority.is_empty() {
        return None;
    }
    if !path.is_empty() {
        return Some(mistake::WITH_PATH);
    }
    let (host, port) = authority.split_at(position(authority, b':'));
    if host.is_empty() || !port.is_empty() && position(port.split_at(1).1, b':') + 1 < port.len() {
        return None;
    }
    if has_upper_case(scheme) || has_upper_case(host) {
        return Some(mistake::NOT_LOWERCASE);
    }
    if is_a_plain_domain(host) && is_default(scheme, port) {
        return Some(mistake::DEFAULT_PORT);
    }
    None
}

const fn all_plain(text: &[u8]) -> bool {
    let mut index = 0;
    while index < text.len() {
        if !matches!(text[index], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b':' | b'/' | b'-' | b'_')
        {
            return false;
        }
        index += 1;
    }
    true
}

/// Where `://` begins.
const fn position_of_separator(text: &[u8]) -> Option<usize> {
    let mut index = 0;
    while index + 3 <= text.len() {
        if text[index] == b':' && text[index + 1] == b'/' && text[index + 2] == b'/' {
            return Some(index);
        }
        index += 1;
    }
    None
}

/// Where `byte` is, or the end.
const fn position(text: &[u8], byte: u8) -> usize {
    let mut index = 0;
    while index < text.len() && text[index] != byte {
        index += 1;
    }
    index
}

/// Whether it is this word, in whatever case.
const fn is_word(text: &[u8], lower_case: &[u8]) -> bool {
    let mut index = 0;
    while index < text.len() && index < lower_case.len() {
        if text[index].to_ascii_lowercase() != lower_case[index] {
            return false;
        }
        index += 1;
    }
    text.len() == lower_case.len()
}

/// Whether it is a scheme, in whatever case.
const fn is_nearly_a_scheme(text: &[u8]) -> bool {
    let mut index = 0;
    while index < text.len() {
        if !matches!(text[index], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.') {
            return false;
        }
        index += 1;
    }
    !text.is_empty() && text.len() <= crate::origin::MAX_SCHEME_LEN && text[0].is_ascii_alphabetic()
}

const fn has_upper_case(text: &[u8]) -> bool {
    let mut index = 0;
    while index < text.len() {
        if text[index].is_ascii_uppercase() {
            return true;
        }
        index += 1;
    }
    false
}

/// Whether nothing but its port can be wrong with an origin of this host: short labels that begin and end with letters.
const fn is_a_plain_domain(host: &[u8]) -> bool {
    let mut index = 0;
    while index < host.len() {
        // The byte before it has been looked at: it is a letter, since one of the others needs a letter behind it.
        let is_inside = index > 0 && index + 1 < host.len() && host[index + 1].is_ascii_lowercase();
        if !(host[index].is_ascii_lowercase() || is_inside && matches!(host[index], b'.' | b'-')) {
            return false;
        }
        index += 1;
    }
    !host.is_empty() && host.len() <= crate::origin::MAX_LABEL_LEN
}

const fn is_default(scheme: &[u8], port: &[u8]) -> bool {
    matches!(
        (scheme, port),
        (b"http" | b"ws", b":80") | (b"https" | b"wss", b":443")
    )
}
