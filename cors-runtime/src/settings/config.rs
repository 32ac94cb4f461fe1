//! A policy that a program reads at start.

use cors_rules::header::joined;
use cors_rules::{self as rules, Draft, DraftOrigin, Rule, Subject};

use super::mistake::PolicyConfigError;
use super::runtime::RuntimePolicy;
use crate::declaration::Declaration;
use crate::policy::{
    Allowed, ExposedHeaderTable, MethodTable, OriginEntry, OriginTable, PolicyTable,
    RequestHeaderTable,
};
use crate::respond::CompiledPolicy;

/// A policy that is read when the program starts, from a settings file or the environment. It has the keys of the attribute
/// [`cors`](macro@crate::cors), with the same meaning, defaults and rules.
///
/// ```
/// use cors_runtime::PolicyConfig;
///
/// let config = PolicyConfig {
///     origins: vec!["https://app.example.com".to_owned(), "https://*.example.org/".to_owned()],
///     headers: vec!["content-type".to_owned()],
///     max_age: Some(100_000),
///     ..PolicyConfig::default()
/// };
/// let error = config.check_in("cors").unwrap_err();
/// assert_eq!(error.to_string(), "\
/// the CORS policy is refused
/// cors.origins[1] \"https://*.example.org/\": origin_with_path: an origin has no path, not even a trailing `/`
/// help: write \"https://*.example.org\"
/// why: browsers send the origin alone, so this text would never match
/// cors.max_age 100000: invalid_max_age: `max_age` is at most 86400, a day: Firefox caps it there, Chromium at 7200, WebKit at 600
/// help: write `max_age = 86400`");
/// ```
///
/// With the feature `serde` it can be a part of the program's settings, in any format. The names in the file are those of the
/// attribute (`max_age`, `expose_headers`). An absent key has its default, and an unknown key is an error.
///
#[cfg_attr(feature = "serde", doc = "```")]
#[cfg_attr(not(feature = "serde"), doc = "```text")]
/// use cors_runtime::PolicyConfig;
///
/// #[derive(serde::Deserialize)]
/// struct Settings {
///     cors: PolicyConfig,
/// }
///
/// let settings: Settings = toml::from_str(r#"
///     [cors]
///     origins = ["https://app.example.com", "https://*.example.org"]
///     headers = ["content-type"]
///     credentials = true
///     max_age = 600
/// "#)?;
/// let policy = settings.cors.check_in("cors")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Keys of the attribute that it does not have
///
/// - `dev("http://localhost:5173")`: put the origin into the settings for development.
/// - Paths of constants and of an [`OriginSource`](crate::OriginSource): the origins are text.
/// - `policy`: a named policy is part of the program, see [`CorsPolicy`](crate::CorsPolicy).
/// - `off`: it belongs on a handler.
/// - `crate`: no code is generated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Deserialize, serde::Serialize),
    serde(default, deny_unknown_fields)
)]
pub struct PolicyConfig {
    /// The origins that may read: `https://app.example.com`, `https://*.example.com`, `http://localhost:*`, or `*` alone. Required.
    pub origins: Vec<String>,
    /// The methods that other origins may use; `*` alone is any. Absent: GET, HEAD and POST. An empty list is none.
    pub methods: Option<Vec<String>>,
    /// The request headers that script may set; `*` is all but `authorization`, which can stand beside it.
    pub headers: Vec<String>,
    /// The response headers that script may read beyond the safelisted ones; `*` alone is all, without credentials.
    pub expose_headers: Vec<String>,
    /// Whether requests may carry cookies and HTTP authentication.
    pub credentials: bool,
    /// The number of seconds for which a browser may cache the reply to a preflight, 0 to 86400. Absent: 5 seconds.
    pub max_age: Option<i64>,
    /// Whether the handler does not run for cross-origin requests that the policy does not allow.
    pub enforce: bool,
    /// The names of rules to switch off.
    pub allow: Vec<String>,
}

