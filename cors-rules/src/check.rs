//! Applies the rules to a whole policy: to each key, and to combinations of keys.

use std::collections::HashSet;

use crate::mistake::{DUPLICATE_ORIGIN, WILDCARD_AMONG_ORIGINS};
use crate::violation::quoted;
use crate::{
    Combination, Draft, DraftOrigin, ExposedHeaders, Help, Methods, OriginElement, Origins,
    Pattern, Place, Policy, Problem, RequestHeaders, Rule, Subject, Violation, header, method,
};

impl<'a> Draft<'a> {
    /// Applies every rule to the policy.
    ///
    /// # Errors
    ///
    /// All violations, in the order of [`Place`](crate::Place). Each mistake is reported once: the rules about several keys skip a
    /// key that is wrong by itself.
    ///
    /// ```
    /// use cors_rules::{Draft, DraftOrigin, Place, Rule, Subject};
    ///
    /// let draft = Draft {
    ///     subject: Subject::Handler { routed: &["PUT"] },
    ///     origins: Some(vec![DraftOrigin::Literal("*")]),
    ///     headers: Some(vec!["content-type"]),
    ///     credentials: true,
    ///     max_age: Some("600"),
    ///     ..Draft::default()
    /// };
    /// let violations = draft.check().unwrap_err();
    /// assert_eq!(violations.len(), 1);
    /// assert_eq!((violations[0].rule, violations[0].place), (Rule::WildcardWithCredentials, Place::Origin(0)));
    /// ```
    pub fn check(self) -> Result<Policy<'a>, Vec<Violation>> {
        let mut found = Vec::new();
        let allow = read_allow(&self.allow);
        let meant = meant_rules(&self.allow, self.subject);
        let checked_origins = check_origins(&self, &meant, &mut found);
        let anyone = checked_origins.anyone;
        let any_exposed = self
            .expose_headers
            .as_ref()
            .and_then(|names| names.iter().position(|name| *name == "*"));
        let combination = Combination {
            anyone: anyone.is_some(),
            any_exposed: any_exposed.is_some(),
            credentials: self.credentials,
            enforce: self.enforce,
            // `check_origins` reports it at the origin.
            public_suffix: false,
        };
        let policy = Policy {
            methods: self
                .methods
                .map(|methods| check_methods(methods, self.subject, &mut found)),
            headers: self
                .headers
                .map(|headers| check_headers(headers, &mut found)),
            expose_headers: self
                .expose_headers
                .map(|names| check_exposed(names, self.credentials, &mut found)),
            max_age: self
                .max_age
                .and_then(|written| check_max_age(written, &mut found)),
            enforce: self.enforce,
            allowed: check_allow(
                &self.allow,
                &allow,
                self.subject,
                &checked_origins,
                &mut found,
            ),
            origins: checked_origins.origins,
        };
        for mistake in combination.mistakes().into_iter().flatten() {
            let place = match mistake.rule {
                Rule::WildcardWithCredentials => Place::Origin(anyone.unwrap_or_default()),
                Rule::WildcardExposedWithCredentials => {
                    Place::ExposedHeader(any_exposed.unwrap_or_default())
                }
                _ => Place::Enforce,
            };
            found.push(Problem::from(mistake).at(place));
        }
        if found.is_empty() {
            return Ok(policy);
        }
        found.sort_by_key(|violation| violation.place);
        Err(found)
    }
}

fn violation(
    rule: Rule,
    place: Place,
    problem: impl Into<String>,
    advice: impl Into<String>,
) -> Violation {
    Problem::new(rule, problem, advice).at(place)
}

/// Removes repeated names. Each repetition is a violation of `rule`.
fn without_duplicates<'a>(
    names: Vec<&'a str>,
    same: fn(&str, &str) -> bool,
    rule: Rule,
    place: fn(usize) -> Place,
    found: &mut Vec<Violation>,
) -> Vec<(usize, &'a str)> {
    let mut kept: Vec<(usize, &str)> = Vec::new();
    for (index, name) in names.into_iter().enumerate() {
        if kept.iter().any(|(_, earlier)| same(earlier, name)) {
            found.push(violation(
                rule,
                place(index),
                format!("{} is listed twice", quoted(name)),
                "remove one",
            ));
        } else {
            kept.push((index, name));
        }
    }
    kept
}

// Origins

