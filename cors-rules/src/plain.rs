//! Mistakes that const evaluation can see in a constant, whose text the attribute does not know.

use crate::mistake::{self, Mistake};

/// What is wrong with an origin, by the rule of [`Pattern::parse`](crate::Pattern::parse) where it is one of the common
/// mistakes, and else as `invalid_origin`.
///
/// It finds all that the parser refuses but for a wrong label of Punycode, which needs tables, and an IPv6 address that is not
/// written as browsers write it. `"*"` is no mistake.
#[must_use]
pub const fn plain_mistake(origin: &str) -> Option<Mistake> {
    let text = origin.as_bytes();
    if is_an_origin(text) {
        return None;
    }
    match common_mistake(text) {
        Some(mistake) => Some(mistake),
        None => Some(mistake::NO_ORIGIN),
    }
}

const fn is_an_origin(text: &[u8]) -> bool {
    if let [b'*'] = text {
        return true;
    }
    let Some(scheme_end) = position_of_separator(text) else {
        return false;
    };
    let (scheme, rest) = text.split_at(scheme_end);
    let authority = rest.split_at(3).1;
    if !is_nearly_a_scheme(scheme) || has_upper_case(scheme) || is_word(scheme, b"file") {
        return false;
    }
    let (covers_subdomains, authority) = match authority {
        [b'*', b'.', rest @ ..] => (true, rest),
        _ => (false, authority),
    };
    if let [b'[', rest @ ..] = authority {
        let (address, rest) = rest.split_at(position(rest, b']'));
        return match rest {
            [_, port @ ..] => {
                !covers_subdomains && is_nearly_ipv6(address) && is_a_port(scheme, port)
            }
            [] => false,
        };
    }
    let (host, port) = authority.split_at(position(authority, b':'));
    let longest = crate::origin::MAX_HOST_LEN - if covers_subdomains { 2 } else { 0 };
    if host.len() > longest || !is_a_port(scheme, port) {
        return false;
    }
    match labels(host) {
        Labels::Wrong => false,
        Labels::Domain => true,
        Labels::EndInANumber => {
            !covers_subdomains && is_ipv4(host) || is_extension(scheme) && !is_ipv4(host)
        }
    }
}

enum Labels {
    Wrong,
    Domain,
    /// The last one begins with a digit.
    EndInANumber,
}

/// The labels of a host, which may end with a dot.
const fn labels(host: &[u8]) -> Labels {
    let mut rest = match host {
        [host @ .., b'.'] => host,
        _ => host,
    };
    loop {
        let (label, tail) = rest.split_at(position(rest, b'.'));
        let mut index = 0;
        while index < label.len() {
            if !crate::origin::is_label_byte(label[index]) {
                return Labels::Wrong;
            }
            index += 1;
        }
        if label.len() > crate::origin::MAX_LABEL_LEN {
            return Labels::Wrong;
        }
        match label {
            [] | [b'-', ..] | [.., b'-'] => return Labels::Wrong,
            [b'0'..=b'9', ..] if tail.is_empty() => return Labels::EndInANumber,
            _ => {}
        }
        match tail {
            [] => return Labels::Domain,
            [_, tail @ ..] => rest = tail,
        }
    }
}

/// Four numbers from 0 to 255, without leading zeros.
const fn is_ipv4(host: &[u8]) -> bool {
    let mut numbers = 0;
    let mut rest = host;
    loop {
        let (digits, tail) = rest.split_at(position(rest, b'.'));
        let Some(number) = decimal(digits, 3) else {
            return false;
        };
        numbers += 1;
        if number > 255 {
            return false;
        }
        match tail {
            [] => return numbers == 4,
            [_, tail @ ..] => rest = tail,
        }
    }
}

/// Whether it has the characters of an IPv6 address.
const fn is_nearly_ipv6(address: &[u8]) -> bool {
    let mut index = 0;
    while index < address.len() {
        if !matches!(address[index], b'0'..=b'9' | b'a'..=b'f' | b':') {
            return false;
        }
        index += 1;
    }
    address.len() >= 2
}

/// Nothing, `:*`, or a port that is not the scheme's own.
const fn is_a_port(scheme: &[u8], port: &[u8]) -> bool {
    match port {
        [] | [b':', b'*'] => true,
        [b':', digits @ ..] => match decimal(digits, 5) {
            Some(number) => 0 < number && number <= 65535 && !is_default(scheme, port),
            None => false,
        },
        _ => false,
    }
}

/// A number of at most so many digits, without leading zeros.
const fn decimal(digits: &[u8], most: usize) -> Option<u32> {
    if digits.is_empty() || digits.len() > most || digits.len() > 1 && digits[0] == b'0' {
        return None;
    }
    let mut number = 0;
    let mut index = 0;
    while index < digits.len() {
        if !digits[index].is_ascii_digit() {
            return None;
        }
        number = 10 * number + (digits[index] - b'0') as u32;
        index += 1;
    }
    Some(number)
}

const fn is_extension(scheme: &[u8]) -> bool {
    matches!(
        scheme,
        b"chrome-extension" | b"moz-extension" | b"safari-web-extension"
    )
}

/// It never says another rule than the parser would.
const fn common_mistake(text: &[u8]) -> Option<Mistake> {
    const LONGEST: usize = 1024;

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
        if !matches!(text[index], b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'-' | b'.') {
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
        (b"http" | b"ws", b":80") | (b"https" | b"wss", b":443") | (b"ftp", b":21")
    )
}
