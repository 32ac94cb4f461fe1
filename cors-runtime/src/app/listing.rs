//! The policies of a running app, for people and for programs.

use std::fmt;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{Error, HttpRequest, test};

use super::annotated_app::AnnotatedApp;
use super::app_parts::AppParts;
use super::layer_declaration::{LayerDeclaration, LayerPolicy};
use super::mount::Mount;
use crate::annotation::Annotation;
use crate::policy::{
    ExposedHeaderTable, MethodTable, OriginEntry, OriginTable, PolicyTable, RequestHeaderTable,
};
use crate::settings::PolicyConfig;

/// The policies of an app: those of its annotated handlers, in the order of registration, and those of its layers.
///
/// `Display` prints a table and the [`remarks`](Self::remarks). [`snapshot`](Self::snapshot) is a text for a file under version control.
/// With the feature `serde` the listing can be serialised.
///
/// ```
/// # actix_web::rt::System::new().block_on(async {
/// use actix_web::{App, Responder, get, web};
/// use cors_runtime::{Cors, MountedPolicies, cors};
///
/// #[cors(origins = ["https://app.example.com"], credentials)]
/// #[get("/items/{id}")]
/// async fn item() -> impl Responder {
///     "an item"
/// }
///
/// # macro_rules! app { () => {
/// App::new()
///     .service(web::scope("/api/{tenant}").service(item))
///     .wrap(Cors::annotated())
/// # }; }
/// # let make_app = || app!();
///
/// // Before the server starts, from what `HttpServer::new(make_app)` is given as well.
/// let policies = MountedPolicies::of_app(make_app()).await;
/// assert_eq!(policies.policies[0].path, "/api/{tenant}/items/{id}");
/// assert_eq!(policies.layers.len(), 1);
/// println!("{policies}");
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct MountedPolicies {
    /// One for each path of each annotated handler.
    pub policies: Vec<MountedPolicy>,
    /// The layers around the app, its scopes and its resources.
    pub layers: Vec<MountedLayer>,
}

/// One path of one annotated handler.
///
/// ```
/// # actix_web::rt::System::new().block_on(async {
/// use actix_web::{App, Responder, get, web};
/// use cors_runtime::{MountedPolicies, cors};
///
/// #[cors(origins = ["https://app.example.com"], expose_headers = ["etag"], credentials)]
/// #[get("/items/{id}")]
/// async fn item() -> impl Responder {
///     "an item"
/// }
///
/// let app = App::new().service(web::scope("/api").service(item));
/// let listing = MountedPolicies::of_app(app).await;
/// let mounted = &listing.policies[0];
/// assert_eq!((mounted.methods.as_slice(), mounted.path.as_str()), (&["GET"][..], "/api/items/{id}"));
/// assert!(mounted.handler.ends_with("::item") && !mounted.off);
/// println!("{} in {}:{}", mounted.handler, mounted.file, mounted.line);
/// assert_eq!(mounted.says.origins, ["https://app.example.com"]);
/// # });
/// ```
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
    /// Whether its annotation is `#[cors(off)]`, so that no policy applies to it.
    pub off: bool,
    /// What the policy says.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub says: PolicySummary,
}

/// A [`Cors`](crate::Cors) around an app, a scope or a resource.
///
/// ```
/// # actix_web::rt::System::new().block_on(async {
/// use actix_web::App;
/// use cors_runtime::{Cors, MountedPolicies, cors};
///
/// #[cors(origins = ["*"], methods = ["GET"])]
/// struct Public;
///
/// let listing = MountedPolicies::of_app(App::new().wrap(Cors::of::<Public>())).await;
/// let layer = &listing.layers[0];
/// assert_eq!(layer.methods, ["GET"]);
/// assert_eq!(layer.says.as_ref().map(|says| says.origins.as_slice()), Some(&["*".to_owned()][..]));
/// println!("{}:{}", layer.file, layer.line);
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct MountedLayer {
    /// The methods that its policy names: `*` for any.
    pub methods: Vec<String>,
    /// The file in which the program makes it.
    pub file: &'static str,
    /// The line of `Cors::annotated()`, `Cors::of` or `.fallback`.
    pub line: u32,
    /// What its own policy says; `None` for a `Cors::annotated()` without a fallback.
    pub says: Option<PolicySummary>,
}

