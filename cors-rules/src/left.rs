//! Which methods a named policy leaves a handler. The policy is another item, so that const evaluation has to look.

/// The longest message that [`MethodsLeft`] can give.
const MAX_MESSAGE_LEN: usize = 512;

/// The methods of a handler's route that a named policy names as well.
#[derive(Clone, Copy, Debug)]
pub struct MethodsLeft<const N: usize> {
    names: [&'static str; N],
    len: usize,
}

impl<const N: usize> MethodsLeft<N> {
    /// Those of `routed` that are among `named`, or all of them where the policy names none.
    #[must_use]
    pub const fn of(routed: &[&'static str; N], named: Option<&[&str]>) -> Self {
        let mut left = Self {
            names: *routed,
            len: N,
        };
        let Some(named) = named else {
            return left;
        };
        left.len = 0;
        let mut index = 0;
        while index < N {
            if contains(named, routed[index]) {
                left.names[left.len] = routed[index];
                left.len += 1;
            }
            index += 1;
        }
        left
    }

    /// The names.
    #[must_use]
    pub const fn names(&self) -> &[&'static str] {
        self.names.split_at(self.len).0
    }
}

/// What is wrong where the `named` methods of a policy are none of those that a handler has, on whichever of its routes.
#[must_use]
pub const fn no_methods_left(routed: &[&str], named: Option<&[&str]>) -> Option<NoMethodsLeft> {
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
    Some(NoMethodsLeft::new(routed, named))
}

/// A named policy names none of a handler's methods: the message, with its rule.
#[derive(Clone, Copy)]
pub struct NoMethodsLeft {
    text: [u8; MAX_MESSAGE_LEN],
    len: usize,
}

impl NoMethodsLeft {
    const fn new(routed: &[&str], named: &[&str]) -> Self {
        Self {
            text: [0; MAX_MESSAGE_LEN],
            len: 0,
        }
        .then("no_methods_left: the policy's `methods` (")
        .then_names(named)
        .then(") leave none of the route's (")
        .then_names(routed)
        .then(
            ")\nhelp: give the handler `methods` of its own, or name one of the route's in the policy",
        )
    }

    /// The message as the attribute would give it.
    #[must_use]
    pub const fn message(&self) -> &str {
        match core::str::from_utf8(self.text.split_at(self.len).0) {
            Ok(text) => text,
            // Only whole names are written.
            Err(_) => "no_methods_left",
        }
    }

    /// With `more` at the end, if there is room for it.
    const fn then(mut self, more: &str) -> Self {
        if self.len + more.len() > MAX_MESSAGE_LEN {
            return self;
        }
        let mut rest = more.as_bytes();
        while let [byte, tail @ ..] = rest {
            self.text[self.len] = *byte;
            self.len += 1;
            rest = tail;
        }
        self
    }

    const fn then_names(mut self, names: &[&str]) -> Self {
        let mut rest = names;
        while let [name, tail @ ..] = rest {
            self = self.then("`").then(name).then("`");
            if !tail.is_empty() {
                self = self.then(", ");
            }
            rest = tail;
        }
        self
    }
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
    fn a_policy_without_methods_leaves_all_of_the_routes() {
        let left = MethodsLeft::of(&["GET", "DELETE"], None);
        assert_eq!(left.names(), ["GET", "DELETE"]);
        assert!(no_methods_left(&["GET"], None).is_none());
    }

    #[test]
    fn what_both_name_is_left_in_the_order_of_the_route() {
        let named: &[_] = &["DELETE", "POST", "GET"];
        let left = MethodsLeft::of(&["GET", "PUT", "DELETE"], Some(named));
        assert_eq!(left.names(), ["GET", "DELETE"]);
        assert!(no_methods_left(&["PUT", "GET"], Some(named)).is_none());
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
            message.message(),
            "no_methods_left: the policy's `methods` (`DELETE`) leave none of the route's (`GET`, `PUT`)\n\
             help: give the handler `methods` of its own, or name one of the route's in the policy"
        );
        assert!(
            MethodsLeft::of(&["GET", "PUT"], Some(&["DELETE"]))
                .names()
                .is_empty()
        );
    }

    #[test]
    fn long_names_shorten_the_message() {
        const LONG: &str = "METHODMETHODMETHODMETHODMETHODMETHODMETHODMETHODMETHODMETHODMETHOD";
        let none = no_methods_left(&["GET"], Some(&[LONG; 9]));
        let message = none.expect("nothing is left");
        assert!(message.message().starts_with("no_methods_left: "));
    }
}
