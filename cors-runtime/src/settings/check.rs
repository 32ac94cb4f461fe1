//! Applies the rules to a policy that a program reads at start, and compiles it.

use cors_rules::header::joined;
use cors_rules::{
    Draft, DraftOrigin, ExposedHeaders, Methods, Origins, Policy, RequestHeaders, Rule, Subject,
};

use super::config::PolicyConfig;
use super::mistake::PolicyConfigError;
use super::runtime::RuntimePolicy;
use crate::declaration::Declaration;
use crate::policy::{
    Allowed, ExposedHeaderTable, MethodTable, OriginEntry, OriginTable, PolicyTable,
    RequestHeaderTable,
};
use crate::respond::CompiledPolicy;

impl PolicyConfig {
    /// Checks the policy by the rules of the attribute, and compiles it. The log and the listing show the file and the line of
    /// this call.
    ///
    /// ```
    /// use cors_runtime::PolicyConfig;
    ///
    /// let config = PolicyConfig {
    ///     origins: vec!["http://intranet.example".to_owned()],
    ///     methods: Some(vec!["GET".to_owned(), "PUT".to_owned()]),
    ///     expose_headers: vec!["etag".to_owned()],
    ///     credentials: true,
    ///     enforce: true,
    ///     ..PolicyConfig::default()
    /// };
    /// let error = config.check().unwrap_err();
    /// assert!(error.to_string().contains("insecure_origin_with_credentials"));
    ///
    /// let allow = vec!["insecure_origin_with_credentials".to_owned()];
    /// assert!(PolicyConfig { allow, ..config }.check().is_ok());
    /// ```
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
    fn compiled(&self, policy: &Policy<'_>, declaration: Declaration) -> CompiledPolicy {
        let elements: Vec<_> = self
            .origins
            .iter()
            .map(|text| OriginEntry::Literal(text))
            .collect();
        let headers: String;
        let exposed: String;
        let joined = |names: &[&str]| joined(names).unwrap_or_default();
        let allows = |rule| policy.allowed.contains(&rule);
        let table = PolicyTable {
            name: None,
            origins: match &policy.origins {
                Origins::Anyone => OriginTable::Anyone,
                Origins::Listed { .. } | Origins::Inherited { .. } => {
                    OriginTable::listed(&elements)
                }
            },
            methods: match &policy.methods {
                None => MethodTable::Default,
                Some(Methods::Any) => MethodTable::Any,
                Some(Methods::Listed(names)) => MethodTable::Listed(names),
            },
            headers: match &policy.headers {
                None => RequestHeaderTable::None,
                Some(RequestHeaders::Any) => RequestHeaderTable::Any,
                Some(RequestHeaders::AnyAndAuthorization) => {
                    RequestHeaderTable::AnyAndAuthorization
                }
                Some(RequestHeaders::Listed(names)) => {
                    headers = joined(names);
                    RequestHeaderTable::Listed(&headers)
                }
            },
            expose_headers: match &policy.expose_headers {
                None => ExposedHeaderTable::None,
                Some(ExposedHeaders::Any) => ExposedHeaderTable::Any,
                Some(ExposedHeaders::Listed(names)) => {
                    exposed = joined(names);
                    ExposedHeaderTable::Listed(&exposed)
                }
            },
            credentials: policy.credentials(),
            max_age: policy.max_age,
            enforce: policy.enforce,
            allowed: Allowed {
                insecure_origin: allows(Rule::InsecureOriginWithCredentials),
                public_suffix: allows(Rule::PublicSuffixWithCredentials),
            },
        };
        CompiledPolicy::owned(&table, declaration)
    }
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}
