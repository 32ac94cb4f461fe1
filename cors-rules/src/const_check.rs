//! The checks that const evaluation makes: it knows the text of a constant and the methods of a named policy, which the
//! attribute cannot see.

use crate::Rule;
use crate::const_text::ConstText;
use crate::mistake::{self, Mistake};
use crate::pattern::{is_extension_scheme, is_insecure, is_localhost};

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

/// Checks an origin. A common mistake gets the rule that [`Pattern::parse`](crate::Pattern::parse) reports, any other mistake
/// `invalid_origin`.
///
/// Refuses all origins that the parser refuses, and those in Punycode, because there are no tables to check them with. Accepts
/// `"*"`.
#[must_use]
pub const fn const_mistake(origin: &str) -> Option<Mistake> {
    let text = origin.as_bytes();
    if let [b'*'] = text {
        return None;
    }
    if let Some(mistake) = common_mistake(text) {
        return Some(mistake);
    }
    match Parts::of(text) {
        Some(parts) => parts.mistake(),
        None => Some(mistake::NOT_AN_ORIGIN),
    }
}

/// Applies the rule `insecure_origin_with_credentials` to an origin that [`const_mistake`] accepts.
#[must_use]
pub const fn const_insecure(origin: &str) -> Option<Mistake> {
    let is_insecure = match Parts::of(origin.as_bytes()) {
        Some(parts) => is_insecure(parts.scheme, parts.host),
        None => false,
    };
    mistake::INSECURE_ORIGIN.found_if(is_insecure)
}

/// Applies the rule `public_suffix_with_credentials` to an origin that [`const_mistake`] accepts. Const evaluation has no list of
/// public suffixes, so every pattern with `*.` breaks the rule, except those under `localhost`.
#[must_use]
pub const fn const_suffix(origin: &str) -> Option<Mistake> {
    let is_unknown = match Parts::of(origin.as_bytes()) {
        Some(parts) => parts.covers_subdomains && !is_localhost(parts.host),
        None => false,
    };
    mistake::UNKNOWN_SUFFIX.found_if(is_unknown)
}

/// Whether two origins that [`const_mistake`] accepts are the same.
#[must_use]
pub const fn is_same_origin(a: &str, b: &str) -> bool {
    are_equal(a.as_bytes(), b.as_bytes())
}

/// The parts of an origin, not yet checked.
#[derive(Clone, Copy)]
struct Parts<'a> {
    scheme: &'a [u8],
    covers_subdomains: bool,
    /// With the brackets of an IPv6 address.
    host: &'a [u8],
    /// With the colon.
    port: &'a [u8],
}

