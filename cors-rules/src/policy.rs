//! A policy before and after it is checked.

use crate::{Pattern, Rule};

/// A policy as it is written, before [`Draft::check`]. The default has no keys.
///
/// ```
/// use cors_rules::{Draft, DraftOrigin, Subject};
///
/// // #[cors(policy = Partners, origins = ["http://intranet.example"], methods = ["PUT"], headers = ["content-type"],
/// //        expose_headers = ["etag"], credentials, max_age = 600, enforce, allow(insecure_origin_with_credentials))]
/// // #[put("/items/{id}")]
/// let draft = Draft {
///     subject: Subject::Handler { routed: &["PUT"] },
///     inherits: true,
///     origins: Some(vec![DraftOrigin::Literal("http://intranet.example")]),
///     methods: Some(vec!["PUT"]),
///     headers: Some(vec!["content-type"]),
///     expose_headers: Some(vec!["etag"]),
///     credentials: true,
///     max_age: Some("600"),
///     enforce: true,
///     allow: vec!["insecure_origin_with_credentials"],
/// };
/// assert!(draft.check().is_ok());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Draft<'a> {
    /// The item that the policy is for.
    pub subject: Subject<'a>,
    /// Whether it starts from a named policy (`policy = P`), which gives the keys that are absent here.
    pub inherits: bool,
    /// `None` if the key is absent.
    pub origins: Option<Vec<DraftOrigin<'a>>>,
    /// `None` if the key is absent.
    pub methods: Option<Vec<&'a str>>,
    /// `None` if the key is absent.
    pub headers: Option<Vec<&'a str>>,
    /// `None` if the key is absent.
    pub expose_headers: Option<Vec<&'a str>>,
    /// Whether the flag is there.
    pub credentials: bool,
    /// The number as it is written: `600`, `-1`, `1.5`.
    pub max_age: Option<&'a str>,
    /// Whether the flag is there.
    pub enforce: bool,
    /// The names in `allow(…)`.
    pub allow: Vec<&'a str>,
}

/// The item that a policy is for. It decides which `methods` the policy may have.
///
/// ```
/// use cors_rules::{Draft, DraftOrigin, Rule, Subject};
///
/// let any_method = |subject| Draft {
///     subject,
///     origins: Some(vec![DraftOrigin::Literal("https://app.example.com")]),
///     methods: Some(vec!["*"]),
///     ..Draft::default()
/// };
/// for subject in [Subject::Named, Subject::Config] {
///     assert!(any_method(subject).check().is_ok());
/// }
/// for subject in [Subject::Defaults, Subject::Handler { routed: &["PUT"] }] {
///     let violations = any_method(subject).check().unwrap_err();
///     assert_eq!(violations[0].rule, Rule::WildcardMethod);
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subject<'a> {
    /// One handler: a list of methods must be a subset of those that its route serves.
    Handler {
        /// The methods that the route serves.
        routed: &'a [&'a str],
    },
    /// A named policy: any methods, or `"*"`.
    #[default]
    Named,
    /// A policy that the program reads at start: like a named one, but help texts write `allow` as a list of strings.
    Config,
    /// The defaults of a module: any methods, not `"*"`.
    Defaults,
}

/// An element of `origins` as it is written.
///
/// ```
/// use cors_rules::{Draft, DraftOrigin, Place};
///
/// // #[cors(origins = ["app.example.com", TENANTS])]
/// let draft = Draft {
///     origins: Some(vec![DraftOrigin::Literal("app.example.com"), DraftOrigin::Path]),
///     ..Draft::default()
/// };
/// let violations = draft.check().unwrap_err();
/// assert_eq!(violations.len(), 1);
/// assert_eq!(violations[0].place, Place::Origin(0), "the literal has no scheme");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftOrigin<'a> {
    /// A string literal.
    Literal(&'a str),
    /// The path of a constant or a static. Its value is known later, and checked then.
    Path,
}

/// A policy that breaks no rule. Its types cannot represent most policies that would.
///
/// With [`Origins::Inherited`], or a path among the origins, some values are known only later. The rules about combinations have to
/// be applied again then.
///
/// ```
/// use cors_rules::{Draft, DraftOrigin, ExposedHeaders, Methods, Origins, RequestHeaders, Rule};
///
/// let draft = Draft {
///     origins: Some(vec![DraftOrigin::Literal("http://intranet.example")]),
///     methods: Some(vec!["PUT"]),
///     headers: Some(vec!["*"]),
///     credentials: true,
///     max_age: Some("600"),
///     allow: vec!["insecure_origin_with_credentials"],
///     ..Draft::default()
/// };
/// let policy = draft.check().expect("it breaks no rule");
/// assert!(matches!(&policy.origins, Origins::Listed { elements, .. } if elements.len() == 1));
/// assert_eq!(policy.methods, Some(Methods::Listed(vec!["PUT"])));
/// assert_eq!(policy.headers, Some(RequestHeaders::Any));
/// assert_eq!(policy.expose_headers, None::<ExposedHeaders<'_>>);
/// assert_eq!((policy.credentials(), policy.max_age, policy.enforce), (true, Some(600), false));
/// assert_eq!(policy.allowed, [Rule::InsecureOriginWithCredentials]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy<'a> {
    /// The origins that may read. [`Origins`] also says whether they may send credentials.
    pub origins: Origins<'a>,
    /// `None` if the key is absent.
    pub methods: Option<Methods<'a>>,
    /// `None` if the key is absent.
    pub headers: Option<RequestHeaders<'a>>,
    /// `None` if the key is absent.
    pub expose_headers: Option<ExposedHeaders<'a>>,
    /// Seconds, at most 86400.
    pub max_age: Option<u32>,
    /// Whether requests that the policy does not allow are kept from the handler.
    pub enforce: bool,
    /// The rules that `allow(…)` switches off.
    pub allowed: Vec<Rule>,
}

