//! A set of origins that is filled and replaced while the program runs.

use std::cell::RefCell;
use std::collections::HashSet;
use std::marker::PhantomData;
use std::panic::Location;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::{env, fmt, ptr};

use actix_web::dev::RequestHead;
use arc_swap::ArcSwapOption;
use cors_rules::{Draft, DraftOrigin, Origin, Pattern, Place, Rule, Violation, escaped};

use crate::respond::log;
use crate::source::{Allows, OriginSource};

/// Origins and patterns in a `static`. The set is read without a lock, and replaced all or nothing.
///
/// It takes the elements of the attribute's `origins`, by the same rules, except `"*"`. It does not know whether a policy with
/// `credentials` uses it, so the rules for credentials apply as well. A set that was never filled allows nothing, and the log
/// warns of it.
///
/// ```
/// use cors_runtime::OriginSet;
///
/// static TENANTS: OriginSet = OriginSet::new();
///
/// TENANTS.replace(["https://one.example", "https://*.two.example"])?;
/// assert!(TENANTS.contains("https://shop.two.example"));
///
/// let error = TENANTS.replace(["https://three.example", "https://four.example/"]).unwrap_err();
/// assert!(error.to_string().contains("origin_with_path"));
/// assert!(TENANTS.contains("https://one.example"), "the set keeps what it had");
/// # Ok::<(), cors_runtime::OriginSetError>(())
/// ```
///
/// A `const TENANTS: OriginSet` would be another set in each place that names it. The compiler refuses it in `origins` with the
/// errors E0492 and E0493: write `static TENANTS: OriginSet` instead.
pub struct OriginSet {
    origins: ArcSwapOption<Origins>,
    allow_insecure: bool,
    allow_public_suffix: bool,
    /// The number of [scopes](OriginSet::scope_for_test) on all threads.
    scopes: AtomicUsize,
    /// Where the program declares it.
    place: &'static Location<'static>,
    /// Whether the log has the warning that the set was never filled.
    has_warned: AtomicBool,
}

/// One state of a set.
#[derive(Debug)]
struct Origins {
    exact: HashSet<String>,
    patterns: Vec<Pattern<String>>,
}

/// The state of a set in a scope of one thread.
#[derive(Clone)]
struct OwnState {
    set: &'static OriginSet,
    origins: Option<Arc<Origins>>,
}

thread_local! {
    static OWN: RefCell<Vec<OwnState>> = const { RefCell::new(Vec::new()) };
}

/// A scope of [`OriginSet::scope_for_test`], which ends when this is dropped.
///
/// ```
/// use cors_runtime::OriginSet;
///
/// static TENANTS: OriginSet = OriginSet::new();
///
/// let scope = TENANTS.scope_for_test();
/// TENANTS.replace(["https://one.example"])?;
/// drop(scope);
/// assert!(!TENANTS.contains("https://one.example"));
/// # Ok::<(), cors_runtime::OriginSetError>(())
/// ```
#[derive(Debug)]
#[must_use = "the scope ends when this is dropped"]
pub struct OriginSetScope {
    set: &'static OriginSet,
    /// Makes the scope `!Send`, because it is this thread's.
    of_this_thread: PhantomData<Rc<()>>,
}

impl OwnState {
    fn is_of(&self, set: &OriginSet) -> bool {
        ptr::eq(self.set, set)
    }
}

impl Drop for OriginSetScope {
    fn drop(&mut self) {
        // At the end of the thread, its states may be gone already.
        let _ = OWN.try_with(|own| {
            let mut own = own.borrow_mut();
            if let Some(index) = own.iter().rposition(|own| own.is_of(self.set)) {
                own.remove(index);
            }
        });
        self.set.scopes.fetch_sub(1, Ordering::Relaxed);
    }
}

impl OriginSet {
    /// An empty set, which allows nothing.
    #[must_use]
    #[track_caller]
    pub const fn new() -> Self {
        Self {
            origins: ArcSwapOption::const_empty(),
            allow_insecure: false,
            allow_public_suffix: false,
            scopes: AtomicUsize::new(0),
            place: Location::caller(),
            has_warned: AtomicBool::new(false),
        }
    }

    /// Switches off `insecure_origin_with_credentials`, for a set that no policy with `credentials` uses. With credentials, anyone on
    /// the network could act as the user.
    ///
    /// ```
    /// use cors_runtime::OriginSet;
    ///
    /// static KIOSKS: OriginSet = OriginSet::new().allow_insecure_origins();
    ///
    /// KIOSKS.replace(["http://192.168.1.20:3000"])?;
    /// # Ok::<(), cors_runtime::OriginSetError>(())
    /// ```
    #[must_use]
    pub const fn allow_insecure_origins(mut self) -> Self {
        self.allow_insecure = true;
        self
    }

