//! `const` strings among the origins. The macro sees only their names, so the rules are applied when the app is built.

use std::fmt::Write;

use cors_rules::{Draft, DraftOrigin, Place, Rule};

use crate::policy::{OriginEntry, PolicyTable, Resolved};

/// Checks the constants among `elements`. The error has the messages that the attribute would have shown for literals.
pub(crate) fn check(elements: &[OriginEntry], policy: &PolicyTable) -> Result<(), String> {
    enum Text {
        Literal(String),
        Constant(&'static str),
        Source,
    }
    let texts_of = |element: &OriginEntry| match element {
        OriginEntry::Exact(origin) => vec![Text::Literal((*origin).to_owned())],
        OriginEntry::Pattern(pattern) => vec![Text::Literal(pattern.to_string())],
        OriginEntry::Path(_, resolve) => match resolve() {
            Resolved::Texts(texts) => texts.iter().copied().map(Text::Constant).collect(),
            Resolved::Source(_) => vec![Text::Source],
        },
    };
    let texts: Vec<Text> = elements.iter().flat_map(texts_of).collect();
    if !texts.iter().any(|text| matches!(text, Text::Constant(_))) {
        return Ok(());
    }
    let allow = [
        (
            policy.allowed.insecure_origin,
            Rule::InsecureOriginWithCredentials,
        ),
        (
            policy.allowed.public_suffix,
            Rule::PublicSuffixWithCredentials,
        ),
    ];
    let draft = Draft {
        origins: Some(
            texts
                .iter()
                .map(|text| match text {
                    Text::Literal(text) => DraftOrigin::Literal(text),
                    Text::Constant(text) => DraftOrigin::Literal(text),
                    Text::Source => DraftOrigin::Path,
                })
                .collect(),
        ),
        credentials: policy.credentials,
        enforce: policy.enforce,
        allow: allow
            .iter()
            .filter_map(|(is_allowed, rule)| is_allowed.then_some(rule.name()))
            .collect(),
        ..Draft::default()
    };
    let mut message = String::new();
    for violation in draft.check().err().unwrap_or_default() {
        // The attribute has reported all others.
        let text = match violation.place {
            Place::Origin(index) => match texts[index] {
                Text::Constant(text) => text,
                Text::Literal(_) | Text::Source => continue,
            },
            Place::Enforce => "*",
            _ => continue,
        };
        let _ = write!(
            message,
            "{}the constant \"{}\" in `origins` of `#[cors]`\n{violation}",
            if message.is_empty() { "" } else { "\n" },
            text.escape_debug()
        );
    }
    if message.is_empty() {
        Ok(())
    } else {
        Err(message)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use std::cell::Cell;

    use super::check;
    use crate::OriginSet;
    use crate::policy::{OriginEntry, PolicyTable, Resolved};

    thread_local! {
        static CONSTANT: Cell<&'static [&'static str]> = const { Cell::new(&[]) };
    }

    fn text() -> impl Strategy<Value = String> {
        let mostly_right =
            "https?://(\\*\\.)?([a-z0-9]{1,3}\\.){0,2}(com|uk|1|x_y|EU|é)(:[0-9*]{1,5})?[/ ]?";
        prop_oneof![6 => mostly_right, 1 => Just("*".to_owned()), 1 => Just("null".to_owned()), 1 => any::<String>()]
    }

    #[test]
    fn the_message_names_the_constant_and_its_rule() {
        let enforced = PolicyTable {
            enforce: true,
            ..PolicyTable::NOTHING
        };
        let with_credentials = PolicyTable {
            credentials: true,
            ..PolicyTable::NOTHING
        };
        for (text, policy, rule) in [
            ("*", &enforced, "pointless_enforce"),
            ("*", &with_credentials, "wildcard_with_credentials"),
            (
                "http://a.example",
                &with_credentials,
                "insecure_origin_with_credentials",
            ),
        ] {
            CONSTANT.set(vec![text].leak());
            let constant = OriginEntry::Path("CONSTANT", || Resolved::Texts(CONSTANT.get()));
            let message = check(&[constant], policy).expect_err(rule);
            let beginning = format!("the constant \"{text}\" in `origins` of `#[cors]`\n{rule}: ");
            assert!(message.starts_with(&beginning), "{message}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_constant_is_refused_by_the_rule_of_a_set(text in text()) {
            let policy = PolicyTable { credentials: true, ..PolicyTable::NOTHING };
            CONSTANT.set(vec![&*text.clone().leak()].leak());
            let constant = check(&[OriginEntry::Path("CONSTANT", || Resolved::Texts(CONSTANT.get()))], &policy);
            match (constant, OriginSet::new().replace([text])) {
                (Ok(()), Ok(())) => {}
                (Err(message), Err(error)) => {
                    let rules: Vec<_> = error.refused().map(|(_, rule)| rule.name()).collect();
                    prop_assert!(rules.iter().any(|rule| message.contains(rule)), "{message} but {rules:?}");
                }
                (constant, set) => prop_assert!(false, "{constant:?} but {set:?}"),
            }
        }
    }
}