/// What a policy says, key by key.
///
/// ```
/// # actix_web::rt::System::new().block_on(async {
/// use actix_web::{App, Responder, get};
/// use cors_runtime::{MountedPolicies, cors};
///
/// #[cors(origins = ["https://app.example.com"], expose_headers = ["etag"], credentials)]
/// #[get("/items/{id}")]
/// async fn item() -> impl Responder {
///     "an item"
/// }
///
/// let listing = MountedPolicies::of_app(App::new().service(item)).await;
/// let says = &listing.policies[0].says;
/// assert_eq!((says.policy, says.origins.as_slice()), (None, &["https://app.example.com".to_owned()][..]));
/// assert_eq!((says.credentials, says.enforce, says.max_age), (true, false, None));
/// assert_eq!((says.headers.as_deref(), says.expose_headers.as_deref()), (None, Some("etag")));
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PolicySummary {
    /// The path of the named policy that it is, or starts from.
    pub policy: Option<&'static str>,
    /// Who may read, as written: `*` for anyone, `dev("…")` for what a release leaves out, and `(SET)` for a source of the name
    /// `SET`. A constant is the text that it holds.
    pub origins: Vec<String>,
    /// Whether a page may send credentials and read the response.
    pub credentials: bool,
    /// The request headers that script may set.
    pub headers: Option<String>,
    /// The response headers that script may read.
    pub expose_headers: Option<String>,
    /// For how many seconds a browser may remember a preflight's answer.
    pub max_age: Option<u32>,
    /// Whether the handler does not run for an origin that the policy does not allow.
    pub enforce: bool,
}

impl MountedPolicies {
    /// The policies of an app before a server runs. `app` is what the closure for `HttpServer::new` returns.
    ///
    /// The app is built as a worker would build it, its `data_factory` futures included, and dropped. No request is made.
    ///
    /// # Panics
    /// If the app cannot be built.
    pub async fn of_app<T, B>(app: actix_web::App<T>) -> Self
    where
        T: ServiceFactory<
                ServiceRequest,
                Config = (),
                Response = ServiceResponse<B>,
                Error = Error,
                InitError = (),
            > + 'static,
        B: MessageBody + 'static,
    {
        let (service, built) = AppParts::collect(test::init_service(app)).await;
        let listing = Self::new(built.app.as_deref(), &built.layers);
        // The patterns of scopes are known only as long as the app lives.
        drop(service);
        listing
    }