impl<'a> Parts<'a> {
    const fn of(text: &'a [u8]) -> Option<Self> {
        let Some(scheme_end) = position_of_separator(text) else {
            return None;
        };
        let (scheme, rest) = text.split_at(scheme_end);
        let (covers_subdomains, authority) = match rest.split_at(3).1 {
            [b'*', b'.', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        // The colons before the closing bracket belong to an IPv6 address.
        let address = match authority {
            [b'[', ..] => position(authority, b']'),
            _ => 0,
        };
        let port = position(authority.split_at(address).1, b':');
        let (host, port) = authority.split_at(address + port);
        Some(Self {
            scheme,
            covers_subdomains,
            host,
            port,
        })
    }

    const fn mistake(self) -> Option<Mistake> {
        let Self {
            scheme,
            covers_subdomains,
            host,
            port,
        } = self;
        let longest = crate::origin::MAX_HOST_LEN - if covers_subdomains { 2 } else { 0 };
        let is_host = match host {
            [b'[', address @ .., b']'] => !covers_subdomains && is_ipv6(address),
            _ if host.len() > longest => false,
            _ => match labels(host) {
                Labels::Wrong => false,
                Labels::Domain => true,
                Labels::Encoded => return Some(mistake::PUNYCODE),
                Labels::EndInANumber => {
                    !covers_subdomains && is_ipv4(host)
                        || is_extension_scheme(scheme) && !is_ipv4(host)
                }
            },
        };
        let is_scheme = is_scheme_ignoring_case(scheme)
            && !has_upper_case(scheme)
            && !are_equal(scheme, b"file");
        if !is_scheme || !is_host {
            Some(mistake::NOT_AN_ORIGIN)
        } else if is_default(scheme, port) {
            Some(mistake::DEFAULT_PORT)
        } else {
            mistake::NOT_AN_ORIGIN.found_if(!is_a_port(port))
        }
    }
}

enum Labels {
    Wrong,
    Domain,
    /// A label is in Punycode.
    Encoded,
    /// The last label begins with a digit.
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
            [b'x', b'n', b'-', b'-', ..] => return Labels::Encoded,
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
pub(crate) const fn is_ipv4(host: &[u8]) -> bool {
    let mut numbers = 0;
    let mut rest = host;
    loop {
        let (digits, tail) = rest.split_at(position(rest, b'.'));
        let Some(number) = number(digits, 3, 10) else {
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

/// Whether `address` is an IPv6 address as browsers write it: without leading zeros, and with `::` for the longest run of zero
/// groups (the first of equally long ones) if it is longer than one group. IPv4-mapped addresses are refused.
/// See <https://url.spec.whatwg.org/#concept-ipv6-serializer>.
const fn is_ipv6(address: &[u8]) -> bool {
    let mut groups = [0; 8];
    let mut count = 0;
    // The index of the group behind `::`.
    let mut gap = None;
    let mut rest = address;
    if let [b':', b':', tail @ ..] = rest {
        gap = Some(0);
        rest = tail;
    }
    while !rest.is_empty() {
        let (digits, tail) = rest.split_at(position(rest, b':'));
        let Some(group) = number(digits, 4, 16) else {
            return false;
        };
        if count == groups.len() {
            return false;
        }
        groups[count] = group;
        count += 1;
        rest = match tail {
            [b':', b':', tail @ ..] if gap.is_none() => {
                gap = Some(count);
                tail
            }
            [b':'] => return false,
            [b':', tail @ ..] => tail,
            _ => tail,
        };
    }
    let (gap, omitted) = match gap {
        Some(gap) if count + 2 <= groups.len() => (gap, groups.len() - count),
        None if count == groups.len() => (usize::MAX, 2),
        _ => return false,
    };
    let mut run = 0;
    let mut index = 0;
    while index < count {
        run = if groups[index] == 0 { run + 1 } else { 0 };
        let longest = if index < gap { omitted - 1 } else { omitted };
        if run > longest || run > 0 && (index == gap || index + 1 == gap) {
            return false;
        }
        index += 1;
    }
    let is_mapped = gap == 0 && count == 3 && groups[0] == 0xffff;
    !is_mapped
}

/// Nothing, `:*`, or a number from 1 to 65535.
const fn is_a_port(port: &[u8]) -> bool {
    match port {
        [] | [b':', b'*'] => true,
        [b':', digits @ ..] => matches!(number(digits, 5, 10), Some(1..=65535)),
        _ => false,
    }
}

/// Reads a number of at most `most` digits, in lower case and without leading zeros.
const fn number(digits: &[u8], most: usize, radix: u32) -> Option<u32> {
    if digits.is_empty() || digits.len() > most || digits.len() > 1 && digits[0] == b'0' {
        return None;
    }
    let mut number = 0;
    let mut rest = digits;
    while let [digit, tail @ ..] = rest {
        match (*digit as char).to_digit(radix) {
            Some(value) if !digit.is_ascii_uppercase() => number = radix * number + value,
            _ => return None,
        }
        rest = tail;
    }
    Some(number)
}

/// A common mistake, with the rule that the parser reports for it.
const fn common_mistake(text: &[u8]) -> Option<Mistake> {
    const LONGEST: usize = 1024;

    if text.len() > LONGEST || !has_plain_bytes_only(text) {
        return None;
    }
    let Some(scheme_end) = position_of_separator(text) else {
        return if text.eq_ignore_ascii_case(b"null") {
            Some(mistake::NULL_ORIGIN)
        } else if text.len() >= 5 && text.split_at(5).0.eq_ignore_ascii_case(b"file:") {
            None
        } else {
            Some(mistake::WITHOUT_SCHEME)
        };
    };
    let (scheme, rest) = text.split_at(scheme_end);
    let rest = rest.split_at(3).1;
    if !is_scheme_ignoring_case(scheme) || scheme.eq_ignore_ascii_case(b"file") {
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
    None
}

/// Whether the text has only bytes that [`common_mistake`] can judge.
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

/// Whether the text is a scheme, in upper or lower case.
const fn is_scheme_ignoring_case(text: &[u8]) -> bool {
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
        let none = no_methods_left(&["GET"], Some(&[LONG; 16]));
        let message = none.expect("nothing is left");
        assert!(message.as_str().starts_with("no_methods_left: "));
    }
}
