//! The findings of an audit. Each attack and each mistake that is tried gets one entry of the report.

use actix_web::http::header::SET_COOKIE;
use cors_runtime::test::Response;

use super::{
    answer::{Access, Answer, Surface},
    attack::{Attack, Attempt},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Fine if it is intended.
    Note,
    Low,
    Medium,
    High,
}

/// The result for one attack or mistake.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) says: String,
    pub(crate) finding: Option<Finding>,
}

pub(crate) struct Finding {
    pub(crate) severity: Severity,
    /// The origin that was allowed; `None` for a mistake that is not about one origin.
    pub(crate) origin: Option<String>,
    /// The kinds of answers that have it.
    pub(crate) surfaces: Vec<Surface>,
    pub(crate) who: String,
    pub(crate) what: &'static str,
    pub(crate) cure: &'static str,
}

/// All answers, and the method that the preflights asked for.
pub(crate) struct Evidence<'a> {
    pub(crate) attempts: &'a [Attempt],
    pub(crate) answers: &'a [Answer],
    pub(crate) asked: &'a str,
}

impl Evidence<'_> {
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let mut all: Vec<Entry> = Attack::ALL
            .into_iter()
            .map(|attack| self.attack(attack))
            .collect();
        all.extend([
            self.wildcard_with_credentials(),
            self.invalid_origin(),
            self.missing_vary(),
            self.preflight_runs_handler(),
            self.preflight_needs_login(),
        ]);
        all
    }

    /// The access that the server gives to the origins of an attack.
    fn attack(&self, attack: Attack) -> Entry {
        let attempts: Vec<&Attempt> = self.attempts_of(attack).collect();
        let successful: Vec<(&Attempt, Access, Vec<Surface>)> = attempts
            .iter()
            .filter_map(|attempt| {
                let (access, surfaces) = self.access(attempt)?;
                Some((*attempt, access, surfaces))
            })
            .collect();
        let worst = successful
            .iter()
            .rev()
            .max_by_key(|(attempt, access, _)| severity(attempt, *access));
        let Some((attempt, access, surfaces)) = worst else {
            let tried = attempts.iter().map(|attempt| attempt.origin.as_str());
            let tried: Vec<&str> = tried.collect();
            return Entry {
                name: attack.name(),
                says: match &tried[..] {
                    [] => "nothing to try: no trusted origin has it".to_owned(),
                    _ if attempts.iter().any(|attempt| self.has_access(attempt)) => {
                        "not more than an attack above".to_owned()
                    }
                    tried => format!("not allowed: {}", tried.join(", ")),
                },
                finding: None,
            };
        };
        let reads = surfaces
            .iter()
            .any(|surface| *surface != Surface::Preflight);
        let what = match (reads, access) {
            (true, Access::AsUser) => "reads what the signed-in user may read",
            (true, _) => "reads what anyone may read, without the user's cookies",
            (false, Access::AsUser) => {
                "sends such requests, with the user's cookies, after a preflight"
            }
            (false, _) => "sends such requests, without the user's cookies, after a preflight",
        };
        Entry {
            name: attack.name(),
            says: format!("{} {what}: {} is allowed", attempt.who, attempt.origin),
            finding: Some(Finding {
                severity: severity(attempt, *access),
                origin: Some(attempt.origin.clone()),
                surfaces: surfaces.clone(),
                who: attempt.who.clone(),
                what,
                cure: cure(attack, *access),
            }),
        }
    }

    /// The widest access of the origin of an attempt, and the surfaces with it; `None` if an easier attack has as much.
    fn access(&self, attempt: &Attempt) -> Option<(Access, Vec<Surface>)> {
        let found: Vec<(Surface, Access)> = self
            .of(&attempt.origin)
            .map(|answer| (answer.surface, answer.access(self.asked)))
            .filter(|(surface, access)| {
                let easier: &[Attack] = match attempt.attack {
                    Attack::AnyOrigin => &[],
                    // `appxexample.com` ends in `example.com`.
                    Attack::AnyCharacterForADot => &[Attack::AnyOrigin, Attack::NameBefore],
                    _ => &[Attack::AnyOrigin],
                };
                *access > self.widest_access(easier, *surface)
            })
            .collect();
        let most = found.iter().map(|(_, access)| *access).max()?;
        let surfaces = found
            .iter()
            .filter(|(_, access)| *access == most)
            .map(|(surface, _)| *surface)
            .collect();
        Some((most, surfaces))
    }

    fn has_access(&self, attempt: &Attempt) -> bool {
        self.of(&attempt.origin)
            .any(|answer| answer.access(self.asked) > Access::Nothing)
    }

    fn attempts_of(&self, attack: Attack) -> impl Iterator<Item = &Attempt> {
        self.attempts
            .iter()
            .filter(move |attempt| attempt.attack == attack)
    }

    fn of(&self, origin: &str) -> impl Iterator<Item = &Answer> {
        self.answers
            .iter()
            .filter(move |answer| answer.origin.as_deref() == Some(origin))
    }

    /// The widest access of the origins of these attacks.
    fn widest_access(&self, attacks: &[Attack], surface: Surface) -> Access {
        attacks
            .iter()
            .flat_map(|attack| self.attempts_of(*attack))
            .flat_map(|attempt| self.of(&attempt.origin))
            .filter(|answer| answer.surface == surface)
            .map(|answer| answer.access(self.asked))
            .max()
            .unwrap_or(Access::Nothing)
    }

    fn wildcard_with_credentials(&self) -> Entry {
        let surfaces = self.surfaces(Answer::is_wildcard_with_credentials);
        mistake(
            "wildcard_with_credentials",
            "`*` is never combined with Access-Control-Allow-Credentials",
            surfaces,
            "Access-Control-Allow-Origin is `*` beside Access-Control-Allow-Credentials: true",
            "nobody",
            "reads with the user's cookies: browsers refuse the two together",
            "name the one origin in place of `*`, or leave out Access-Control-Allow-Credentials",
        )
    }

    fn invalid_origin(&self) -> Entry {
        let surfaces = self.surfaces(|answer| answer.invalid_origin().is_some());
        let value = self.answers.iter().find_map(Answer::invalid_origin);
        mistake(
            "invalid_origin",
            "each Access-Control-Allow-Origin is `*` or one origin",
            surfaces,
            &format!(
                "Access-Control-Allow-Origin is `{}`, and no page has that origin",
                value.unwrap_or_default()
            ),
            "nobody",
            "reads such answers",
            "send the header once, with one origin as browsers write it; where a proxy and the server behind it both send it, \
             let one of them do so",
        )
    }

    /// An answer that depends on the origin, although a cache may give it to another origin.
    fn missing_vary(&self) -> Entry {
        let is_dependent = |surface: Surface| {
            let mut values = self
                .answers
                .iter()
                .filter(|answer| answer.surface == surface)
                .map(Answer::allowed_origin);
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        let surfaces = Surface::ALL
            .into_iter()
            // Answers to OPTIONS are not cached.
            .filter(|surface| *surface != Surface::Preflight && is_dependent(*surface))
            .filter(|surface| {
                let mut answers = self.answers.iter();
                answers.any(|answer| answer.surface == *surface && answer.lacks_vary())
            })
            .collect();
        mistake(
            "missing_vary",
            "each answer that depends on the origin says `Vary: Origin`",
            surfaces,
            "the answer depends on the origin, and not each says `Vary: Origin`",
            "a page that shares a cache with another, such as the browser's own,",
            "gets an answer that was made for another origin, and is blocked",
            "send `Vary: Origin` with each answer, also to a request without an Origin and with a refusal",
        )
    }

    /// A preflight that runs the handler.
    fn preflight_runs_handler(&self) -> Entry {
        let is_of_handler = |preflight: &Response| {
            preflight.headers.contains_key(SET_COOKIE)
                || !preflight.body.is_empty()
                    && preflight.status.is_success()
                    && self.answers.iter().any(|answer| {
                        answer.surface == Surface::Get
                            && answer.response.status.is_success()
                            && answer.response.body == preflight.body
                    })
        };
        let runs = self.speaks_cors()
            && self
                .preflights()
                .any(|answer| is_of_handler(&answer.response));
        mistake(
            "preflight_runs_handler",
            "no preflight is answered with what GET answers, or sets a cookie",
            if runs {
                vec![Surface::Preflight]
            } else {
                Vec::new()
            },
            "a preflight is answered with what GET answers, or sets a cookie",
            "every site",
            "runs the handler by a preflight, whatever the policy says of the request itself",
            "answer preflights in front of the handler, with 204 and no body",
        )
    }

    fn preflight_needs_login(&self) -> Entry {
        let asks = |answer: &Answer| {
            let status = answer.response.status;
            matches!(status.as_u16(), 401 | 407) || status.is_redirection()
        };
        let needs = self.speaks_cors() && self.preflights().any(asks);
        mistake(
            "preflight_needs_login",
            "no preflight is answered with 401, 407 or a redirect",
            if needs {
                vec![Surface::Preflight]
            } else {
                Vec::new()
            },
            "a preflight is answered with 401, 407 or a redirect",
            "nobody",
            "gets past the preflight: browsers send it without cookies and without Authorization",
            "answer preflights in front of what asks for a login",
        )
    }

    fn preflights(&self) -> impl Iterator<Item = &Answer> {
        self.answers
            .iter()
            .filter(|answer| answer.surface == Surface::Preflight)
    }

    /// Whether any answer has a CORS header. Otherwise no origin has access, and there is no mistake.
    fn speaks_cors(&self) -> bool {
        let mut answers = self.answers.iter();
        answers.any(|answer| answer.allowed_origin().is_some())
    }

    fn surfaces(&self, is_wrong: impl Fn(&Answer) -> bool) -> Vec<Surface> {
        Surface::ALL
            .into_iter()
            .filter(|surface| {
                let mut answers = self.answers.iter();
                answers.any(|answer| answer.surface == *surface && is_wrong(answer))
            })
            .collect()
    }
}

