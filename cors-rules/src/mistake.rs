//! Mistakes that const evaluation finds as well as the attribute does: their words repeat nothing of the input.

use crate::Rule;
use crate::const_text::ConstText;
#[cfg(feature = "rules")]
use crate::{Place, Violation};

/// A broken rule, what is wrong, and what to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The rule.
    pub rule: Rule,
    /// What is wrong.
    pub problem: &'static str,
    /// What to write instead.
    pub help: &'static str,
}

/// The keys of a policy that rules about combinations look at.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a key, or a fact about one"
)]
pub struct Combination {
    /// The origins are `"*"`.
    pub anyone: bool,
    /// An origin may have credentials only where `insecure_origin_with_credentials` is allowed, and it is not.
    pub insecure: bool,
    /// The same of `public_suffix_with_credentials`.
    pub public_suffix: bool,
    /// `"*"` is exposed.
    pub any_exposed: bool,
    /// The flag `credentials`.
    pub credentials: bool,
    /// The flag `enforce`.
    pub enforce: bool,
}

pub(crate) const NULL_ORIGIN: Mistake = Mistake {
    rule: Rule::NullOrigin,
    problem: "`null` is the origin of every sandboxed page and of every local file",
    help: "serve the page from an origin of its own, and list that",
};
pub(crate) const WITHOUT_SCHEME: Mistake = Mistake {
    rule: Rule::OriginWithoutScheme,
    problem: "an origin begins with its scheme",
    help: "write scheme and host, such as \"https://app.example.com\"",
};
pub(crate) const WITH_PATH: Mistake = Mistake {
    rule: Rule::OriginWithPath,
    problem: "an origin has no path, not even a trailing `/`",
    help: "write scheme, host and port alone, such as \"https://app.example.com\"",
};
pub(crate) const NOT_LOWERCASE: Mistake = Mistake {
    rule: Rule::OriginNotLowercase,
    problem: "an origin is written in lower case",
    help: "write it as browsers send it, such as \"https://app.example.com\"",
};
pub(crate) const DEFAULT_PORT: Mistake = Mistake {
    rule: Rule::DefaultPort,
    problem: "this is the port that the scheme has anyway",
    help: "leave it out, as browsers do: \"https://app.example.com\"",
};
pub(crate) const NO_ORIGIN: Mistake = Mistake {
    rule: Rule::InvalidOrigin,
    problem: "the text of this constant is no origin",
    help: "write the text in place of the constant's name, and the error says what is wrong with it",
};
const WILDCARD_WITH_CREDENTIALS: Mistake = Mistake {
    rule: Rule::WildcardWithCredentials,
    problem: "`\"*\"` cannot stand with `credentials`",
    help: "list the origins that may act as the user, or leave out `credentials`",
};
const POINTLESS_ENFORCE: Mistake = Mistake {
    rule: Rule::PointlessEnforce,
    problem: "`enforce` refuses nobody where the origins are `\"*\"`",
    help: "leave out `enforce`, or list the origins",
};
const INSECURE_ORIGIN: Mistake = Mistake {
    rule: Rule::InsecureOriginWithCredentials,
    problem: "an origin that is not `https` cannot stand with `credentials`",
    help: "write it with `https`, or accept it by `allow(insecure_origin_with_credentials)`",
};
const PUBLIC_SUFFIX: Mistake = Mistake {
    rule: Rule::PublicSuffixWithCredentials,
    problem: "the subdomains of a public suffix cannot stand with `credentials`",
    help: "list the hosts, or accept it by `allow(public_suffix_with_credentials)`",
};
const WILDCARD_EXPOSED: Mistake = Mistake {
    rule: Rule::WildcardExposedWithCredentials,
    problem: "`\"*\"` exposes nothing with `credentials`",
    help: "list the headers that script may read",
};

impl Combination {
    /// The rules about combinations that the keys break. An `enforce` beside `"*"` is one mistake with the credentials there.
    #[must_use]
    pub const fn mistakes(self) -> [Option<Mistake>; 5] {
        const fn found(is_broken: bool, mistake: Mistake) -> Option<Mistake> {
            if is_broken { Some(mistake) } else { None }
        }
        let credentials = self.credentials;
        [
            found(self.anyone && credentials, WILDCARD_WITH_CREDENTIALS),
            found(
                self.anyone && self.enforce && !credentials,
                POINTLESS_ENFORCE,
            ),
            found(self.insecure && credentials, INSECURE_ORIGIN),
            found(self.public_suffix && credentials, PUBLIC_SUFFIX),
            // https://fetch.spec.whatwg.org/#concept-main-fetch, where the CORS-exposed header-name list is set.
            found(self.any_exposed && credentials, WILDCARD_EXPOSED),
        ]
    }

    /// Ends const evaluation with the message of the first mistake.
    ///
    /// # Panics
    /// Where there is one.
    #[track_caller]
    pub const fn assert_right(self) {
        let found = self.mistakes();
        let mut rest: &[Option<Mistake>] = &found;
        while let [mistake, tail @ ..] = rest {
            if let Some(mistake) = mistake {
                panic!(
                    "{}",
                    mistake
                        .message("; one of the keys is the named policy's")
                        .as_str()
                );
            }
            rest = tail;
        }
    }
}

impl Mistake {
    /// The compile error: the rule's name and what is wrong with `note` behind it, then a line each for the help and, where
    /// there is one, the reason.
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

    #[cfg(feature = "rules")]
    pub(crate) fn at(self, place: Place) -> Violation {
        Violation {
            rule: self.rule,
            place,
            problem: self.problem.to_owned(),
            help: Some(self.help.to_owned()),
        }
    }
}
