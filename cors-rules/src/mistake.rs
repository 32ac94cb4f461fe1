//! Mistakes that const evaluation finds as well as the attribute does. Their words are constants, so they quote nothing.

use crate::Rule;
use crate::const_text::ConstText;

/// A broken rule, what is wrong, and what to write instead.
///
/// ```
/// use cors_rules::{Rule, const_mistake};
///
/// let mistake = const_mistake("https://app.example.com/").expect("an origin has no path");
/// assert_eq!(mistake.rule, Rule::OriginWithPath);
/// assert_eq!(mistake.problem, "an origin has no path, not even a trailing `/`");
/// assert_eq!(mistake.help, "write only scheme, host and port, such as \"https://app.example.com\"");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The rule.
    pub rule: Rule,
    /// The problem, in one sentence.
    pub problem: &'static str,
    /// The correction.
    pub help: &'static str,
}

/// The keys of a policy that rules about combinations look at.
///
/// ```
/// use cors_rules::{Combination, Rule};
///
/// /// `origins = ["*"]`, and nothing else.
/// const ANYONE: Combination = Combination {
///     anyone: true,
///     insecure: false,
///     public_suffix: false,
///     any_exposed: false,
///     credentials: false,
///     enforce: false,
/// };
/// assert_eq!(ANYONE.mistakes(), [None; 5]);
///
/// let with_credentials = Combination { credentials: true, ..ANYONE };
/// let mistakes = with_credentials.mistakes();
/// let rules: Vec<Rule> = mistakes.iter().flatten().map(|mistake| mistake.rule).collect();
/// assert_eq!(rules, [Rule::WildcardWithCredentials]);
/// ```
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key, or a fact about one"
)]
pub struct Combination {
    /// The origins are `"*"`.
    pub anyone: bool,
    /// An origin breaks `insecure_origin_with_credentials`, unless there are no credentials, and the rule is not allowed.
    pub insecure: bool,
    /// The same for `public_suffix_with_credentials`.
    pub public_suffix: bool,
    /// `"*"` is exposed.
    pub any_exposed: bool,
    /// The flag `credentials`.
    pub credentials: bool,
    /// The flag `enforce`.
    pub enforce: bool,
}

pub(crate) const NULL_ORIGIN: Mistake = Mistake::new(
    Rule::NullOrigin,
    "`null` is the origin of every sandboxed page and of every local file",
    "serve the page from an origin of its own, and list that origin",
);
pub(crate) const WITHOUT_SCHEME: Mistake = Mistake::new(
    Rule::OriginWithoutScheme,
    "an origin begins with a scheme, such as `https://`",
    "write a scheme and a host, such as \"https://app.example.com\"",
);
pub(crate) const WITH_PATH: Mistake = Mistake::new(
    Rule::OriginWithPath,
    "an origin has no path, not even a trailing `/`",
    "write only scheme, host and port, such as \"https://app.example.com\"",
);
pub(crate) const NOT_LOWERCASE: Mistake = Mistake::new(
    Rule::OriginNotLowercase,
    "an origin is written in lower case",
    "write it as browsers send it, such as \"https://app.example.com\"",
);
pub(crate) const DEFAULT_PORT: Mistake = Mistake::new(
    Rule::DefaultPort,
    "this is the scheme's default port",
    "leave it out, as browsers do: \"https://app.example.com\"",
);
pub(crate) const NOT_AN_ORIGIN: Mistake = Mistake::new(
    Rule::InvalidOrigin,
    "the text of this constant is not an origin",
    "write the text in place of the constant's name, and the error says what is wrong with it",
);
pub(crate) const INSECURE_ORIGIN: Mistake = Mistake::new(
    Rule::InsecureOriginWithCredentials,
    "an insecure origin cannot be combined with `credentials`",
    "write it with `https`, or add `allow(insecure_origin_with_credentials)`",
);
pub(crate) const PUBLIC_SUFFIX: Mistake = Mistake::new(
    Rule::PublicSuffixWithCredentials,
    "the subdomains of a public suffix cannot be combined with `credentials`",
    "list the hosts, or add `allow(public_suffix_with_credentials)`",
);
const WILDCARD_WITH_CREDENTIALS: Mistake = Mistake::new(
    Rule::WildcardWithCredentials,
    "`\"*\"` cannot be combined with `credentials`",
    "list the origins that may act as the user, or leave out `credentials`",
);
const POINTLESS_ENFORCE: Mistake = Mistake::new(
    Rule::PointlessEnforce,
    "`enforce` refuses nobody where the origins are `\"*\"`",
    "leave out `enforce`, or list the origins",
);
const WILDCARD_EXPOSED: Mistake = Mistake::new(
    Rule::WildcardExposedWithCredentials,
    "`\"*\"` exposes nothing with `credentials`",
    "list the headers that script may read",
);

