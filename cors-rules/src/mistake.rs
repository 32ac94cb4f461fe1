//! Mistakes that const evaluation finds as well as the attribute does. Their words are constants, so they quote nothing.

use crate::Rule;
use crate::const_text::ConstText;

/// A broken rule, with the problem and the correction.
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
///     public_suffix: false,
///     any_exposed: false,
///     credentials: false,
///     enforce: false,
/// };
/// assert_eq!(ANYONE.mistakes(), [None; 4]);
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
    /// An origin breaks `public_suffix_with_credentials` if there are credentials, and the rule is not allowed.
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
pub(crate) const PUNYCODE: Mistake = Mistake::new(
    Rule::InvalidOrigin,
    "const evaluation has no tables to check Punycode with",
    "write this origin as a literal in the attribute",
);
/// `origins` lists only constants, and all of them are empty.
pub const EMPTY_CONSTANTS: Mistake = Mistake::new(
    Rule::MissingOrigins,
    "the constants in `origins` are empty",
    "name at least one, such as `origins = [\"https://app.example.com\"]`",
);
/// An origin that is listed twice.
pub const DUPLICATE_ORIGIN: Mistake = Mistake::new(
    Rule::DuplicateOrigin,
    "this origin is listed twice",
    "remove one",
);
/// `"*"` beside other origins.
pub const WILDCARD_AMONG_ORIGINS: Mistake = Mistake::new(
    Rule::WildcardAmongOrigins,
    "`\"*\"` allows every origin, so the others in the list have no effect",
    "keep only `\"*\"`, or leave it out",
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
pub(crate) const UNKNOWN_SUFFIX: Mistake = Mistake::new(
    Rule::PublicSuffixWithCredentials,
    "const evaluation cannot look up whether this is a public suffix, which cannot be combined with `credentials`",
    "write this origin as a literal in the attribute, or add `allow(public_suffix_with_credentials)`",
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
    /// The broken rules. `"*"` with both `credentials` and `enforce` is reported only as `wildcard_with_credentials`.
    #[must_use]
    pub const fn mistakes(self) -> [Option<Mistake>; 4] {
        let Self {
            anyone,
            credentials,
            ..
        } = self;
        let is_pointless = anyone && self.enforce && !credentials;
        [
            WILDCARD_WITH_CREDENTIALS.found_if(anyone && credentials),
            POINTLESS_ENFORCE.found_if(is_pointless),
            PUBLIC_SUFFIX.found_if(self.public_suffix && credentials),
            // https://fetch.spec.whatwg.org/#concept-main-fetch, where the CORS-exposed header-name list is set.
            WILDCARD_EXPOSED.found_if(self.any_exposed && credentials),
        ]
    }

    /// The first of the broken rules.
    ///
    /// ```
    /// use cors_rules::{Combination, Rule};
    ///
    /// const MISTAKE: Option<cors_rules::Mistake> = Combination {
    ///     anyone: true,
    ///     public_suffix: false,
    ///     any_exposed: false,
    ///     credentials: true,
    ///     enforce: false,
    /// }
    /// .mistake();
    /// assert_eq!(MISTAKE.expect("a mistake").rule, Rule::WildcardWithCredentials);
    /// ```
    #[must_use]
    pub const fn mistake(self) -> Option<Mistake> {
        let mistakes = self.mistakes();
        let mut rest: &[Option<Mistake>] = &mistakes;
        while let [None, tail @ ..] = rest {
            rest = tail;
        }
        match rest {
            [first, ..] => *first,
            [] => None,
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

    pub(crate) const fn found_if(self, is_broken: bool) -> Option<Self> {
        if is_broken { Some(self) } else { None }
    }

    /// The compile error. The first line has the rule's name, the problem, the origin and `note`. A line with the help follows, and a
    /// line with the reason if the rule has one.
    ///
    /// ```
    /// use cors_rules::const_mistake;
    ///
    /// let mistake = const_mistake("app.example.com").expect("the scheme is missing");
    /// assert_eq!(mistake.message(None, " (in a constant)").as_str(), "\
    /// origin_without_scheme: an origin begins with a scheme, such as `https://` (in a constant)
    /// help: write a scheme and a host, such as \"https://app.example.com\"");
    /// ```
    #[must_use]
    pub const fn message(self, origin: Option<&str>, note: &str) -> ConstText {
        let mut message = ConstText::EMPTY
            .then(self.rule.name())
            .then(": ")
            .then(self.problem);
        if let Some(origin) = origin {
            message = message.then_origin(origin);
        }
        message = message.then(note).then("\nhelp: ").then(self.help);
        match self.rule.why() {
            Some(why) => message.then("\nwhy: ").then(why),
            None => message,
        }
    }
}
