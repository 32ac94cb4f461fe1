//! The middleware for what an annotation on the handler cannot reach: what is decided before the handler's own
//! middleware is asked, and routes that are built by hand.

mod asked;
mod judge;
mod service;

use std::cell::{Cell, OnceCell};
use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::rc::Rc;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};

use self::judge::{Default, Judge};
use self::service::CorsService;
use crate::named::CorsPolicy;

/// CORS for a whole app, a scope or a resource.
///
/// [`Cors::annotated`] wraps the app, outermost: it answers the preflights of annotated handlers before anything inside
/// can turn them away, and lets the pages that a handler allows read what was answered in its place (a 401, a 429).
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
/// Neither ever widens or replaces the policy of an annotated handler inside. Where it cannot be told which handler is
/// meant, both stand aside: the request goes on to the handler's own middleware, and nothing is added to a response that
/// was made before. So it is where
///
/// - the route attribute has a `guard`, or scopes that overlap have handlers of different policies for the same path and
///   method: the guard of a scope cannot be seen from here;
/// - a resource without an annotation comes before, and its pattern matches the path (one that has the name of the annotated
///   one as well is taken for it: handlers of one path want names of their own);
/// - another pattern in front matches the path too, and its handlers have other methods.
///
/// Two things cannot be seen, and want another order or an app of their own: whether the guard of a scope sends a request
/// past an annotated handler to one without an annotation, and whether a resource without an annotation stands between two
/// annotated handlers of one path.
///
/// Middleware that changes the path, such as `NormalizePath`, belongs outside: `.wrap(Cors::annotated()).wrap(NormalizePath::trim())`.
///
/// It is made where the app is made, in the closure of `HttpServer::new`: each app has its own.
///
/// ```compile_fail
/// # use actix_web::{App, HttpServer};
/// # use cors_runtime::Cors;
/// let cors = Cors::annotated();
/// HttpServer::new(move || App::new().wrap(cors));
/// ```
#[derive(Debug)]
pub struct Cors {
    default: Option<Default>,
    /// What [`BUILT`] was when this was made.
    built_before: usize,
    /// The number is this thread's.
    of_this_thread: PhantomData<Rc<()>>,
}

impl Cors {
    /// The policies of the annotated handlers, each for what is meant for it.
    #[must_use]
    pub const fn annotated() -> Self {
        Self {
            default: None,
            built_before: 0,
            of_this_thread: PhantomData,
        }
    }

    /// A named policy for the paths that no annotated handler has: 404s, files, routes built by hand, and every handler without
    /// an annotation.
    #[must_use]
    pub fn fallback<P: CorsPolicy>(self) -> Self {
        Self {
            default: Some(Default::of::<P>(true)),
            built_before: BUILT.get(),
            of_this_thread: PhantomData,
        }
    }

    /// One named policy for everything inside that is not an annotated handler's, nor under a layer of its own.
    ///
    /// Around an app that has such layers inside, a preflight for a path without an annotation is shown to them first, and so
    /// to what else is inside: an authentication may turn it away, and a handler that takes any method runs. Answered from
    /// here is what they leave. Layers beside one another, each on its scope, have no such trouble.
    ///
    /// Its `methods` are what `Access-Control-Allow-Methods` says; without the key the CORS-safelisted ones.
    #[must_use]
    pub fn of<P: CorsPolicy>() -> Self {
        Self {
            default: Some(Default::of::<P>(false)),
            built_before: BUILT.get(),
            of_this_thread: PhantomData,
        }
    }
}

thread_local! {
    /// How many layers with a policy were built on this thread. Those inside another are built before it, and after the
    /// app's factory has made it.
    static BUILT: Cell<usize> = const { Cell::new(0) };
}

impl<S, B> Transform<S, ServiceRequest> for Cors
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
        let built = BUILT.get();
        BUILT.set(built + usize::from(self.default.is_some()));
        ready(Ok(CorsService {
            service: Rc::new(service),
            judge: Rc::new(Judge {
                default: self.default,
                may_have_others_inside: built != self.built_before,
                app: OnceCell::new(),
            }),
        }))
    }
}
