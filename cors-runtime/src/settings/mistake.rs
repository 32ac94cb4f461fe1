//! The mistakes in a policy that was read at start.

use std::fmt;

use cors_rules::{Place, Rule, Violation, escaped};

use super::config::PolicyConfig;

/// The mistakes in a [`PolicyConfig`]. `Debug` prints the same text as `Display`, for a `main` that returns it.
///
/// ```
/// use cors_runtime::{PolicyConfig, Rule};
///
/// let config = PolicyConfig { origins: vec!["https://app.example.com:443".to_owned()], ..PolicyConfig::default() };
/// let error = config.check_in("cors").unwrap_err();
/// let mistake = &error.mistakes()[0];
/// assert_eq!((mistake.rule(), mistake.place()), (Rule::DefaultPort, "cors.origins[0]"));
/// assert_eq!(mistake.help(), Some("write \"https://app.example.com\""));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PolicyConfigError {
    mistakes: Vec<PolicyMistake>,
}

/// One mistake in a [`PolicyConfig`].
///
/// ```
/// use cors_runtime::{PolicyConfig, Rule};
///
/// let config = PolicyConfig {
///     origins: vec!["https://app.example.com".to_owned()],
///     max_age: Some(100_000),
///     ..PolicyConfig::default()
/// };
/// let error = config.check().unwrap_err();
/// let mistake = &error.mistakes()[0];
/// assert_eq!((mistake.rule(), mistake.place()), (Rule::InvalidMaxAge, "max_age"));
/// assert_eq!(mistake.value(), Some("100000"));
/// assert!(mistake.message().starts_with("`max_age` is at most 86400, a day"));
/// assert_eq!(mistake.help(), Some("write `max_age = 86400`"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PolicyMistake {
    place: String,
    value: Option<String>,
    violation: Violation,
}

impl PolicyConfigError {
    pub(super) fn new(section: &str, config: &PolicyConfig, violations: Vec<Violation>) -> Self {
        let mistake = |violation: Violation| {
            let (key, value) = written(config, violation.place);
            PolicyMistake {
                place: if section.is_empty() {
                    key
                } else {
                    format!("{section}.{key}")
                },
                value,
                violation,
            }
        };
        Self {
            mistakes: violations.into_iter().map(mistake).collect(),
        }
    }

    /// The mistakes, in the order of the keys.
    #[must_use]
    pub fn mistakes(&self) -> &[PolicyMistake] {
        &self.mistakes
    }
}

impl PolicyMistake {
    /// The rule that is broken.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.violation.rule
    }

    /// The part of the policy that breaks it: `origins[2]`, or `cors.origins[2]` if the policy was
    /// [checked in](PolicyConfig::check_in) the section `cors`. Lists count from 0.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The text there; `None` for a key that is absent or a flag.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.value.as_deref()
    }

    /// The problem, in one sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.violation.problem
    }

    /// The correction.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.violation.help.as_deref()
    }
}

/// The key and the text at `place`.
fn written(config: &PolicyConfig, place: Place) -> (String, Option<String>) {
    let element = |key: &str, list: &[String], index: usize| {
        (format!("{key}[{index}]"), list.get(index).cloned())
    };
    match place {
        // Only `missing_origins` is about the whole policy.
        Place::Attribute => ("origins".to_owned(), None),
        Place::Origin(index) => element("origins", &config.origins, index),
        Place::Method(index) => element(
            "methods",
            config.methods.as_deref().unwrap_or_default(),
            index,
        ),
        Place::Header(index) => element("headers", &config.headers, index),
        Place::ExposedHeader(index) => element("expose_headers", &config.expose_headers, index),
        Place::MaxAge => (
            "max_age".to_owned(),
            config.max_age.map(|seconds| seconds.to_string()),
        ),
        Place::Enforce => ("enforce".to_owned(), None),
        Place::Allow(index) => element("allow", &config.allow, index),
    }
}

impl fmt::Display for PolicyMistake {
    /// The place and the text there, then the text of the compile error.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)?;
        match &self.value {
            Some(number) if self.violation.place == Place::MaxAge => write!(f, " {number}")?,
            Some(text) => write!(f, " \"{}\"", escaped(text, 256))?,
            None => {}
        }
        write!(f, ": {}", self.violation)
    }
}

impl fmt::Display for PolicyConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the CORS policy is refused")?;
        for mistake in &self.mistakes {
            write!(f, "\n{mistake}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for PolicyMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for PolicyConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for PolicyConfigError {}
