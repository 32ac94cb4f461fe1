//! The browser's half of the CORS protocol, for tests of your own.
//!
//! [`Page`] is a page in a browser whose script calls your API; [`Fetch`] is what script hands to `fetch`; [`Outcome`] is
//! what script sees, or which check keeps it from seeing. They follow the [Fetch standard](https://fetch.spec.whatwg.org)
//! step by step, and are compared with three browsers, request by request.
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
//! // It has no `credentials`, so a page that wants to send its cookies may not read the answer.
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
//! Tests that run beside one another and fill an [`OriginSet`](crate::OriginSet) differently have it each for themselves by
//! [`OriginSet::scope_for_test`](crate::OriginSet::scope_for_test).
//!
//! [`audit`] asks a whole app for the preflights of its policies, and names what answers in their place.
//!
//! # What the browser leaves out
//!
//! Redirects are not followed ([`Outcome::Redirect`]); preflights are not cached; cookies are what [`Page::cookie`] says,
//! and those that a response sets are forgotten. `mode: "no-cors"`, which lets script send some requests without reading
//! anything, the ports that browsers refuse, and permissions for the local network are not modelled.

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

pub use audit::{About, Audit, Cause, Exchanged, Fault, Unasked, audit, audit_as};
pub use check::{Check, Finding};
pub use conversation::Conversation;
pub use exchange::{Exchange, Request, Response, Trace};
pub use fetch::Fetch;
pub use outcome::Outcome;
pub use page::{NotAnOrigin, Page};
