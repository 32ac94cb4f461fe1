//! The browser's half of the CORS protocol, for your own tests.
//!
//! [`Page`] is a page in a browser whose script calls your API, [`Fetch`] is a request of that script, and [`Outcome`] is the
//! response that script reads, or the check that fails. They follow the [Fetch standard](https://fetch.spec.whatwg.org) step by
//! step, and are compared with three browsers, request by request. [`audit`] tests a whole app.
//!
//! ```
//! use actix_web::{App, Responder, get, test};
//! use cors_runtime::cors;
//! use cors_runtime::test::{Check, Fetch, Page};
//!
//! #[cors(origins = ["https://app.example.com"])]
//! #[get("/news")]
//! async fn news() -> impl Responder {
//!     "Nothing new."
//! }
//!
//! # #[actix_web::main]
//! # async fn main() {
//! let app = test::init_service(App::new().service(news)).await;
//!
//! let outcome = Page::at("https://app.example.com").fetch(&app, Fetch::get("/news")).await;
//! assert!(outcome.is_readable(), "{outcome}");
//!
//! // The policy has no `credentials`, so a page that sends cookies may not read the answer.
//! let outcome = Page::at("https://app.example.com").fetch(&app, Fetch::get("/news").credentials()).await;
//! assert_eq!(outcome.blocked_by(), Some(Check::Credentials), "{outcome}");
//! assert_eq!(outcome.to_string(), "\
//! blocked (credentials): the response has no Access-Control-Allow-Credentials
//!   page asked    GET http://localhost:8080/news
//!                 origin: https://app.example.com
//!   server said   200 OK
//!                 access-control-allow-origin: https://app.example.com
//!                 vary: Origin
//!   it needs      Access-Control-Allow-Credentials: true");
//! # }
//! ```
//!
//! With [`OriginSet::scope_for_test`](crate::OriginSet::scope_for_test), tests that run in parallel fill one set differently.
//!
//! # Limits
//!
//! - Redirects are not followed: see [`Outcome::Redirect`].
//! - Preflights are not cached.
//! - The cookies are those of [`Page::cookie`]. A response does not set any.
//! - `mode: "no-cors"`, the ports that browsers refuse, and permissions for the local network are not modelled.

mod audit;
mod check;
mod conversation;
mod exchange;
mod fetch;
mod list;
mod outcome;
mod page;
mod safelist;
mod text;

pub use audit::{Audit, AuditedRoute, Evidence, Fault, FaultCause, Omission, audit, audit_as};
pub use check::{Check, Finding};
pub use conversation::Conversation;
pub use exchange::{Exchange, Request, Response, Trace};
pub use fetch::Fetch;
pub use outcome::Outcome;
pub use page::{NotAnOrigin, Page};
