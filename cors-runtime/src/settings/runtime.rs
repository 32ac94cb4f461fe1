//! A policy that was read at start, in the form that requests use.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::config::PolicyConfig;
use crate::declaration::Declaration;
use crate::policy::PolicyTable;
use crate::respond::{CompiledPolicy, PolicyRef};

/// A checked policy that was read when the program started, from [`PolicyConfig::check`].
///
/// A clone is the same policy, not a second one. It is as cheap as a clone of an [`Arc`]. Give one to every worker and layer:
///
/// ```
/// use cors_runtime::PolicyConfig;
///
/// let config = PolicyConfig {
///     origins: vec!["https://app.example.com".to_owned()],
///     ..PolicyConfig::default()
/// };
/// let policy = config.check()?;
/// let of_a_worker = policy.clone();
///
/// // The file has changed. Each clone has the new policy from the next request on.
/// let config = PolicyConfig {
///     origins: vec!["https://new.example.com".to_owned()],
///     ..PolicyConfig::default()
/// };
/// policy.replace(&config.check()?);
/// assert_eq!(of_a_worker.config(), config);
/// # Ok::<(), cors_runtime::PolicyConfigError>(())
/// ```
#[derive(Clone)]
pub struct RuntimePolicy {
    current: Arc<ArcSwap<Checked>>,
}

/// One state of a policy.
struct Checked {
    config: PolicyConfig,
    compiled: Arc<CompiledPolicy>,
}

impl RuntimePolicy {
    pub(super) fn new(config: PolicyConfig, compiled: CompiledPolicy) -> Self {
        let compiled = Arc::new(compiled);
        Self {
            current: Arc::new(ArcSwap::from_pointee(Checked { config, compiled })),
        }
    }

    /// A policy that allows no other origin, for settings without a section about CORS. [`replace`](Self::replace) can open it
    /// later.
    ///
    /// ```
    /// use cors_runtime::{Cors, PolicyConfig, RuntimePolicy};
    ///
    /// fn cors(settings: Option<&PolicyConfig>) -> Result<Cors, cors_runtime::PolicyConfigError> {
    ///     let policy = settings.map(PolicyConfig::check).transpose()?;
    ///     Ok(Cors::with(policy.unwrap_or_else(RuntimePolicy::nobody)))
    /// }
    /// # assert!(cors(None).is_ok());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn nobody() -> Self {
        let declaration = Declaration::by_caller("RuntimePolicy::nobody");
        let compiled = CompiledPolicy::owned(&PolicyTable::NOTHING, declaration);
        Self::new(PolicyConfig::default(), compiled)
    }

    /// Replaces this policy and all its clones by the current policy of `other`. It cannot fail, because `other` is checked.
    ///
    /// A request has the old policy or the new one from its beginning to its end, never a part of each. The old one is freed
    /// with the last request that has it.
    pub fn replace(&self, other: &Self) {
        self.current.store(other.current.load_full());
    }

    /// The current policy.
    #[must_use]
    pub fn config(&self) -> PolicyConfig {
        self.current.load().config.clone()
    }

    /// The current policy, for one request to keep.
    pub(crate) fn current(&self) -> PolicyRef {
        PolicyRef::Runtime(Arc::clone(&self.current.load().compiled))
    }
}