/// The origins that may read, and whether with credentials. With [`Anyone`](Self::Anyone) there are none.
///
/// ```
/// use cors_rules::{Draft, DraftOrigin, Origins};
///
/// let origins = |draft: Draft<'static>| draft.check().expect("it breaks no rule").origins;
///
/// let named = Draft { inherits: true, credentials: true, ..Draft::default() };
/// assert_eq!(origins(named), Origins::Inherited { credentials: true });
///
/// let anyone = Draft { origins: Some(vec![DraftOrigin::Literal("*")]), ..Draft::default() };
/// assert_eq!(origins(anyone), Origins::Anyone);
///
/// let one = Draft { origins: Some(vec![DraftOrigin::Literal("https://app.example.com")]), ..Draft::default() };
/// assert!(matches!(origins(one), Origins::Listed { elements, credentials: false } if elements.len() == 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins<'a> {
    /// The origins of the named policy that this one starts from.
    Inherited {
        /// Whether this policy has the flag. The named one may have it as well.
        credentials: bool,
    },
    /// `"*"`.
    Anyone,
    /// Everything else.
    Listed {
        /// In the order of the draft.
        elements: Vec<OriginElement<'a>>,
        /// Whether the flag is there.
        credentials: bool,
    },
}

/// An element of `origins` other than `"*"`.
///
/// ```
/// use cors_rules::{Draft, DraftOrigin, OriginElement, Origins, Pattern};
///
/// let draft = Draft {
///     origins: Some(vec![DraftOrigin::Path, DraftOrigin::Literal("https://app.example.com")]),
///     ..Draft::default()
/// };
/// let Ok(Origins::Listed { elements, .. }) = draft.check().map(|policy| policy.origins) else {
///     panic!("it breaks no rule");
/// };
/// let pattern = Pattern::parse("https://app.example.com")?;
/// assert_eq!(elements, [OriginElement::Path { index: 0 }, OriginElement::Pattern { index: 1, pattern }]);
/// # Ok::<(), cors_rules::Problem>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginElement<'a> {
    /// A string literal.
    Pattern {
        /// Its index in the draft.
        index: usize,
        /// The pattern.
        pattern: Pattern<&'a str>,
    },
    /// A path, whose value is known later.
    Path {
        /// Its index in the draft.
        index: usize,
    },
}

/// The key `methods`.
///
/// ```
/// use cors_rules::{Draft, Methods};
///
/// let checked = |names| {
///     let draft = Draft { inherits: true, methods: Some(names), ..Draft::default() };
///     draft.check().expect("it breaks no rule").methods
/// };
/// assert_eq!(checked(vec!["*"]), Some(Methods::Any));
/// assert_eq!(checked(vec!["PUT", "PURGE"]), Some(Methods::Listed(vec!["PUT", "PURGE"])));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Methods<'a> {
    /// `"*"`, on a named policy.
    Any,
    /// Names in upper case, without duplicates.
    Listed(Vec<&'a str>),
}

/// The key `headers`.
///
/// ```
/// use cors_rules::{Draft, RequestHeaders};
///
/// let checked = |names| {
///     let draft = Draft { inherits: true, headers: Some(names), ..Draft::default() };
///     draft.check().expect("it breaks no rule").headers
/// };
/// assert_eq!(checked(vec!["*"]), Some(RequestHeaders::Any));
/// assert_eq!(checked(vec!["Authorization", "*"]), Some(RequestHeaders::AnyAndAuthorization));
/// assert_eq!(checked(vec!["X-Id"]), Some(RequestHeaders::Listed(vec!["X-Id"])));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestHeaders<'a> {
    /// `"*"`: all but `authorization`.
    Any,
    /// `"*"` and `"authorization"`: all.
    AnyAndAuthorization,
    /// Names as they are written, without duplicates.
    Listed(Vec<&'a str>),
}

/// The key `expose_headers`.
///
/// ```
/// use cors_rules::{Draft, ExposedHeaders};
///
/// let checked = |names| {
///     let draft = Draft { inherits: true, expose_headers: Some(names), ..Draft::default() };
///     draft.check().expect("it breaks no rule").expose_headers
/// };
/// assert_eq!(checked(vec!["*"]), Some(ExposedHeaders::Any));
/// assert_eq!(checked(vec!["ETag"]), Some(ExposedHeaders::Listed(vec!["ETag"])));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExposedHeaders<'a> {
    /// `"*"`, without credentials.
    Any,
    /// Names as they are written, without duplicates.
    Listed(Vec<&'a str>),
}

impl Policy<'_> {
    /// Whether this policy has the flag `credentials`.
    #[must_use]
    pub fn credentials(&self) -> bool {
        match self.origins {
            Origins::Anyone => false,
            Origins::Inherited { credentials } | Origins::Listed { credentials, .. } => credentials,
        }
    }
}