/// The key `origins` after its check.
struct CheckedOrigins<'a> {
    origins: Origins<'a>,
    /// The index of `"*"`, unless it is misplaced among others.
    anyone: Option<usize>,
    /// The rules in `allow(…)` that some origin breaks.
    needed: Vec<Rule>,
    /// Whether every origin is known here and valid. Only then can a rule in `allow(…)` be unneeded.
    all_known: bool,
}

impl CheckedOrigins<'_> {
    fn inherited(credentials: bool) -> Self {
        Self {
            origins: Origins::Inherited { credentials },
            anyone: None,
            needed: Vec::new(),
            all_known: false,
        }
    }
}

fn check_origins<'a>(
    draft: &Draft<'a>,
    allow: &[Rule],
    found: &mut Vec<Violation>,
) -> CheckedOrigins<'a> {
    let credentials = draft.credentials;
    let written = match &draft.origins {
        Some(written) if !written.is_empty() => written,
        None if draft.inherits => return CheckedOrigins::inherited(credentials),
        absent => {
            let problem = if absent.is_some() {
                "the list of `origins` is empty"
            } else {
                "there are no `origins`"
            };
            let help = "name at least one, such as `origins = [\"https://app.example.com\"]`";
            let place = Place::Attribute;
            found.push(violation(Rule::MissingOrigins, place, problem, help));
            return CheckedOrigins::inherited(credentials);
        }
    };

    let refused_before = found.len();
    let mut elements = Vec::new();
    let mut anyone = None;
    let mut seen = HashSet::new();
    for (index, origin) in written.iter().enumerate() {
        match *origin {
            DraftOrigin::Path => elements.push(OriginElement::Path { index }),
            DraftOrigin::Literal("*") if anyone.is_none() => anyone = Some(index),
            DraftOrigin::Literal("*") => found.push(duplicate_origin(index)),
            DraftOrigin::Literal(text) => match Pattern::parse(text) {
                Err(problem) => found.push(problem.at(Place::Origin(index))),
                Ok(pattern) if !seen.insert(pattern) => found.push(duplicate_origin(index)),
                Ok(pattern) => elements.push(OriginElement::Pattern { index, pattern }),
            },
        }
    }
    let mut all_known = found.len() == refused_before
        && elements
            .iter()
            .all(|element| matches!(element, OriginElement::Pattern { .. }));

    if let Some(index) = anyone {
        let has_others = written
            .iter()
            .any(|origin| *origin != DraftOrigin::Literal("*"));
        if credentials {
            // `check` reports `wildcard_with_credentials`.
        } else if has_others {
            found.push(Problem::from(WILDCARD_AMONG_ORIGINS).at(Place::Origin(index)));
        } else {
            return CheckedOrigins {
                origins: Origins::Anyone,
                anyone,
                needed: Vec::new(),
                all_known,
            };
        }
        all_known = false;
    }

    let needed = if credentials {
        check_with_credentials(&elements, draft.subject, allow, found)
    } else {
        Vec::new()
    };
    CheckedOrigins {
        origins: Origins::Listed {
            elements,
            credentials,
        },
        anyone: anyone.filter(|_| credentials),
        needed,
        // Without the flag here, the named policy or a handler of the module may still have it.
        all_known: all_known
            && (credentials || !(draft.inherits || draft.subject == Subject::Defaults)),
    }
}

fn duplicate_origin(index: usize) -> Violation {
    Problem::from(DUPLICATE_ORIGIN).at(Place::Origin(index))
}

