//! Text that const evaluation can build.

/// The longest text. A part that would exceed it is left out.
const MAX_LEN: usize = 1024;

/// A message of const evaluation.
///
/// ```
/// use cors_rules::{ConstText, no_methods_left};
///
/// const MESSAGE: Option<ConstText> = no_methods_left(&["PUT", "DELETE"], Some(&["GET"]));
///
/// let message = MESSAGE.expect("the handler has no method of the policy's");
/// assert!(message.as_str().starts_with(
///     "no_methods_left: the policy allows none of the route's methods: it names `GET`, and the route serves `PUT`, `DELETE`"
/// ));
/// ```
#[derive(Clone, Copy)]
pub struct ConstText {
    bytes: [u8; MAX_LEN],
    len: usize,
}

impl ConstText {
    pub(crate) const EMPTY: Self = Self {
        bytes: [0; MAX_LEN],
        len: 0,
    };

    /// The text.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            // Unreachable: `then` adds whole texts.
            Err(_) => "",
        }
    }

    /// Appends `more`, if there is room for it.
    pub(crate) const fn then(mut self, more: &str) -> Self {
        if self.len + more.len() > MAX_LEN {
            return self;
        }
        let mut rest = more.as_bytes();
        while let [byte, tail @ ..] = rest {
            self.bytes[self.len] = *byte;
            self.len += 1;
            rest = tail;
        }
        self
    }

    /// Appends a colon and the origin in quotes, unless it has a control character.
    pub(crate) const fn then_origin(self, origin: &str) -> Self {
        let mut rest = origin.as_bytes();
        while let [byte, tail @ ..] = rest {
            if byte.is_ascii_control() {
                return self;
            }
            rest = tail;
        }
        self.then(": \"").then(origin).then("\"")
    }

    /// Appends the names in backticks.
    pub(crate) const fn then_names(mut self, names: &[&str]) -> Self {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_without_room_is_left_out() {
        let text = ConstText::EMPTY.then("text");
        let more = "x".repeat(MAX_LEN - text.as_str().len() + 1);
        assert_eq!(text.then(&more).as_str(), "text");
        assert_eq!(text.then(&more[1..]).as_str().len(), MAX_LEN);
    }

    #[test]
    fn names_stand_in_backticks() {
        let text = ConstText::EMPTY.then_names(&["GET", "PUT"]);
        assert_eq!(text.as_str(), "`GET`, `PUT`");
    }
}
