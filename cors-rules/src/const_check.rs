//! The checks that const evaluation makes: it knows the text of a constant and the methods of a named policy, which the
//! attribute cannot see.

use crate::Rule;
use crate::const_text::ConstText;
use crate::mistake::{self, Mistake};

/// Checks that the `named` methods of a policy leave a handler one of the methods of its routes. Returns the error message.
#[must_use]
pub const fn no_methods_left(routed: &[&str], named: Option<&[&str]>) -> Option<ConstText> {
    let Some(named) = named else {
        return None;
    };
    let mut rest = routed;
    while let [first, tail @ ..] = rest {
        if contains(named, first) {
            return None;
        }
        rest = tail;
    }
    if routed.is_empty() {
        return None;
    }
    let text = ConstText::EMPTY
        .then(Rule::NoMethodsLeft.name())
        .then(": the policy allows none of the route's methods: it names ")
        .then_names(named)
        .then(", and the route serves ")
        .then_names(routed)
        .then("\nhelp: give the handler `methods` of its own, or add one of the route's to the policy");
    Some(text)
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut rest = names;
    while let [first, tail @ ..] = rest {
        if are_equal(first.as_bytes(), name.as_bytes()) {
            return true;
        }
        rest = tail;
    }
    false
}

const fn are_equal(a: &[u8], b: &[u8]) -> bool {
    let mut index = 0;
    while index < a.len() && index < b.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    a.len() == b.len()
}

/// Checks an origin. A common mistake has the rule that [`Pattern::parse`](crate::Pattern::parse) reports, and any other one is
/// `invalid_origin`.
///
/// This finds all that the parser refuses, except wrong Punycode, which needs tables, and an IPv6 address that is not written as
/// browsers write it. `"*"` is accepted.
#[must_use]
pub const fn const_mistake(origin: &str) -> Option<Mistake> {
    let text = origin.as_bytes();
    if is_an_origin(text) {
        return None;
    }
    match common_mistake(text) {
        Some(mistake) => Some(mistake),
        None => Some(mistake::NOT_AN_ORIGIN),
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
    if !is_scheme_in_any_case(scheme) || has_upper_case(scheme) || is_word(scheme, b"file") {
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

/// A common mistake, with the rule that the parser reports for it.
const fn common_mistake(text: &[u8]) -> Option<Mistake> {
    const LONGEST: usize = 1024;

    if text.len() > LONGEST || !has_plain_bytes_only(text) {
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
    if !is_scheme_in_any_case(scheme) || is_word(scheme, b"file") {
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

/// Whether the text has only bytes that need no further check.
const fn has_plain_bytes_only(text: &[u8]) -> bool {
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

/// The index of `://`.
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

/// The index of `byte`, or the length.
const fn position(text: &[u8], byte: u8) -> usize {
    let mut index = 0;
    while index < text.len() && text[index] != byte {
        index += 1;
    }
    index
}

/// Whether the texts are the same in any case.
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

/// Whether the text is a scheme, in any case.
const fn is_scheme_in_any_case(text: &[u8]) -> bool {
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

/// Whether the host is certainly right, so that the port is checked next: a short name whose labels begin and end with letters.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_common_method_is_enough() {
        assert!(no_methods_left(&["PUT", "GET"], Some(&["DELETE", "GET"])).is_none());
        assert!(no_methods_left(&["GET"], None).is_none());
    }

    #[test]
    fn methods_are_compared_to_the_last_letter() {
        let pairs = [
            ("PUT", "GET"),
            ("PUT", "PUTS"),
            ("PUTS", "PUT"),
            ("PUT", "PUX"),
        ];
        for (routed, named) in pairs {
            let left = no_methods_left(&[routed], Some(&[named]));
            assert!(left.is_some(), "{routed} {named}");
        }
    }

    #[test]
    fn a_route_without_methods_for_browsers_is_no_mistake() {
        assert!(no_methods_left(&[], Some(&["GET"])).is_none());
    }

    #[test]
    fn the_message_lists_both() {
        let none = no_methods_left(&["GET", "PUT"], Some(&["DELETE"]));
        let message = none.expect("nothing is left");
        assert_eq!(
            message.as_str(),
            "no_methods_left: the policy allows none of the route's methods: it names `DELETE`, and the route serves `GET`, `PUT`\n\
             help: give the handler `methods` of its own, or add one of the route's to the policy"
        );
    }

    #[test]
    fn long_names_shorten_the_message() {
        const LONG: &str = "METHODMETHODMETHODMETHODMETHODMETHODMETHODMETHODMETHODMETHODMETHOD";
        let none = no_methods_left(&["GET"], Some(&[LONG; 9]));
        let message = none.expect("nothing is left");
        assert!(message.as_str().starts_with("no_methods_left: "));
    }
}