/// Applies the rules for origins with `credentials`. Returns the rules that are broken and allowed.
fn check_with_credentials(
    elements: &[OriginElement<'_>],
    subject: Subject<'_>,
    allow: &[Rule],
    found: &mut Vec<Violation>,
) -> Vec<Rule> {
    let mut needed = Vec::new();
    for element in elements {
        let OriginElement::Pattern { index, pattern } = *element else {
            continue;
        };
        for problem in pattern.problems_with_credentials() {
            if allow.contains(&problem.rule) {
                needed.push(problem.rule);
            } else {
                found.push(or_allow(problem, subject).at(Place::Origin(index)));
            }
        }
    }
    needed
}

/// Adds to the help that the rule can be allowed.
fn or_allow(problem: Problem, subject: Subject<'_>) -> Problem {
    let allow = allow_key(problem.rule, subject);
    let help = |help| Help::Do(format!("{help}, or add {allow}"));
    Problem {
        help: problem.help.map(help),
        ..problem
    }
}

// Methods

fn check_methods<'a>(
    methods: Vec<&'a str>,
    subject: Subject<'_>,
    found: &mut Vec<Violation>,
) -> Methods<'a> {
    let methods = without_duplicates(
        methods,
        |a, b| a == b,
        Rule::DuplicateMethod,
        Place::Method,
        found,
    );
    let mut any = None;
    let mut listed = Vec::new();
    for (index, name) in methods {
        if name == "*" {
            any = Some(index);
        } else if let Some(problem) = method_problem(name, subject) {
            found.push(problem.at(Place::Method(index)));
        } else {
            listed.push(name);
        }
    }
    let Some(index) = any else {
        return Methods::Listed(listed);
    };
    let (problem, help) = match subject {
        Subject::Named | Subject::Config if listed.is_empty() => return Methods::Any,
        Subject::Named | Subject::Config => (
            "`\"*\"` allows every method, so the others in the list have no effect",
            "keep only `\"*\"`, or leave it out",
        ),
        Subject::Handler { .. } => (
            "a handler cannot list `\"*\"`: its route says which methods it serves",
            "leave out `methods`, or list some of the route's own",
        ),
        Subject::Defaults => (
            "a module cannot list `\"*\"`: each handler's route says which methods it serves",
            "leave out `methods`",
        ),
    };
    found.push(violation(
        Rule::WildcardMethod,
        Place::Method(index),
        problem,
        help,
    ));
    Methods::Any
}

fn method_problem(name: &str, subject: Subject<'_>) -> Option<Problem> {
    let shown = quoted(name);
    if !header::is_token(name.as_bytes()) {
        // https://www.rfc-editor.org/rfc/rfc9110#name-overview
        return Some(Problem {
            rule: Rule::InvalidMethod,
            problem: not_a_token(name, "a method name"),
            help: suggest(name, |name| method_problem(name, subject).is_none()),
        });
    }
    if method::is_forbidden_method(name) {
        let problem = format!("browsers do not let script send {shown}");
        return Some(Problem::new(Rule::ForbiddenMethod, problem, LEAVE_IT_OUT));
    }
    let upper = name.to_ascii_uppercase();
    if let Subject::Handler { routed } = subject
        && !routed.contains(&upper.as_str())
    {
        let served: Vec<_> = routed.iter().map(|method| quoted(method)).collect();
        let problem = format!("the route does not serve {shown}");
        let advice = format!("list only what the route serves: {}", served.join(", "));
        return Some(Problem::new(Rule::MethodNotRouted, problem, advice));
    }
    (name != upper).then(|| Problem {
        rule: Rule::MethodNotUppercase,
        problem: "a method is written in upper case".to_owned(),
        help: (name.len() <= MAX_SUGGESTION_LEN).then_some(Help::Write(upper)),
    })
}

// Headers

const LEAVE_IT_OUT: &str = "leave it out";

/// No message suggests a longer name.
const MAX_SUGGESTION_LEN: usize = 64;

/// Suggests `name` without the spaces around it and the colon after it, if that is valid.
fn suggest(name: &str, is_valid: impl Fn(&str) -> bool) -> Option<Help> {
    let bare = name.trim().trim_end_matches(':').trim_end();
    if header::is_token(bare.as_bytes()) && bare.len() <= MAX_SUGGESTION_LEN && is_valid(bare) {
        return Some(Help::Write(bare.to_owned()));
    }
    bare.contains(|character: char| matches!(character, ',' | ';') || character.is_whitespace())
        .then(|| Help::Do("write one name per string".to_owned()))
}

/// The message that `name` is not a `kind`. It quotes the first character that is not allowed in a token.
fn not_a_token(name: &str, kind: &str) -> String {
    let is_out_of_place =
        |character: &char| u8::try_from(*character).map_or(true, |byte| !header::is_token(&[byte]));
    let Some(character) = name.chars().find(is_out_of_place) else {
        return format!("an empty string is not {kind}");
    };
    let what = if character.is_whitespace() {
        "a space".to_owned()
    } else {
        quoted(&character.to_string())
    };
    format!("{} is not {kind}: it contains {what}", quoted(name))
}