/// The entry for a mistake that gives no origin more access. Without `surfaces` it was not found.
fn mistake(
    name: &'static str,
    fine: &str,
    surfaces: Vec<Surface>,
    wrong: &str,
    who: &str,
    what: &'static str,
    cure: &'static str,
) -> Entry {
    if surfaces.is_empty() {
        return Entry {
            name,
            says: fine.to_owned(),
            finding: None,
        };
    }
    Entry {
        name,
        says: format!("{wrong}: {who} {what}"),
        finding: Some(Finding {
            severity: Severity::Low,
            origin: None,
            surfaces,
            who: who.to_owned(),
            what,
            cure,
        }),
    }
}

fn severity(attempt: &Attempt, access: Access) -> Severity {
    let as_user = access == Access::AsUser;
    match attempt.attack {
        _ if attempt.is_loopback => Severity::Note,
        Attack::AnyOrigin
        | Attack::NullOrigin
        | Attack::NameBefore
        | Attack::NameBehind
        | Attack::AnyCharacterForADot
            if as_user =>
        {
            Severity::High
        }
        Attack::NameBefore | Attack::NameBehind | Attack::AnyCharacterForADot => Severity::Medium,
        Attack::HttpForHttps if as_user => Severity::Medium,
        Attack::NullOrigin => Severity::Low,
        Attack::AnySubdomain | Attack::AnyPort if as_user => Severity::Low,
        Attack::AnyOrigin | Attack::HttpForHttps | Attack::AnySubdomain | Attack::AnyPort => {
            Severity::Note
        }
    }
}

fn cure(attack: Attack, access: Access) -> &'static str {
    match attack {
        Attack::AnyOrigin if access == Access::AsUser => {
            "compare the Origin with a list of whole origins, and echo no other"
        }
        Attack::AnyOrigin => {
            "none, if anyone may read this; otherwise, or if the server is on an internal network, a list of origins"
        }
        Attack::NullOrigin => "never allow null: allow the origins of pages that have one",
        Attack::NameBefore | Attack::NameBehind | Attack::AnyCharacterForADot => {
            "compare whole origins byte for byte; a regular expression needs `^`, `$` and `\\.`"
        }
        Attack::HttpForHttps => "allow the https origin alone",
        Attack::AnySubdomain => {
            "list the subdomains that need access, unless all of them are yours"
        }
        Attack::AnyPort => "name the port",
    }
}
