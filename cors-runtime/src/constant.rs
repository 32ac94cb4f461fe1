//! A `const` string among the origins: the macro sees its name alone, so the rules look at it when the app is built.

use cors_policy::Pattern;

use crate::policy::Policy;

/// The pattern, or the message that the attribute would have given.
pub(crate) fn check(text: &'static str, policy: &Policy) -> Result<Pattern, String> {
    let pattern = Pattern::parse(text).map_err(|problem| refused(text, &problem))?;
    let is_allowed = |rule| match rule {
        cors_policy::Rule::InsecureOriginWithCredentials => policy.allowed.insecure_origin,
        cors_policy::Rule::PublicSuffixWithCredentials => policy.allowed.public_suffix,
        _ => false,
    };
    let broken = policy
        .credentials
        .then(|| {
            pattern
                .problems_with_credentials()
                .find(|problem| !is_allowed(problem.rule))
        })
        .flatten();
    match broken {
        Some(problem) => Err(refused(text, &problem)),
        None => Ok(pattern),
    }
}

fn refused(text: &str, problem: &cors_policy::Problem) -> String {
    format!(
        "the constant \"{}\" in `origins` of `#[cors]`\n{problem}",
        text.escape_debug()
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::check;
    use crate::OriginSet;
    use crate::policy::Policy;

    fn text() -> impl Strategy<Value = String> {
        let mostly_right =
            "https?://(\\*\\.)?([a-z0-9]{1,3}\\.){0,2}(com|uk|1|x_y|EU|é)(:[0-9*]{1,5})?[/ ]?";
        prop_oneof![6 => mostly_right, 1 => Just("*".to_owned()), 1 => Just("null".to_owned()), 1 => any::<String>()]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_constant_is_refused_by_the_rule_of_a_set(text in text()) {
            let policy = Policy { credentials: true, ..Policy::NOTHING };
            // A constant lives as long as the program.
            let constant = check(Box::leak(text.clone().into_boxed_str()), &policy);
            match (constant, OriginSet::new().replace([text])) {
                (Ok(_), Ok(())) => {}
                (Err(message), Err(error)) => {
                    let rules: Vec<_> = error.refused().map(|(_, rule)| rule.name()).collect();
                    prop_assert!(rules.iter().any(|rule| message.contains(rule)), "{message} but {rules:?}");
                }
                (constant, set) => prop_assert!(false, "{constant:?} but {set:?}"),
            }
        }
    }
}
