//! The middleware around an app or a scope. It gives headers to the responses that an annotation on a handler cannot reach: those of
//! a middleware in front of the handler, and those of routes that are built by hand.

mod resolve;
mod service;
mod state;
mod summary;

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::panic::Location;
use std::rc::Rc;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};

use self::service::CorsService;
use self::state::Layer;
use crate::app::{AppParts, LayerDeclaration, LayerPolicy};
use crate::named::CorsPolicy;
use crate::settings::RuntimePolicy;

/// CORS for a whole app, a scope or a resource.
///
/// [`Cors::annotated`] wraps the app, outermost: it answers the preflights of annotated handlers before anything inside
/// can turn them away, and lets the pages that a handler allows read an answer that something else gave in its place (a 401, a 429).
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, middleware, put};
/// use cors_runtime::{Cors, cors};
///
/// #[cors(origins = ["https://app.example.com"], headers = ["authorization"])]
/// #[put("/items")]
/// async fn update() -> impl Responder {
///     HttpResponse::NoContent()
/// }
///
/// let app = App::new()
///     .service(update)
///     .wrap(middleware::Logger::default()) // … authentication, rate limits …
///     .wrap(Cors::annotated()); // the last `wrap` is the outermost
/// ```
///
/// [`Cors::of`] puts routes that are built by hand under one named policy.
///
/// # Scopes with guards
///
/// Before routing, a layer cannot see the guard of a scope, nor the resources behind it. **If a scope has a guard, such as
/// `guard::Host` for virtual hosts, put the layer on that scope and not around the app:**
///
/// ```
/// # use actix_web::{App, HttpResponse, Responder, guard, middleware, put, web};
/// # use cors_runtime::{Cors, cors};
/// # #[cors(origins = ["https://app.example.com"])]
/// # #[put("/items")]
/// # async fn update() -> impl Responder { HttpResponse::NoContent() }
/// let app = App::new()
///     .service(
///         web::scope("")
///             .guard(guard::Host("api.example.com"))
///             .service(update)
///             .wrap(middleware::Logger::default()) // … authentication, rate limits …
///             .wrap(Cors::annotated()),
///     )
///     .service(web::scope("").guard(guard::Host("www.example.com")));
/// ```
///
/// A layer around such an app sees only the path and the method. It answers a preflight for the annotated handler that has both. If the
/// router gives such a request to a resource without an annotation, that is an `ERROR` in the log, and from then on only the handler
/// answers its preflights. Such a guess never adds headers to a success.
///
/// A layer whose policy has `enforce` refuses a request if it cannot tell which handler is meant. A request for an annotated handler
/// at the root of the app always passes, since the handler's own policy decides. A request for a handler in a scope passes if the
/// layer's policy or the handler's names the origin.
///
/// # When it does nothing
///
/// A layer never widens or replaces the policy of an annotated handler inside. If it cannot tell which handler is meant, it leaves the
/// request to the handler's own middleware, and adds nothing to a response that something else gave. It cannot tell if
///
/// - the route attribute has a `guard`, or two scopes of one prefix have annotated handlers;
/// - a resource without an annotation comes before, and its pattern matches the path;
/// - another annotated pattern in front matches the path, and its handlers have other methods.
///
/// A resource between two annotated handlers of one path is invisible to a layer: put such handlers side by side.
///
/// A 404 or 405 that no handler made is the router's. It gets the headers of the layer's own policy, if there is one.
///
/// `NormalizePath` belongs outside: `.wrap(Cors::annotated()).wrap(NormalizePath::trim())`.
#[derive(Clone)]
pub struct Cors<Kind = WithPolicy> {
    /// The policy for everything without an annotation.
    policy: Option<LayerPolicy>,
    has_layers_inside: bool,
    /// Where the program makes it.
    location: &'static Location<'static>,
    kind: PhantomData<Kind>,
}

/// A [`Cors`] that has no policy of its own yet.
///
/// ```
/// use cors_runtime::{Annotated, Cors};
///
/// /// The caller may add a fallback.
/// fn layer() -> Cors<Annotated> {
///     Cors::annotated()
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Annotated {}

/// A [`Cors`] with a policy for everything without an annotation. It cannot have a second one:
///
/// ```compile_fail
/// # use cors_runtime::{Cors, cors};
/// # #[cors(origins = ["https://one.example"])] struct One;
/// # #[cors(origins = ["https://two.example"])] struct Two;
/// Cors::of::<One>().fallback::<Two>();
/// ```
#[derive(Clone, Copy, Debug)]
pub enum WithPolicy {}

impl Cors<Annotated> {
    /// A layer without a policy of its own. It applies the policy of each annotated handler to the requests for that handler.
    #[must_use]
    #[track_caller]
    pub const fn annotated() -> Self {
        Self {
            policy: None,
            has_layers_inside: false,
            location: Location::caller(),
            kind: PhantomData,
        }
    }

