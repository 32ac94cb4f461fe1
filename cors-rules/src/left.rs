//! Which methods a named policy leaves a handler. The policy is another item, so that const evaluation has to look.

use crate::Rule;
use crate::const_text::ConstText;

/// The message where the `named` methods of a policy are none of those that a handler has, on whichever of its routes.
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
        .then(": the policy's `methods` (")
        .then_names(named)
        .then(") leave none of the route's (")
        .then_names(routed)
        .then(
            ")\nhelp: give the handler `methods` of its own, or name one of the route's in the policy",
        );
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_method_that_both_name_is_enough() {
        assert!(no_methods_left(&["PUT", "GET"], Some(&["DELETE", "GET"])).is_none());
        assert!(no_methods_left(&["GET"], None).is_none());
    }

    #[test]
    fn a_method_is_the_same_to_its_last_letter() {
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
    fn a_route_that_browsers_cannot_use_anyway_is_no_mistake() {
        assert!(no_methods_left(&[], Some(&["GET"])).is_none());
    }

    #[test]
    fn the_message_lists_both() {
        let none = no_methods_left(&["GET", "PUT"], Some(&["DELETE"]));
        let message = none.expect("nothing is left");
        assert_eq!(
            message.as_str(),
            "no_methods_left: the policy's `methods` (`DELETE`) leave none of the route's (`GET`, `PUT`)\n\
             help: give the handler `methods` of its own, or name one of the route's in the policy"
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