impl Combination {
    /// The broken rules. `"*"` with both `credentials` and `enforce` is one mistake, that of the credentials.
    #[must_use]
    pub const fn mistakes(self) -> [Option<Mistake>; 5] {
        const fn found(is_broken: bool, mistake: Mistake) -> Option<Mistake> {
            if is_broken { Some(mistake) } else { None }
        }
        let Self {
            anyone,
            credentials,
            ..
        } = self;
        let is_pointless = anyone && self.enforce && !credentials;
        [
            found(anyone && credentials, WILDCARD_WITH_CREDENTIALS),
            found(is_pointless, POINTLESS_ENFORCE),
            found(self.insecure && credentials, INSECURE_ORIGIN),
            found(self.public_suffix && credentials, PUBLIC_SUFFIX),
            // https://fetch.spec.whatwg.org/#concept-main-fetch, where the CORS-exposed header-name list is set.
            found(self.any_exposed && credentials, WILDCARD_EXPOSED),
        ]
    }

    /// Ends const evaluation with the message of the first mistake.
    ///
    /// ```compile_fail
    /// # use cors_rules::Combination;
    /// const _: () = Combination {
    ///     anyone: true,
    ///     insecure: false,
    ///     public_suffix: false,
    ///     any_exposed: false,
    ///     credentials: true, // wildcard_with_credentials
    ///     enforce: false,
    /// }
    /// .assert_right();
    /// ```
    ///
    /// # Panics
    /// If there is a mistake.
    #[track_caller]
    pub const fn assert_right(self) {
        let mistakes = self.mistakes();
        let mut rest: &[Option<Mistake>] = &mistakes;
        while let [first, tail @ ..] = rest {
            if let Some(mistake) = first {
                let message = mistake.message(" (one of the two comes from the named policy)");
                panic!("{}", message.as_str());
            }
            rest = tail;
        }
    }
}

impl Mistake {
    const fn new(rule: Rule, problem: &'static str, help: &'static str) -> Self {
        Self {
            rule,
            problem,
            help,
        }
    }

    /// The compile error: the rule's name, the problem with `note` behind it, then a line each for the help and, where there
    /// is one, the reason.
    ///
    /// ```
    /// use cors_rules::const_mistake;
    ///
    /// let mistake = const_mistake("app.example.com").expect("the scheme is missing");
    /// assert_eq!(mistake.message(" (in a constant)").as_str(), "\
    /// origin_without_scheme: an origin begins with a scheme, such as `https://` (in a constant)
    /// help: write a scheme and a host, such as \"https://app.example.com\"");
    /// ```
    #[must_use]
    pub const fn message(self, note: &str) -> ConstText {
        let message = ConstText::EMPTY
            .then(self.rule.name())
            .then(": ")
            .then(self.problem)
            .then(note)
            .then("\nhelp: ")
            .then(self.help);
        match self.rule.why() {
            Some(why) => message.then("\nwhy: ").then(why),
            None => message,
        }
    }
}