fn check_headers<'a>(names: Vec<&'a str>, found: &mut Vec<Violation>) -> RequestHeaders<'a> {
    let (any, listed) = check_names(names, request_header_problem, Place::Header, found);
    let Some(index) = any else {
        return RequestHeaders::Listed(listed);
    };
    // https://fetch.spec.whatwg.org/#cors-non-wildcard-request-header-name
    match listed.as_slice() {
        [] => return RequestHeaders::Any,
        [name] if name.eq_ignore_ascii_case("authorization") => {
            return RequestHeaders::AnyAndAuthorization;
        }
        _ => found.push(violation(
            Rule::WildcardAmongHeaders,
            Place::Header(index),
            "`\"*\"` allows every header but `authorization`, so the others in the list have no effect",
            "keep `\"*\"`, alone or with `\"authorization\"`, or leave it out",
        )),
    }
    RequestHeaders::Any
}

fn check_exposed<'a>(
    names: Vec<&'a str>,
    credentials: bool,
    found: &mut Vec<Violation>,
) -> ExposedHeaders<'a> {
    let (any, listed) = check_names(names, exposed_header_problem, Place::ExposedHeader, found);
    let Some(index) = any else {
        return ExposedHeaders::Listed(listed);
    };
    if !credentials && !listed.is_empty() {
        found.push(violation(
            Rule::WildcardAmongExposedHeaders,
            Place::ExposedHeader(index),
            "`\"*\"` exposes every header, so the others in the list have no effect",
            "keep only `\"*\"`, or leave it out",
        ));
    }
    ExposedHeaders::Any
}

/// The index of `"*"`, and the other names that break no rule.
fn check_names<'a>(
    names: Vec<&'a str>,
    problem: fn(&str) -> Option<Problem>,
    place: fn(usize) -> Place,
    found: &mut Vec<Violation>,
) -> (Option<usize>, Vec<&'a str>) {
    let mut any = None;
    let mut listed = Vec::new();
    for (index, name) in without_duplicates(
        names,
        str::eq_ignore_ascii_case,
        Rule::DuplicateHeader,
        place,
        found,
    ) {
        if name == "*" {
            any = Some(index);
        } else if !header::is_token(name.as_bytes()) {
            let invalid = Problem {
                rule: Rule::InvalidHeader,
                problem: not_a_token(name, "a header name"),
                help: suggest(name, |name| problem(name).is_none()),
            };
            found.push(invalid.at(place(index)));
        } else if let Some(problem) = problem(name) {
            found.push(problem.at(place(index)));
        } else {
            listed.push(name);
        }
    }
    (any, listed)
}

fn request_header_problem(name: &str) -> Option<Problem> {
    let shown = quoted(name);
    let (rule, problem) = if header::is_forbidden_request_header(name) {
        let problem = format!("browsers do not let script set {shown}");
        (Rule::ForbiddenHeader, problem)
    } else if header::is_cors_response_header(name) {
        let problem = format!("{shown} is a response header: no request has it");
        (Rule::MisplacedHeader, problem)
    } else {
        return None;
    };
    Some(Problem::new(rule, problem, LEAVE_IT_OUT))
}

fn exposed_header_problem(name: &str) -> Option<Problem> {
    let shown = quoted(name);
    let (rule, problem) = if header::is_forbidden_response_header_name(name) {
        let problem = format!("browsers do not let script read {shown}");
        (Rule::ForbiddenExposedHeader, problem)
    } else if header::is_never_on_an_actual_response(name) {
        let problem =
            format!("script never sees {shown}: only requests and replies to preflights have it");
        (Rule::MisplacedHeader, problem)
    } else {
        return None;
    };
    Some(Problem::new(rule, problem, LEAVE_IT_OUT))
}

// The rest

fn check_max_age(written: &str, found: &mut Vec<Violation>) -> Option<u32> {
    const MAX: u32 = 86_400;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let digits = is_number(written);
    // `600u32`
    let without_type = written
        .split_once(['u', 'i'])
        .map(|(number, _)| number)
        .filter(|number| {
            is_number(number) && number.parse().is_ok_and(|seconds: u32| seconds <= MAX)
        })
        .map(|number| format!("write `max_age = {number}`"));
    let (problem, help) = match written.parse() {
        Ok(seconds) if digits && seconds <= MAX => return Some(seconds),
        _ if digits => (
            "`max_age` is at most 86400, a day: Firefox caps it there, Chromium at 7200, WebKit at 600",
            "write `max_age = 86400`",
        ),
        _ if written.starts_with('-') => (
            "`max_age` cannot be negative",
            "write `max_age = 0` to keep browsers from caching, or leave it out",
        ),
        _ => (
            "`max_age` is a whole number of seconds",
            without_type
                .as_deref()
                .unwrap_or("write it like `max_age = 600`"),
        ),
    };
    found.push(violation(Rule::InvalidMaxAge, Place::MaxAge, problem, help));
    None
}

