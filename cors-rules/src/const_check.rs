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

/// Checks an origin for the common mistakes.
///
/// A mistake that is found has the rule that [`Pattern::parse`](crate::Pattern::parse) reports. Others are not found, because
/// the strict parser needs tables that const evaluation cannot read.
#[must_use]
pub const fn const_mistake(origin: &str) -> Option<Mistake> {
    const LONGEST: usize = 1024;

    let text = origin.as_bytes();
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

/// Whether the host is certainly right, so that the port is checked next: a short name whose labels begin and end with letters.
const fn is_a_plain_domain(host: &[u8]) -> bool {
    let mut index = 0;
    while index < host.len() {
        let is_inside = index > 0
            && index + 1 < host.len()
            && host[index - 1].is_ascii_lowercase()
            && host[index + 1].is_ascii_lowercase();
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
