//! CORS for actix-web as an attribute on the handler, checked when the program is built.
//!
//! ```
//! use actix_web::{App, HttpResponse, Responder, put, web};
//! use cors_runtime::cors;
//!
//! #[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials, max_age = 600)]
//! #[put("/items/{id}")]
//! async fn update(id: web::Path<u32>) -> impl Responder {
//!     HttpResponse::Ok().body(format!("item {id} is up to date"))
//! }
//!
//! let app = App::new().service(update); // PUT /items/{id}, and its preflights
//! ```
//!
//! The attribute [`cors`] documents its keys. What a request gets is decided here, after the
//! [Fetch standard's CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol):
//!
//! - a *preflight* (`OPTIONS` with `Origin` and `Access-Control-Request-Method`) is answered by the handler
//!   whose method it asks for, without running it: 204 with the policy's headers, or 403;
//! - an *actual request* runs the handler, and its response, also one made from an error, carries
//!   the headers of the policy and no others.
//!
//! # Log
//!
//! Each refusal is one [`tracing`] event with the target `cors`: the origin, the method, the path, the handler and
//! where it is, the reason, and what would allow it, all escaped. So is a preflight that asks for a method or a header which
//! the reply does not name: the browser refuses then. Under [`Cors`] so is a preflight for an
//! annotated path that something else has answered. A request that a page sends to its own origin is no refusal. The level
//! is `DEBUG`: anyone can cause one. See it with `RUST_LOG=cors=debug` under
//! `tracing_subscriber::fmt().with_env_filter(…)`, or under `env_logger`, which gets the events as records of the `log`
//! crate. What goes wrong in an [`OriginSource`] is an `ERROR`, and so is
//! what a layer has to contradict itself in: the router brings requests elsewhere that seemed to be for a handler, or a layer inside
//! another has a policy of its own. A `WARN`, once for each cause on a worker, is what the
//! program does to its own policies: a resource without an annotation in front may be the one that gets the request, so that
//! nobody answers the preflight; something in front of a handler has answered its preflight; under [`Cors::annotated`] without a
//! fallback, a preflight comes for a path of which no handler has an annotation; two handlers with policies of their own have one path
//! and method; an [`OriginSet`] was never filled. [`test::audit`] finds these, and more, in a test.
//!
//! # Limits
//!
//! CORS tells browsers which pages may *read* a response. It is no access control: any other client
//! can send any request, and browsers send simple ones before they ask.

mod annotation;
mod app;
mod body;
mod constant;
mod declaration;
mod handler;
mod layer;
mod named;
mod origin_set;
mod policy;
mod respond;
mod settings;
mod source;
pub mod test;

pub use app::{MountedLayer, MountedPolicies, MountedPolicy, PolicySummary, Remark};
#[doc(inline)]
pub use cors_macros::cors;
pub use cors_rules::Rule;
pub use layer::{Annotated, Cors, WithPolicy};
pub use named::CorsPolicy;
pub use origin_set::{OriginSet, OriginSetError, OriginSetScope};
pub use settings::{PolicyConfig, PolicyConfigError, PolicyMistake, RuntimePolicy};
pub use source::{Allows, OriginSource};

/// What the expansion of `#[cors]` calls. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use std::option::Option;

    pub use actix_web::dev::{AppService, HttpServiceFactory};
    pub use actix_web::guard::fn_guard;
    pub use cors_macros::cors_on_route;
    pub use cors_rules::{Pattern, Port};

    pub use crate::annotation::Annotation;
    pub use crate::handler::Route;
    pub use crate::named::CorsPolicy;
    pub use crate::policy::{
        Allowed, AnyValue, ExposedHeaderTable, MethodTable, OriginEntry, OriginTable,
        RequestHeaderTable, at_path,
    };

    /// What the attribute writes is there for the whole run of the program.
    pub type PolicyTable = crate::policy::PolicyTable<'static>;

    /// actix's route attributes, to hold what a handler has under one of these names against.
    pub mod route_attributes {
        pub use actix_web::{
            connect, delete, get, head, options, patch, post, put, query, route, routes, trace,
        };
    }
}

/// The README's examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