impl fmt::Debug for RuntimePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RuntimePolicy")
            .field(&self.current.load().config)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Weak};
    use std::thread::ScopedJoinHandle;

    use actix_web::dev::RequestHead;
    use actix_web::http::header::{
        ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue,
        ORIGIN,
    };

    use super::RuntimePolicy;
    use crate::named::CorsPolicy;
    use crate::respond::{Judgement, PolicyRef, Verdict};
    use crate::{PolicyConfig, cors};

    #[cors(crate = crate, origins = ["*"])]
    struct Anyone;

    #[cors(crate = crate, origins = ["*"], methods = ["*"], headers = ["*"], expose_headers = ["*"], max_age = 0)]
    struct Anything;

    #[cors(crate = crate, origins = ["https://app.example.com"], methods = ["PUT", "PURGE"], headers = ["Content-Type", "x-id"],
        expose_headers = ["ETag"], credentials, max_age = 600, enforce)]
    struct One;

    #[cors(crate = crate, origins = ["https://app.example.com", "https://*.example.org", "http://localhost:*", "tauri://localhost"],
        methods = ["*"], headers = ["*", "authorization"], credentials)]
    struct Many;

    #[cors(crate = crate, origins = ["http://a.example", "https://*.github.io"], methods = [], headers = ["authorization", "*"], enforce)]
    struct Nothing;

    #[cors(crate = crate, origins = ["http://a.example", "https://*.github.io"], credentials,
        allow(insecure_origin_with_credentials, public_suffix_with_credentials))]
    struct Risky;

    /// The policy with these keys, as a settings file has them.
    fn config(keys: &[(&str, &[&str])]) -> PolicyConfig {
        let mut config = PolicyConfig::default();
        for (key, values) in keys {
            let texts = values.iter().map(|&value| value.to_owned()).collect();
            match *key {
                "origins" => config.origins = texts,
                "methods" => config.methods = Some(texts),
                "headers" => config.headers = texts,
                "expose_headers" => config.expose_headers = texts,
                "credentials" => config.credentials = true,
                "max_age" => config.max_age = Some(values[0].parse().expect("a number")),
                "enforce" => config.enforce = true,
                "allow" => config.allow = texts,
                other => panic!("{other} is no key"),
            }
        }
        config
    }

    #[rustfmt::skip]
    fn pairs() -> [(PolicyRef, PolicyConfig); 6] {
        fn of<P: CorsPolicy>() -> PolicyRef {
            PolicyRef::Static(P::annotation().compiled())
        }

        [
            (of::<Anyone>(), config(&[("origins", &["*"])])),
            (of::<Anything>(), config(&[
                ("origins", &["*"]), ("methods", &["*"]), ("headers", &["*"]), ("expose_headers", &["*"]), ("max_age", &["0"]),
            ])),
            (of::<One>(), config(&[
                ("origins", &["https://app.example.com"]), ("methods", &["PUT", "PURGE"]), ("headers", &["Content-Type", "x-id"]),
                ("expose_headers", &["ETag"]), ("credentials", &[]), ("max_age", &["600"]), ("enforce", &[]),
            ])),
            (of::<Many>(), config(&[
                ("origins", &["https://app.example.com", "https://*.example.org", "http://localhost:*", "tauri://localhost"]),
                ("methods", &["*"]), ("headers", &["*", "authorization"]), ("credentials", &[]),
            ])),
            (of::<Nothing>(), config(&[
                ("origins", &["http://a.example", "https://*.github.io"]), ("methods", &[]), ("headers", &["authorization", "*"]),
                ("enforce", &[]),
            ])),
            (of::<Risky>(), config(&[
                ("origins", &["http://a.example", "https://*.github.io"]), ("credentials", &[]),
                ("allow", &["insecure_origin_with_credentials", "public_suffix_with_credentials"]),
            ])),
        ]
    }

    fn request(origins: &[&'static str]) -> RequestHead {
        let mut head = RequestHead::default();
        for origin in origins {
            head.headers
                .append(ORIGIN, HeaderValue::from_static(origin));
        }
        let headers = &mut head.headers;
        headers.append(
            ACCESS_CONTROL_REQUEST_METHOD,
            HeaderValue::from_static("PURGE"),
        );
        headers.append(
            ACCESS_CONTROL_REQUEST_HEADERS,
            HeaderValue::from_static("x-id, x-other"),
        );
        head
    }

    fn judge(policy: &PolicyRef, request: &RequestHead) -> Verdict {
        match policy.judge(request) {
            Judgement::Now(verdict) => verdict,
            Judgement::Later(_) => panic!("there is no source"),
        }
    }

    /// Everything that a policy decides about one request, as lines.
    fn said(policy: &PolicyRef, request: &RequestHead) -> Vec<String> {
        let verdict = judge(policy, request);
        let mut actual = HeaderMap::new();
        policy.set_headers(&verdict, &mut actual);
        let asked = HeaderValue::from_static("PURGE");
        let methods = policy.allow_methods(&asked);
        let mut preflight = HeaderMap::new();
        policy.set_preflight_headers(&verdict, &methods, &request.headers, &mut preflight);
        let mut lines: Vec<_> = actual
            .iter()
            .map(|(name, value)| format!("actual {name}: {value:?}"))
            .chain(
                preflight
                    .iter()
                    .map(|(name, value)| format!("preflight {name}: {value:?}")),
            )
            .collect();
        lines.sort();
        lines.push(format!("{verdict:?} {:?}", policy.methods()));
        lines.push(format!("{} {}", policy.enforces(), policy.is_immediate()));
        for name in ["content-type", "x-id", "x-other", "authorization"] {
            lines.push(format!("{name} {}", policy.offers_header(name.as_bytes())));
        }
        lines
    }

    #[test]
    fn a_policy_that_was_read_at_start_answers_as_the_attribute_does() {
        let requests: [&[&'static str]; 14] = [
            &[],
            &["https://app.example.com"],
            &["https://app.example.com", "https://app.example.com"],
            &["https://a.example.org"],
            &["https://example.org"],
            &["https://evilexample.org"],
            &["http://localhost"],
            &["http://localhost:3000"],
            &["tauri://localhost"],
            &["http://a.example"],
            &["https://stranger.github.io"],
            &["https://evil.example"],
            &["null"],
            &["nonsense"],
        ];
        for (attribute, config) in pairs() {
            let policy = config.check().expect("the attribute takes it");
            for origins in requests {
                let request = request(origins);
                assert_eq!(
                    said(&policy.current(), &request),
                    said(&attribute, &request),
                    "{origins:?} under {config:?}"
                );
            }
        }
    }

    #[test]
    fn a_policy_has_the_name_of_its_section_and_the_place_of_its_check() {
        let config = config(&[("origins", &["*"])]);
        let line = line!() + 1;
        let checked = config.check_in("cors").expect("a good policy");
        let declaration = checked.current().declaration();
        assert_eq!(
            (declaration.name, declaration.file, declaration.line),
            ("cors", file!(), line)
        );
        let line = line!() + 1;
        let checked = config.check().expect("a good policy");
        assert_eq!(
            checked.current().declaration().to_string(),
            format!("PolicyConfig ({}:{line})", file!())
        );
    }

    /// Two states that differ in each header.
    #[rustfmt::skip]
    fn states() -> [RuntimePolicy; 2] {
        let states = [
            config(&[
                ("origins", &["https://app.example.com", "https://first.example"]), ("headers", &["x-first"]),
                ("expose_headers", &["x-first"]), ("credentials", &[]), ("max_age", &["1"]),
            ]),
            config(&[
                ("origins", &["https://app.example.com"]), ("methods", &["PUT"]), ("headers", &["x-second"]), ("max_age", &["2"]),
            ]),
        ];
        states.map(|config| config.check().expect("a good policy"))
    }

    #[test]
    fn a_request_has_one_policy_or_the_other_while_it_is_replaced() {
        let states = states();
        let request = request(&["https://app.example.com"]);
        let answers = states
            .each_ref()
            .map(|state| said(&state.current(), &request));
        assert_ne!(answers[0], answers[1]);
        let policy = config(&[("origins", &["*"])])
            .check()
            .expect("a good policy");
        policy.replace(&states[0]);
        let done = AtomicBool::new(false);
        let mut replaced = 0;
        std::thread::scope(|threads| {
            let readers = [(); 2].map(|()| {
                threads.spawn(|| {
                    let request = self::request(&["https://app.example.com"]);
                    let mut seen = [0; 2];
                    while !done.load(Ordering::SeqCst) || seen.contains(&0) {
                        let said = said(&policy.current(), &request);
                        let state = answers.iter().position(|answer| *answer == said);
                        seen[state.expect("one of the two, whole")] += 1;
                    }
                })
            });
            for state in states.iter().cycle() {
                policy.replace(state);
                replaced += 1;
                done.store(replaced >= 20_000, Ordering::SeqCst);
                // A reader goes on until it has seen both.
                if readers.iter().all(ScopedJoinHandle::is_finished) {
                    break;
                }
            }
        });
    }

    #[test]
    fn a_request_in_flight_keeps_the_old_policy_until_it_ends() {
        let [first, second] = states();
        let policy = first;
        let in_flight = policy.current();
        let request = request(&["https://first.example"]);
        let verdict = judge(&in_flight, &request);
        let old: Weak<_> = match &in_flight {
            PolicyRef::Runtime(compiled) => Arc::downgrade(compiled),
            PolicyRef::Static(_) => panic!("it was read at start"),
        };
        policy.replace(&second);
        drop(second);
        assert!(matches!(
            judge(&policy.current(), &request),
            Verdict::Refused(_)
        ));
        assert!(matches!(judge(&in_flight, &request), Verdict::Allowed(_)));

        drop(in_flight);
        assert!(old.upgrade().is_none(), "nobody has the old policy");
        let Verdict::Allowed(origin) = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!(origin, "https://first.example");
    }
}
