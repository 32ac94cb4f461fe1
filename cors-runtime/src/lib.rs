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
//! A policy that browsers would refuse, or that would let strangers in, does not compile. The error has the name of the rule, the
//! problem, and the text to write:
//!
//! ```compile_fail
//! # use actix_web::{HttpResponse, put};
//! # use cors_runtime::cors;
//! #[cors(origins = ["https://app.example.com/", "*"], credentials)]
//! # #[put("/items/{id}")]
//! # async fn update() -> HttpResponse { HttpResponse::Ok().finish() }
//! ```
//!
//! ```text
//! error: origin_with_path: an origin has no path, not even a trailing `/`
//!        help: write "https://app.example.com"
//!        why: browsers send the origin alone, so this text would never match
//!  --> src/main.rs:4:19
//!   |
//! 4 | #[cors(origins = ["https://app.example.com/", "*"], credentials)]
//!   |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^
//!
//! error: wildcard_with_credentials: `"*"` cannot be combined with `credentials`
//!        help: list the origins that may act as the user, or leave out `credentials`
//!        why: browsers refuse the combination, and echoing every origin instead would let any site act as the user
//! ```
//!
//! # Overview
//!
//! | item | purpose |
//! | --- | --- |
//! | [`cors`] | the attribute, on a handler, an inline module or a unit struct; its page documents the keys |
//! | [`CorsPolicy`] | a named policy, for handlers in many files |
//! | [`Cors`] | a middleware: answers preflights before authentication, and gives a policy to routes without an attribute |
//! | [`OriginSet`], [`OriginSource`] | origins that are known only at run time |
//! | [`PolicyConfig`], [`RuntimePolicy`] | a whole policy from a settings file |
//! | [`MountedPolicies`] | the list of an app's policies |
//! | [`test`](mod@test) | the browser for your tests ([`test::Page`]), and a test of a whole app ([`test::audit`]) |
//!
//! # Features
//!
//! - `compat` (default): route attributes make their handlers public, as with actix-web's feature of that name.
//! - `serde`: [`PolicyConfig`] can be deserialised, and [`MountedPolicies`] serialised.
//!
//! # Protocol
//!
//! Responses follow the [Fetch standard's CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol):
//!
//! - A *preflight* (`OPTIONS` with `Origin` and `Access-Control-Request-Method`) goes to the handler for the method that it asks
//!   for. The policy answers it without running the handler: 204 with the policy's headers, or 403.
//! - An *actual request* runs the handler. Its response, even one that is made from an error, carries the headers of the policy
//!   and no other CORS headers.
//!
//! # Log
//!
//! Events go to [`tracing`] with the target `cors`. Everything in them that a client sends is escaped.
//!
//! | level | event |
//! | --- | --- |
//! | `DEBUG` | A refusal, with the origin, the method, the path, the handler and its place, the reason, and what would allow the request. Any client can cause this event. |
//! | `DEBUG` | A preflight asks for a method or a header that the reply does not name, so the browser does not send the request. |
//! | `DEBUG` | Under [`Cors`], no policy answers a preflight, although its path has annotated handlers. |
//! | `WARN` | A resource without an annotation is in front of a handler and may get the request, so nobody answers the preflight. |
//! | `WARN` | Something in front of a handler answers its preflight. |
//! | `WARN` | Under [`Cors::annotated`] without a fallback, a page sends a preflight for a path without annotated handlers. |
//! | `WARN` | Two handlers have policies for the same path and method. |
//! | `WARN` | An allowed page asks a [`Cors::of`] without `methods` for a method other than GET, HEAD and POST. |
//! | `WARN` | An [`OriginSet`] was never filled. |
//! | `ERROR` | An [`OriginSource`] fails or panics. |
//! | `ERROR` | The router gives a request to another resource than the layer expected. |
//! | `ERROR` | A layer with a policy is inside another layer with a policy. |
//!
//! A `WARN` is a mistake of the program. Each worker logs it at most once for each cause.
//!
//! A page's request to its own origin is never logged as a refusal. To see the refusals, set `RUST_LOG=cors=debug` with
//! `tracing_subscriber::fmt().with_env_filter(…)` or with `env_logger`, which gets the events as records of the `log` crate.
//! [`test::audit`] finds the mistakes in a test.
//!
//! # Limits
//!
//! CORS tells browsers which pages may *read* a response. It is not access control: any other client can send any request, and
//! browsers send simple requests without a preflight.

mod annotation;
mod app;
mod body;
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

/// The items that the expansion of `#[cors]` uses. They are not for use by hand, and change without notice.
#[doc(hidden)]
pub mod __private {
    pub use std::option::Option;

    pub use actix_web::dev::{AppService, HttpServiceFactory};
    pub use actix_web::guard::fn_guard;
    pub use cors_macros::cors_on_route;

    pub use crate::annotation::Annotation;
    pub use crate::handler::Route;
    pub use crate::named::CorsPolicy;
    pub use crate::policy::{
        Allowed, AnyValue, ExposedHeaderTable, MethodTable, OriginEntry, OriginTable,
        RequestHeaderTable, at_path,
    };

    /// The table that the attribute writes.
    pub type PolicyTable = crate::policy::PolicyTable<'static>;

    /// actix-web's route attributes. The expansion checks that those of a handler are the same.
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