    /// Switches off `public_suffix_with_credentials`, for a set that no policy with `credentials` uses. With credentials, anyone
    /// could register a name there and act as the user.
    ///
    /// ```
    /// use cors_runtime::OriginSet;
    ///
    /// static PREVIEWS: OriginSet = OriginSet::new().allow_public_suffixes();
    ///
    /// PREVIEWS.replace(["https://*.github.io"])?;
    /// # Ok::<(), cors_runtime::OriginSetError>(())
    /// ```
    #[must_use]
    pub const fn allow_public_suffixes(mut self) -> Self {
        self.allow_public_suffix = true;
        self
    }

    /// Replaces the content of the set. A request sees the old content or the new one, never a part of each. An empty iterator
    /// empties the set.
    ///
    /// # Errors
    /// Names every element that breaks a rule. The set then keeps its content.
    pub fn replace<T: AsRef<str>>(
        &self,
        origins: impl IntoIterator<Item = T>,
    ) -> Result<(), OriginSetError> {
        let texts: Vec<T> = origins.into_iter().collect();
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        self.check(&texts)?;
        let mut new = Origins {
            exact: HashSet::new(),
            patterns: Vec::new(),
        };
        for text in texts {
            match Pattern::parse(text) {
                Ok(pattern) if pattern.is_exact() => {
                    new.exact.insert(text.to_owned());
                }
                Ok(pattern) => new.patterns.push(pattern.into_owned()),
                // Unreachable: the check has parsed the same text.
                Err(_) => {}
            }
        }
        self.store(Arc::new(new));
        Ok(())
    }

    /// [Replaces](Self::replace) the content of the set by the comma-separated value of an environment variable. Spaces around
    /// the elements are ignored.
    ///
    /// ```no_run
    /// use cors_runtime::OriginSet;
    ///
    /// static TENANTS: OriginSet = OriginSet::new();
    ///
    /// // TENANT_ORIGINS="https://one.example, https://*.two.example"
    /// TENANTS.replace_from_env("TENANT_ORIGINS")?;
    /// # Ok::<(), cors_runtime::OriginSetError>(())
    /// ```
    ///
    /// # Errors
    /// As [`replace`](Self::replace), and if the variable is not set, not Unicode, or empty.
    pub fn replace_from_env(&self, variable: &str) -> Result<(), OriginSetError> {
        let in_variable = |cause| OriginSetError {
            variable: Some(variable.to_owned()),
            cause,
        };
        let value = env::var(variable)
            .map_err(|error| in_variable(Reason::Unreadable(error.to_string())))?;
        if value.trim().is_empty() {
            return Err(in_variable(Reason::Empty));
        }
        let replaced = self.replace(value.split(',').map(str::trim));
        replaced.map_err(|error| in_variable(error.cause))
    }

    /// For tests: gives this thread its own content of the set, which is empty at first, until the scope is dropped. A
    /// [`replace`](Self::replace) on this thread does not change what other threads see, nor the reverse. So tests that run in
    /// parallel can fill one `static` differently:
    ///
    /// ```
    /// use cors_runtime::OriginSet;
    ///
    /// static TENANTS: OriginSet = OriginSet::new();
    ///
    /// // In a test:
    /// let _scope = TENANTS.scope_for_test();
    /// TENANTS.replace(["https://one.example"])?;
    /// assert!(TENANTS.contains("https://one.example"));
    /// # Ok::<(), cors_runtime::OriginSetError>(())
    /// ```
    ///
    /// An app of [`actix_web::test::init_service`] answers on the thread of its test. A server that a test starts has other
    /// threads, which see the common content.
    pub fn scope_for_test(&'static self) -> OriginSetScope {
        self.scopes.fetch_add(1, Ordering::Relaxed);
        OWN.with_borrow_mut(|own| {
            own.push(OwnState {
                set: self,
                origins: None,
            });
        });
        OriginSetScope {
            set: self,
            of_this_thread: PhantomData,
        }
    }

    /// Whether the set allows this origin, spelled as a browser sends it.
    #[must_use]
    pub fn contains(&self, origin: &str) -> bool {
        self.read(|origins| {
            origins.is_some_and(|origins| {
                origins.exact.contains(origin)
                    || Origin::parse(origin.as_bytes()).is_some_and(|origin| {
                        origins
                            .patterns
                            .iter()
                            .any(|pattern| pattern.matches(&origin))
                    })
            })
        })
    }

    /// Reads the state that this thread sees.
    fn read<R>(&self, read: impl FnOnce(Option<&Origins>) -> R) -> R {
        // A thread always sees the scopes that it has counted itself, so no ordering is needed. Most programs have no scope.
        if self.scopes.load(Ordering::Relaxed) > 0 {
            let own = OWN.with_borrow(|own| own.iter().rfind(|own| own.is_of(self)).cloned());
            if let Some(own) = own {
                return read(own.origins.as_deref());
            }
        }
        read(self.origins.load().as_deref())
    }