    /// The policies of the app that serves this request; none if it has no annotated handler.
    ///
    /// Of its layers, the listing has those that a request has passed on this worker, because a running app knows no others.
    ///
    /// ```
    /// use actix_web::{App, HttpRequest, get, test};
    /// use cors_runtime::{MountedPolicies, cors};
    ///
    /// #[cors(origins = ["https://app.example.com"])]
    /// #[get("/policies")]
    /// async fn policies(request: HttpRequest) -> String {
    ///     MountedPolicies::of(&request).to_string()
    /// }
    ///
    /// # #[actix_web::main]
    /// # async fn main() {
    /// let app = test::init_service(App::new().service(policies)).await;
    /// let request = test::TestRequest::get().uri("/policies").to_request();
    /// let table = test::call_and_read_body(&app, request).await;
    /// assert!(String::from_utf8_lossy(&table).contains("https://app.example.com"));
    /// # }
    /// ```
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        let app = AnnotatedApp::serving(request);
        let layers = app.as_ref().map_or_else(Vec::new, |app| app.layers());
        Self::new(app.as_deref(), &layers)
    }

    pub(crate) fn new(app: Option<&AnnotatedApp>, layers: &[LayerDeclaration]) -> Self {
        let mounts = app.map_or_else(Vec::new, AnnotatedApp::mounts);
        Self {
            policies: mounts
                .iter()
                .filter_map(|mount| MountedPolicy::new(mount))
                .collect(),
            layers: layers.iter().map(MountedLayer::new).collect(),
        }
    }

    /// A text that a test compares with a file under version control, for a reviewer to see what a change does to the policies:
    /// one line for each key, no line numbers, and the [`remarks`](Self::remarks).
    ///
    /// `docs/forms.md` of the repository shows such a test.
    ///
    /// ```
    /// # actix_web::rt::System::new().block_on(async {
    /// use actix_web::{App, Responder, get};
    /// use cors_runtime::{MountedPolicies, cors};
    ///
    /// #[cors(origins = ["https://app.example.com"], expose_headers = ["etag"], credentials)]
    /// #[get("/items/{id}")]
    /// async fn item() -> impl Responder {
    ///     "an item"
    /// }
    ///
    /// let listing = MountedPolicies::of_app(App::new().service(item)).await;
    /// let snapshot = listing.snapshot();
    /// assert!(snapshot.starts_with("GET /items/{id}\n  handler: "));
    /// assert!(snapshot.contains("\n  origins: https://app.example.com\n"), "{snapshot}");
    /// # });
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> String {
        let mut blocks = Vec::new();
        for policy in &self.policies {
            let mut lines = vec![
                format!("{} {}", policy.methods.join(" "), policy.path),
                format!("  handler: {}", policy.handler),
            ];
            if policy.off {
                lines.push("  off".to_owned());
            } else {
                lines.extend(policy.says.lines());
            }
            blocks.push(lines.join("\n"));
        }
        for layer in &self.layers {
            let mut lines = vec![format!("layer in {}", layer.file)];
            match &layer.says {
                None => lines.push("  the policies of the annotated handlers".to_owned()),
                Some(says) => {
                    lines.push(format!("  methods: {}", layer.methods.join(" ")));
                    lines.extend(says.lines());
                }
            }
            blocks.push(lines.join("\n"));
        }
        let remarks = self.remarks();
        if !remarks.is_empty() {
            let lines = remarks.iter().map(|remark| format!("\n  {remark}"));
            blocks.push(format!("remarks{}", lines.collect::<String>()));
        }
        let mut text = blocks.join("\n\n");
        text.push('\n');
        text
    }
}

impl MountedPolicy {
    fn new(mount: &Mount) -> Option<Self> {
        let declaration = mount.annotation.declaration();
        let is_off = mount.annotation.is_off();
        Some(Self {
            methods: if is_off {
                mount.served.to_vec()
            } else {
                mount.cors_methods.clone()
            },
            off: is_off,
            path: mount.full_pattern()?,
            handler: declaration.name,
            file: declaration.file,
            line: declaration.line,
            says: PolicySummary::new(mount.annotation),
        })
    }
}

/// <https://fetch.spec.whatwg.org/#cors-safelisted-method>
const SAFELISTED: [&str; 3] = ["GET", "HEAD", "POST"];

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

impl MountedLayer {
    fn new(layer: &LayerDeclaration) -> Self {
        Self {
            methods: match &layer.policy {
                None => Vec::new(),
                Some(LayerPolicy::Named(annotation)) => match annotation.policy().methods {
                    MethodTable::Default => owned(&SAFELISTED),
                    MethodTable::Any => owned(&["*"]),
                    MethodTable::Listed(names) => owned(names),
                },
                Some(LayerPolicy::Runtime(policy)) => {
                    let methods = policy.config().methods;
                    methods.unwrap_or_else(|| owned(&SAFELISTED))
                }
            },
            file: layer.location.file(),
            line: layer.location.line(),
            says: layer.policy.as_ref().map(|policy| match policy {
                LayerPolicy::Named(annotation) => PolicySummary::new(annotation),
                LayerPolicy::Runtime(policy) => PolicySummary::of_config(&policy.config()),
            }),
        }
    }
}