impl PolicyConfig {
    /// Checks the policy by the rules of the attribute, and compiles it. The log and the listing show the file and the line of
    /// this call.
    ///
    /// # Errors
    /// Names every mistake, with its rule, its place and what to write instead.
    #[track_caller]
    pub fn check(&self) -> Result<RuntimePolicy, PolicyConfigError> {
        self.check_in("")
    }

    /// As [`check`](Self::check), for a policy that is a section of a larger file. With the section `cors`, the place of a mistake
    /// is `cors.origins[2]`, and the log and the listing call the policy `cors`.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    #[track_caller]
    pub fn check_in(&self, section: &'static str) -> Result<RuntimePolicy, PolicyConfigError> {
        let declaration = Declaration::by_caller(if section.is_empty() {
            "PolicyConfig"
        } else {
            section
        });
        let max_age = self.max_age.map(|seconds| seconds.to_string());
        match self.draft(max_age.as_deref()).check() {
            Ok(policy) => Ok(RuntimePolicy::new(
                self.clone(),
                self.compiled(&policy, declaration),
            )),
            Err(violations) => Err(PolicyConfigError::new(section, self, violations)),
        }
    }

    fn draft<'a>(&'a self, max_age: Option<&'a str>) -> Draft<'a> {
        let unless_empty = |list: &'a [String]| (!list.is_empty()).then(|| strs(list));
        Draft {
            subject: Subject::Config,
            inherits: false,
            origins: unless_empty(&self.origins)
                .map(|origins| origins.into_iter().map(DraftOrigin::Literal).collect()),
            methods: self.methods.as_deref().map(strs),
            headers: unless_empty(&self.headers),
            expose_headers: unless_empty(&self.expose_headers),
            credentials: self.credentials,
            max_age,
            enforce: self.enforce,
            allow: strs(&self.allow),
        }
    }

    /// Writes the checked policy as a table, as the attribute does, and compiles it.
    fn compiled(&self, policy: &rules::Policy<'_>, declaration: Declaration) -> CompiledPolicy {
        let elements: Vec<_> = self
            .origins
            .iter()
            .map(|text| OriginEntry::Literal(text))
            .collect();
        let listed = |names: &[&str]| joined(names).unwrap_or_default();
        let headers = match &policy.headers {
            Some(rules::RequestHeaders::Listed(names)) => listed(names),
            _ => String::new(),
        };
        let exposed = match &policy.expose_headers {
            Some(rules::ExposedHeaders::Listed(names)) => listed(names),
            _ => String::new(),
        };
        let table = PolicyTable {
            name: None,
            origins: match policy.origins {
                rules::Origins::Anyone => OriginTable::Anyone,
                rules::Origins::Listed { .. } | rules::Origins::Inherited { .. } => {
                    OriginTable::listed(&elements)
                }
            },
            methods: match &policy.methods {
                None => MethodTable::Default,
                Some(rules::Methods::Any) => MethodTable::Any,
                Some(rules::Methods::Listed(names)) => MethodTable::Listed(names),
            },
            headers: match policy.headers {
                None => RequestHeaderTable::None,
                Some(rules::RequestHeaders::Any) => RequestHeaderTable::Any,
                Some(rules::RequestHeaders::AnyAndAuthorization) => {
                    RequestHeaderTable::AnyAndAuthorization
                }
                Some(rules::RequestHeaders::Listed(_)) => RequestHeaderTable::Listed(&headers),
            },
            expose_headers: match policy.expose_headers {
                None => ExposedHeaderTable::None,
                Some(rules::ExposedHeaders::Any) => ExposedHeaderTable::Any,
                Some(rules::ExposedHeaders::Listed(_)) => ExposedHeaderTable::Listed(&exposed),
            },
            credentials: policy.credentials(),
            max_age: policy.max_age,
            enforce: policy.enforce,
            allowed: Allowed {
                insecure_origin: policy
                    .allowed
                    .contains(&Rule::InsecureOriginWithCredentials),
                public_suffix: policy.allowed.contains(&Rule::PublicSuffixWithCredentials),
            },
        };
        CompiledPolicy::owned(&table, declaration)
    }
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}