    /// Replaces the state that this thread sees.
    fn store(&self, new: Arc<Origins>) {
        OWN.with_borrow_mut(|own| match own.iter_mut().rfind(|own| own.is_of(self)) {
            Some(own) => own.origins = Some(new),
            None => self.origins.store(Some(new)),
        });
    }

    /// The rules of the attribute, for a policy with credentials.
    fn check(&self, texts: &[&str]) -> Result<(), OriginSetError> {
        if texts.is_empty() {
            return Ok(());
        }
        let origins = texts.iter().map(|text| DraftOrigin::Literal(text));
        let draft = Draft {
            origins: Some(origins.collect()),
            credentials: true,
            ..Draft::default()
        };
        let refused: Vec<_> = draft
            .check()
            .err()
            .unwrap_or_default()
            .into_iter()
            .filter(|violation| match violation.rule {
                Rule::InsecureOriginWithCredentials => !self.allow_insecure,
                Rule::PublicSuffixWithCredentials => !self.allow_public_suffix,
                _ => true,
            })
            .map(|mut violation| {
                // A set has a function in place of `allow(…)`, and no `credentials`.
                if let Some(function) = switch(violation.rule) {
                    violation.problem = format!(
                        "a policy with `credentials` may use this set, and {}",
                        violation.problem
                    );
                    violation.help = Some(format!(
                        "leave the origin out, or if no such policy uses the set, declare it as `OriginSet::new().{function}()`"
                    ));
                }
                RefusedElement {
                    origin: match violation.place {
                        Place::Origin(index) => texts[index].to_owned(),
                        _ => String::new(),
                    },
                    violation,
                }
            })
            .collect();
        if refused.is_empty() {
            Ok(())
        } else {
            Err(OriginSetError {
                variable: None,
                cause: Reason::Refused(refused),
            })
        }
    }
}

/// The function that switches off a rule for a set.
fn switch(rule: Rule) -> Option<&'static str> {
    match rule {
        Rule::InsecureOriginWithCredentials => Some("allow_insecure_origins"),
        Rule::PublicSuffixWithCredentials => Some("allow_public_suffixes"),
        _ => None,
    }
}

impl Default for OriginSet {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for OriginSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read(|origins| f.debug_tuple("OriginSet").field(&origins).finish())
    }
}

impl OriginSource for OriginSet {
    fn allows(&self, origin: &str, _request: &RequestHead) -> Allows {
        let is_allowed = self.contains(origin);
        if !is_allowed
            && self.origins.load().is_none()
            && !self.has_warned.swap(true, Ordering::Relaxed)
        {
            log::never_filled(self.place);
        }
        Allows::Now(is_allowed)
    }

    fn is_immediate(&self) -> bool {
        true
    }
}

/// The error of an [`OriginSet`] that is not replaced. `Debug` prints the same text as `Display`, for a `main` that returns it.
///
/// ```
/// use cors_runtime::{OriginSet, Rule};
///
/// static TENANTS: OriginSet = OriginSet::new();
///
/// let error = TENANTS.replace(["https://one.example", "two.example"]).unwrap_err();
/// assert_eq!(error.refused().collect::<Vec<_>>(), [("two.example", Rule::OriginWithoutScheme)]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct OriginSetError {
    variable: Option<String>,
    cause: Reason,
}

#[derive(Clone, PartialEq, Eq)]
enum Reason {
    Unreadable(String),
    Empty,
    Refused(Vec<RefusedElement>),
}

#[derive(Clone, PartialEq, Eq)]
struct RefusedElement {
    origin: String,
    violation: Violation,
}

impl OriginSetError {
    /// Each refused element with the rule that it breaks, in the order of the elements.
    pub fn refused(&self) -> impl Iterator<Item = (&str, Rule)> {
        let refused = match &self.cause {
            Reason::Refused(refused) => refused.as_slice(),
            Reason::Unreadable(_) | Reason::Empty => &[],
        };
        refused
            .iter()
            .map(|refused| (refused.origin.as_str(), refused.violation.rule))
    }
}

impl fmt::Display for OriginSetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(variable) = &self.variable {
            write!(
                f,
                "the environment variable `{}`: ",
                variable.escape_debug()
            )?;
        }
        let refused = match &self.cause {
            Reason::Unreadable(error) => return f.write_str(error),
            Reason::Empty => {
                return f
                    .write_str("it is empty: write origins with commas between them, or unset it");
            }
            Reason::Refused(refused) => refused,
        };
        f.write_str("the set of origins is not replaced")?;
        for RefusedElement { origin, violation } in refused {
            write!(f, "\n\"{}\": {violation}", escaped(origin, 256))?;
        }
        Ok(())
    }
}

impl fmt::Debug for OriginSetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for OriginSetError {}