/// The rule for each name in `allow(…)`, or `None` if there is no such rule or it cannot be allowed.
fn read_allow(names: &[&str]) -> Vec<Option<Rule>> {
    names
        .iter()
        .map(|name| Rule::from_name(name).filter(|rule| rule.can_be_allowed()))
        .collect()
}

/// The rules that these names mean, even if they are misspelt. `check_allow` reports the misspelling, so the origins that the
/// rule would allow are not reported as well.
fn meant_rules(names: &[&str], subject: Subject<'_>) -> Vec<Rule> {
    let meant = |name: &&str| Rule::from_name(name).or_else(|| nearest_allowable(name, subject));
    names.iter().filter_map(meant).collect()
}

fn check_allow(
    names: &[&str],
    allow: &[Option<Rule>],
    subject: Subject<'_>,
    origins: &CheckedOrigins<'_>,
    found: &mut Vec<Violation>,
) -> Vec<Rule> {
    let is_unneeded = |rule| match rule {
        // Only modules have unseen items. The macro looks for them.
        Rule::UnseenItems => subject != Subject::Defaults,
        _ => origins.all_known && !origins.needed.contains(&rule),
    };
    let mut allowed = Vec::new();
    for (index, (name, rule)) in names.iter().zip(allow).enumerate() {
        let (problem, help) = match *rule {
            None => (not_allowable(name), what_to_allow(name, subject)),
            Some(rule) if allowed.contains(&rule) => (
                format!("{} is allowed twice", quoted(name)),
                "remove one".to_owned(),
            ),
            Some(rule) if is_unneeded(rule) => (
                format!("nothing here breaks {}", quoted(name)),
                LEAVE_IT_OUT.to_owned(),
            ),
            Some(rule) => {
                allowed.push(rule);
                continue;
            }
        };
        found.push(violation(
            Rule::UnneededAllow,
            Place::Allow(index),
            problem,
            help,
        ));
    }
    allowed
}

fn not_allowable(name: &str) -> String {
    let shown = quoted(name);
    if Rule::from_name(name).is_some() {
        format!("{shown} cannot be allowed")
    } else {
        format!("there is no rule {shown}")
    }
}

fn what_to_allow(name: &str, subject: Subject<'_>) -> String {
    if let Some(nearest) = nearest_allowable(name, subject) {
        return format!("write {}", allow_key(nearest, subject));
    }
    let names = allowable(subject).map(|rule| format!("`{}`", rule.name()));
    let names: Vec<_> = names.collect();
    let (last, names) = names.split_last().expect("some rules can be allowed");
    format!(
        "the rules that can be allowed are {} and {last}",
        names.join(", ")
    )
}

/// The key that allows `rule`.
fn allow_key(rule: Rule, subject: Subject<'_>) -> String {
    match subject {
        Subject::Config => format!("`allow = [\"{}\"]`", rule.name()),
        Subject::Handler { .. } | Subject::Named | Subject::Defaults => {
            format!("`allow({})`", rule.name())
        }
    }
}

/// The rule that can be allowed and whose name is closest to `name`, if it is close.
fn nearest_allowable(name: &str, subject: Subject<'_>) -> Option<Rule> {
    const ENOUGH: f64 = 0.85;
    if name.len() > MAX_SUGGESTION_LEN {
        return None;
    }
    let likeness = |rule: &Rule| strsim::jaro_winkler(name, rule.name());
    allowable(subject)
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
        .filter(|rule| likeness(rule) > ENOUGH)
}

/// The rules that can be allowed: `unseen_items` on a module only.
fn allowable(subject: Subject<'_>) -> impl Iterator<Item = Rule> {
    Rule::ALL.iter().copied().filter(move |rule| {
        rule.can_be_allowed() && (*rule != Rule::UnseenItems || subject == Subject::Defaults)
    })
}
