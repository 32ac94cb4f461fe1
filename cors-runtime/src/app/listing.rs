//! The policies of a running app, for people and for programs.

use std::fmt;

use actix_web::HttpRequest;

use super::mount::{App, Mount};
use crate::policy::{ExposedHeaders, OriginElement, Origins, Policy, RequestHeaders, Resolved};

/// Every annotated handler of an app, in the order of registration.
///
/// `Display` prints a table, and with the feature `serde` it can be serialised.
///
/// ```
/// # actix_web::rt::System::new().block_on(async {
/// use actix_web::{App, HttpRequest, Responder, get, test, web};
/// use cors_runtime::{MountedPolicies, cors};
///
/// #[cors(origins = ["https://app.example.com"], credentials)]
/// #[get("/items/{id}")]
/// async fn item() -> impl Responder {
///     "an item"
/// }
///
/// #[get("/policies")]
/// async fn policies(request: HttpRequest) -> impl Responder {
///     MountedPolicies::of(&request).to_string()
/// }
///
/// let app = App::new().service(web::scope("/api/{tenant}").service(item)).service(policies);
/// let app = test::init_service(app).await;
/// let table = test::call_and_read_body(&app, test::TestRequest::get().uri("/policies").to_request()).await;
/// let table = String::from_utf8_lossy(&table);
/// assert!(table.contains("/api/{tenant}/items/{id}"), "{table}");
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct MountedPolicies {
    /// One for each path of each handler.
    pub policies: Vec<MountedPolicy>,
}

/// One path of one annotated handler.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct MountedPolicy {
    /// The methods that other origins may use; for a handler that is `off` those that it serves.
    pub methods: Vec<&'static str>,
    /// The full path pattern, with the prefixes of all scopes.
    pub path: String,
    /// The handler's path in the crate.
    pub handler: &'static str,
    /// The file that it is in.
    pub file: &'static str,
    /// The line of its name.
    pub line: u32,
    /// Whether its module's policy leaves it out: `#[cors(off)]`.
    pub off: bool,
    /// Who may read, as written; `*` for anyone. A source is `(source)`.
    pub origins: Vec<String>,
    /// Whether credentials may come along.
    pub credentials: bool,
    /// The request headers that script may set.
    pub headers: Option<&'static str>,
    /// The response headers that script may read.
    pub expose_headers: Option<&'static str>,
    /// For how many seconds a browser may remember a preflight's answer.
    pub max_age: Option<u32>,
    /// Whether the handler is kept from other origins.
    pub enforce: bool,
}

impl MountedPolicies {
    /// The policies of the app that serves this request; none where it has no annotated handler.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let mounts = App::serving(request).map_or_else(Vec::new, |app| app.mounts());
        Self {
            policies: mounts
                .iter()
                .filter_map(|mount| MountedPolicy::new(mount))
                .collect(),
        }
    }
}

impl MountedPolicy {
    fn new(mount: &Mount) -> Option<Self> {
        let item = mount.annotation.item();
        let is_off = mount.annotation.is_off();
        let policy: &Policy<'static> = mount.annotation.policy();
        Some(Self {
            methods: if is_off {
                mount.routed.to_vec()
            } else {
                mount.methods.clone()
            },
            off: is_off,
            path: mount.full_pattern()?,
            handler: item.name,
            file: item.file,
            line: item.line,
            origins: match policy.origins {
                Origins::Anyone => vec!["*".to_owned()],
                Origins::Listed { elements, .. } => elements.iter().map(origin).collect(),
            },
            credentials: policy.credentials,
            headers: match policy.headers {
                RequestHeaders::None => None,
                RequestHeaders::Listed(names) => Some(names),
                RequestHeaders::Any => Some("*"),
                RequestHeaders::AnyAndAuthorization => Some("*, authorization"),
            },
            expose_headers: match policy.expose_headers {
                ExposedHeaders::None => None,
                ExposedHeaders::Listed(names) => Some(names),
                ExposedHeaders::Any => Some("*"),
            },
            max_age: policy.max_age,
            enforce: policy.enforce,
        })
    }

    /// The policy in the words of the attribute.
    fn summary(&self) -> String {
        if self.off {
            return "off".to_owned();
        }
        let mut parts = vec![if self.origins.is_empty() {
            "nobody".to_owned()
        } else {
            self.origins.join(" ")
        }];
        if self.credentials {
            parts.push("credentials".to_owned());
        }
        if let Some(names) = self.headers {
            parts.push(format!("headers: {names}"));
        }
        if let Some(names) = self.expose_headers {
            parts.push(format!("exposes: {names}"));
        }
        if let Some(seconds) = self.max_age {
            parts.push(format!("max age: {seconds}"));
        }
        if self.enforce {
            parts.push("enforced".to_owned());
        }
        parts.join("; ")
    }
}

fn origin(element: &OriginElement) -> String {
    match element {
        OriginElement::Exact(origin) => (*origin).to_owned(),
        OriginElement::Pattern(pattern) => pattern.to_string(),
        OriginElement::Path(resolve) => match resolve() {
            Resolved::Texts(texts) => texts.join(", "),
            Resolved::Source(_) => "(source)".to_owned(),
        },
    }
}

impl fmt::Display for MountedPolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["method", "path", "policy", "handler"].map(str::to_owned);
        let rows = self.policies.iter().map(|policy| {
            [
                policy.methods.join(" "),
                policy.path.clone(),
                policy.summary(),
                format!("{} ({}:{})", policy.handler, policy.file, policy.line),
            ]
        });
        let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
        let width = |column: usize| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths = [width(0), width(1), width(2)];
        for [method, path, policy, handler] in &rows {
            let [methods, paths, policies] = widths;
            writeln!(
                f,
                "{method:methods$}  {path:paths$}  {policy:policies$}  {handler}"
            )?;
        }
        Ok(())
    }
}