    /// Adds a named policy for everything else: 404s, files, routes built by hand, and every handler without an annotation, even if
    /// another method of its path has one.
    ///
    /// ```
    /// use actix_web::App;
    /// use cors_runtime::{Cors, cors};
    ///
    /// #[cors(origins = ["https://app.example.com"])]
    /// struct Frontend;
    ///
    /// // The page can read a 404, even where there is no handler.
    /// let app = App::new().wrap(Cors::annotated().fallback::<Frontend>());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn fallback<P: CorsPolicy>(self /* alone: write `.fallback::<P>()` */) -> Cors {
        Cors::of::<P>()
    }

    /// The same as [`Cors::fallback`] for a policy that is read at start.
    ///
    /// ```
    /// use actix_web::App;
    /// use cors_runtime::{Cors, PolicyConfig};
    ///
    /// let config = PolicyConfig { origins: vec!["https://app.example.com".to_owned()], ..PolicyConfig::default() };
    /// let policy = config.check()?;
    /// let app = move || App::new().wrap(Cors::annotated().fallback_with(policy.clone()));
    /// # Ok::<(), cors_runtime::PolicyConfigError>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn fallback_with(self, policy: RuntimePolicy) -> Cors {
        Cors::with(policy)
    }
}

impl Cors {
    /// One named policy for everything inside, except annotated handlers and what has a layer of its own.
    ///
    /// Its `methods` are the value of `Access-Control-Allow-Methods`. The default is GET, HEAD and POST.
    ///
    /// ```
    /// use actix_web::{App, HttpResponse, web};
    /// use cors_runtime::{Cors, cors};
    ///
    /// #[cors(origins = ["https://app.example.com"], methods = ["GET", "PUT"])]
    /// struct Frontend;
    ///
    /// let app = App::new()
    ///     .route("/items", web::put().to(HttpResponse::NoContent))
    ///     .wrap(Cors::of::<Frontend>());
    /// ```
    #[must_use]
    #[track_caller]
    pub fn of<P: CorsPolicy>(/* no value: write `Cors::of::<P>()` */) -> Self {
        Self::new(LayerPolicy::Named(P::annotation()))
    }

    /// The same as [`Cors::of`] for a policy that is read at start, for example from a file. All workers share it:
    ///
    /// ```
    /// use actix_web::{App, web};
    /// use cors_runtime::{Cors, PolicyConfig};
    ///
    /// # fn main() -> Result<(), cors_runtime::PolicyConfigError> {
    /// let config = PolicyConfig {
    ///     origins: vec!["https://app.example.com".to_owned()],
    ///     methods: Some(vec!["GET".to_owned(), "PUT".to_owned()]),
    ///     ..PolicyConfig::default()
    /// };
    /// let policy = config.check()?;
    /// let app = move || {
    ///     App::new()
    ///         .route("/items", web::put().to(async || "updated"))
    ///         .wrap(Cors::with(policy.clone()))
    /// };
    /// # Ok(()) }
    /// ```
    ///
    /// After [`RuntimePolicy::replace`], the next request gets the new policy.
    #[must_use]
    #[track_caller]
    pub fn with(policy: RuntimePolicy) -> Self {
        Self::new(LayerPolicy::Runtime(policy))
    }

    #[track_caller]
    const fn new(policy: LayerPolicy) -> Self {
        Self {
            policy: Some(policy),
            has_layers_inside: false,
            location: Location::caller(),
            kind: PhantomData,
        }
    }

    /// Declares that a scope or a resource inside has a layer with a policy of its own, which answers the preflights there.
    ///
    /// This layer cannot know the paths of the layers inside. So it first passes on a preflight for a path without an annotation, and
    /// answers it only if nothing inside does. Authentication inside may turn such a preflight away, and a handler for any method runs
    /// for it. Layers beside one another, each on its scope, have neither problem.
    ///
    /// Without this, a layer with a policy inside of another one is an `ERROR` in the log.
    ///
    /// ```
    /// use actix_web::{App, HttpResponse, web};
    /// use cors_runtime::{Cors, cors};
    ///
    /// #[cors(origins = ["https://app.example.com"], methods = ["GET", "PUT"])]
    /// struct Frontend;
    ///
    /// #[cors(origins = ["https://partner.example"])]
    /// struct Partners;
    ///
    /// let partners = web::scope("/partners")
    ///     .route("/report", web::get().to(HttpResponse::Ok))
    ///     .wrap(Cors::of::<Partners>());
    /// let app = App::new()
    ///     .service(partners)
    ///     .route("/items", web::put().to(HttpResponse::NoContent))
    ///     .wrap(Cors::of::<Frontend>().with_layers_inside());
    /// ```
    #[must_use]
    pub fn with_layers_inside(mut self) -> Self {
        self.has_layers_inside = true;
        self
    }
}

impl<Kind> std::fmt::Debug for Cors<Kind> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cors")
            .field(
                "policy",
                &self
                    .policy
                    .as_ref()
                    .map(|policy| policy.current().declaration().name),
            )
            .field("has_layers_inside", &self.has_layers_inside)
            .field("location", &format_args!("{}", self.location))
            .finish_non_exhaustive()
    }
}

impl<Kind, S, B> Transform<S, ServiceRequest> for Cors<Kind>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = CorsService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let declaration = LayerDeclaration {
            policy: self.policy.clone(),
            location: self.location,
        };
        AppParts::note_layer(declaration.clone());
        ready(Ok(CorsService {
            service: Rc::new(service),
            layer: Rc::new(Layer::new(declaration, self.has_layers_inside)),
        }))
    }
}