impl PolicySummary {
    fn new(annotation: &Annotation) -> Self {
        let policy: &PolicyTable = annotation.policy();
        Self {
            policy: policy.name,
            origins: match policy.origins {
                OriginTable::Anyone => vec!["*".to_owned()],
                OriginTable::Listed { elements, .. } => elements.iter().flat_map(shown).collect(),
            },
            credentials: policy.credentials,
            headers: match policy.headers {
                RequestHeaderTable::None => None,
                RequestHeaderTable::Listed(names) => Some(names.to_owned()),
                RequestHeaderTable::Any => Some("*".to_owned()),
                RequestHeaderTable::AnyAndAuthorization => Some("*, authorization".to_owned()),
            },
            expose_headers: match policy.expose_headers {
                ExposedHeaderTable::None => None,
                ExposedHeaderTable::Listed(names) => Some(names.to_owned()),
                ExposedHeaderTable::Any => Some("*".to_owned()),
            },
            max_age: policy.max_age,
            enforce: policy.enforce,
        }
    }

    /// The same for a policy that is read at start, as it is now.
    fn of_config(config: &PolicyConfig) -> Self {
        let joined = |names: &[String]| (!names.is_empty()).then(|| names.join(", "));
        Self {
            policy: None,
            origins: config.origins.clone(),
            credentials: config.credentials,
            headers: joined(&config.headers),
            expose_headers: joined(&config.expose_headers),
            max_age: config.max_age.and_then(|seconds| seconds.try_into().ok()),
            enforce: config.enforce,
        }
    }

    /// The policy in the words of the attribute, a line for each key.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut line = |key: &str, value: Option<String>| {
            lines.extend(value.map(|value| format!("  {key}: {value}")));
        };
        line("policy", self.policy.map(str::to_owned));
        line("origins", Some(self.readers(", ")));
        line("headers", self.headers.clone());
        line("expose_headers", self.expose_headers.clone());
        line("max_age", self.max_age.map(|seconds| seconds.to_string()));
        for (is_set, flag) in [(self.credentials, "credentials"), (self.enforce, "enforce")] {
            if is_set {
                lines.push(format!("  {flag}"));
            }
        }
        lines
    }

    fn readers(&self, separator: &str) -> String {
        if self.origins.is_empty() {
            "nobody".to_owned()
        } else {
            self.origins.join(separator)
        }
    }

    /// The same in one line.
    fn line(&self) -> String {
        let mut parts = vec![self.readers(" ")];
        if let Some(name) = self.policy {
            parts[0] = format!("{name}: {}", parts[0]);
        }
        if self.credentials {
            parts.push("credentials".to_owned());
        }
        if let Some(names) = &self.headers {
            parts.push(format!("headers: {names}"));
        }
        if let Some(names) = &self.expose_headers {
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

fn shown(element: &OriginEntry) -> Vec<String> {
    match element {
        OriginEntry::Dev(texts) => texts.iter().map(|text| format!("dev({text:?})")).collect(),
        OriginEntry::Source(name, _) => vec![format!("({name})")],
        OriginEntry::Literal(_) | OriginEntry::Constant(_) => owned(element.texts()),
    }
}

impl fmt::Display for MountedPolicies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["method", "path", "policy", "handler"].map(str::to_owned);
        let rows = self.policies.iter().map(|policy| {
            [
                policy.methods.join(" "),
                policy.path.clone(),
                if policy.off {
                    "off".to_owned()
                } else {
                    policy.says.line()
                },
                format!("{} ({}:{})", policy.handler, policy.file, policy.line),
            ]
        });
        let layers = self.layers.iter().map(|layer| {
            [
                layer.methods.join(" "),
                "(layer)".to_owned(),
                layer.says.as_ref().map_or_else(
                    || "the policies of the annotated handlers".to_owned(),
                    PolicySummary::line,
                ),
                format!("Cors ({}:{})", layer.file, layer.line),
            ]
        });
        let rows: Vec<_> = std::iter::once(head).chain(rows).chain(layers).collect();
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
        for remark in self.remarks() {
            writeln!(f, "remark: {remark}")?;
        }
        Ok(())
    }
}
