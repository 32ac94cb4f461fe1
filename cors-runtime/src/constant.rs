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
