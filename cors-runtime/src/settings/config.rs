//! The keys of a policy that a program reads at start.

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
