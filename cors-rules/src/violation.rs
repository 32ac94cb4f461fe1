//! Broken rules as data. The text is made last.

use core::fmt;

use crate::{Mistake, Rule};

/// A broken rule, wherever it is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The rule that it breaks.
    pub rule: Rule,
    /// The problem, in one sentence.
    pub problem: String,
    /// The correction.
    pub help: Option<Help>,
}

/// The correction of a [`Problem`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Help {
    /// The exact text to write, which breaks no rule about one origin or name.
    Write(String),
    /// Advice.
    Do(String),
}

/// A rule that a policy breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The part of the policy that breaks it.
    pub place: Place,
    /// The problem, in one sentence.
    pub problem: String,
    /// The correction.
    pub help: Option<String>,
}

/// The part of a policy that a [`Violation`] is about. Lists count from 0.
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
    /// The value of `max_age`.
    MaxAge,
    /// The flag `enforce`.
    Enforce,
    /// A name in `allow(…)`.
    Allow(usize),
}

impl Problem {
    /// A problem with advice.
    pub fn new(rule: Rule, problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            help: Some(Help::Do(advice.into())),
            ..Self::without_help(rule, problem)
        }
    }

    pub(crate) fn without_help(rule: Rule, problem: impl Into<String>) -> Self {
        Self {
            rule,
            problem: problem.into(),
            help: None,
        }
    }

    /// The problem as found at `place`.
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

impl From<Mistake> for Problem {
    fn from(mistake: Mistake) -> Self {
        Self::new(mistake.rule, mistake.problem, mistake.help)
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
    /// The rule's name and the problem, then a line each for the help and the reason, where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        message(f, self.rule, &self.problem, self.help.as_ref())
    }
}

impl fmt::Display for Violation {
    /// As a [`Problem`]: the text of the compile error.
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
pub(crate) fn quoted(text: &str) -> String {
    const MAX_CHARS: usize = 60;
    let mut shown = text.escape_debug();
    let start: String = shown.by_ref().take(MAX_CHARS).collect();
    let ellipsis = if shown.next().is_some() { "…" } else { "" };
    format!("`{start}{ellipsis}`")
}
