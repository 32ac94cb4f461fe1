//! What is wrong with a policy, as data. The text comes last.

use core::fmt;

use crate::Rule;

/// What is wrong with a text, wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The rule that it breaks.
    pub rule: Rule,
    /// What is wrong, in one sentence.
    pub problem: String,
    /// What to write or do instead.
    pub help: Option<Help>,
}

/// What mends a [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Help {
    /// The exact text to write. It is right.
    Write(String),
    /// What to do.
    Do(String),
}

/// What is wrong with a policy, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule that is broken.
    pub rule: Rule,
    /// What breaks it.
    pub place: Place,
    /// What is wrong, in one sentence.
    pub problem: String,
    /// What to write or do instead.
    pub help: Option<String>,
}

/// Which part of a policy a [`Violation`] is about. Lists count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// The policy as a whole.
    Attribute,
    /// An element of `origins`.
    Origin(usize),
    /// An element of `methods`.
    Method(usize),
    /// An element of `headers`.
    Header(usize),
    /// An element of `expose_headers`.
    ExposedHeader(usize),
    /// The flag `credentials`.
    Credentials,
    /// The value of `max_age`.
    MaxAge,
    /// The flag `enforce`.
    Enforce,
    /// A name in `allow(…)`.
    Allow(usize),
}

impl Problem {
    /// The same, found at `place`.
    #[must_use]
    pub fn at(self, place: Place) -> Violation {
        let Self {
            rule,
            problem,
            help,
        } = self;
        Violation {
            rule,
            place,
            problem,
            help: help.map(|help| help.to_string()),
        }
    }
}

impl fmt::Display for Help {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write(text) => write!(f, "write \"{text}\""),
            Self::Do(advice) => f.write_str(advice),
        }
    }
}

impl fmt::Display for Problem {
    /// The rule's name and what is wrong, then a line each for the help and the reason, where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        message(f, self.rule, &self.problem, self.help.as_ref())
    }
}

impl fmt::Display for Violation {
    /// The compile error: the rule's name and what is wrong, then a line each for the help and the reason, where
    /// there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        message(f, self.rule, &self.problem, self.help.as_ref())
    }
}

fn message(
    f: &mut fmt::Formatter<'_>,
    rule: Rule,
    problem: &str,
    help: Option<impl fmt::Display>,
) -> fmt::Result {
    write!(f, "{}: {problem}", rule.name())?;
    if let Some(help) = help {
        write!(f, "\nhelp: {help}")?;
    }
    if let Some(why) = rule.why() {
        write!(f, "\nwhy: {why}")?;
    }
    Ok(())
}

impl core::error::Error for Problem {}

impl core::error::Error for Violation {}

/// `text` in backticks for a message: one line, escaped, and shortened where it is long.
#[cfg(feature = "rules")]
pub(crate) fn quoted(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    let mut shown = text.escape_debug();
    let start: String = shown.by_ref().take(MAX_CHARS).collect();
    let ellipsis = if shown.next().is_some() { "…" } else { "" };
    format!("`{start}{ellipsis}`")
}
