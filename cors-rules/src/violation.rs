//! Broken rules as data. The text is made last.

use core::fmt;

use crate::{Mistake, Rule};

/// A broken rule, without its place in a policy.
///
/// ```
/// use cors_rules::{Help, Problem, Rule};
///
/// let problem = Problem::new(Rule::UnknownKey, "there is no key `origin`", "write `origins`");
/// assert_eq!(problem.rule, Rule::UnknownKey);
/// assert_eq!(problem.help, Some(Help::Do("write `origins`".to_owned())));
/// assert_eq!(problem.to_string(), "unknown_key: there is no key `origin`\nhelp: write `origins`");
/// ```
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
///
/// ```
/// use cors_rules::{Help, Pattern};
///
/// let help = |text| Pattern::parse(text).unwrap_err().help;
/// assert_eq!(help("HTTPS://app.example.com"), Some(Help::Write("https://app.example.com".to_owned())));
/// assert_eq!(help("https://a.example, https://b.example"), Some(Help::Do("write one origin per string".to_owned())));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Help {
    /// The exact text to write, which breaks no rule about one origin or name.
    Write(String),
    /// Advice.
    Do(String),
}

/// A rule that a policy breaks, and the place.
///
/// ```
/// use cors_rules::{Draft, Place, Rule};
///
/// let draft = Draft { inherits: true, headers: Some(vec!["content-type", "cookie"]), ..Draft::default() };
/// let violations = draft.check().unwrap_err();
/// assert_eq!((violations[0].rule, violations[0].place), (Rule::ForbiddenHeader, Place::Header(1)));
/// assert_eq!(violations[0].problem, "browsers do not let script set `cookie`");
/// assert_eq!(violations[0].help.as_deref(), Some("leave it out"));
/// ```
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
///
/// ```
/// use cors_rules::{Draft, DraftOrigin, Place};
///
/// let draft = Draft {
///     origins: Some(vec![DraftOrigin::Literal("https://app.example.com"), DraftOrigin::Literal("null")]),
///     methods: Some(vec!["PUT", "trace"]),
///     headers: Some(vec!["host"]),
///     expose_headers: Some(vec!["etag", "set-cookie"]),
///     max_age: Some("-1"),
///     allow: vec!["unseen_items"],
///     ..Draft::default()
/// };
/// let places: Vec<Place> = draft.check().unwrap_err().iter().map(|violation| violation.place).collect();
/// assert_eq!(places, [
///     Place::Origin(1),
///     Place::Method(1),
///     Place::Header(0),
///     Place::ExposedHeader(1),
///     Place::MaxAge,
///     Place::Allow(0),
/// ]);
///
/// let anyone = Draft { origins: Some(vec![DraftOrigin::Literal("*")]), enforce: true, ..Draft::default() };
/// assert_eq!(anyone.check().unwrap_err()[0].place, Place::Enforce);
///
/// assert_eq!(Draft::default().check().unwrap_err()[0].place, Place::Attribute, "there are no origins");
/// ```
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
            rule,
            problem: problem.into(),
            help: Some(Help::Do(advice.into())),
        }
    }

    /// The problem as found at `place`.
    pub(crate) fn at(self, place: Place) -> Violation {
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
    /// The rule's name and the problem, then a line each for the help and the reason, if there are any.
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

/// `text` in backticks for a message.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", escaped(text, 60))
}

/// `text` for a message: one line, escaped, and cut after `max_chars`. Letters other than ASCII are not escaped, because a person
/// wrote them.
///
/// ```
/// use cors_rules::escaped;
///
/// assert_eq!(escaped("https://exämple.com\n", 60), r"https://exämple.com\n");
/// assert_eq!(escaped("https://app.example.com", 8), "https://…");
/// ```
#[must_use]
pub fn escaped(text: &str, max_chars: usize) -> String {
    let mut rest = text.escape_debug();
    let mut start: String = rest.by_ref().take(max_chars).collect();
    if rest.next().is_some() {
        start.push('…');
    }
    start
}
