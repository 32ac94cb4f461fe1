//! The report of an audit.

use std::fmt;

use actix_web::http::StatusCode;

use crate::app::{LayerDeclaration, Remark, UnreachableHandler};
use crate::declaration::Declaration;

/// The report of [`audit`](super::audit). `Display` prints it for people.
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, get, middleware::DefaultHeaders, test};
/// use cors_runtime::cors;
/// use cors_runtime::test::{FaultCause, audit};
///
/// #[cors(origins = ["https://app.example.com"])]
/// #[get("/news")]
/// async fn news() -> impl Responder {
///     HttpResponse::Ok()
/// }
///
/// # #[actix_web::main]
/// # async fn main() {
/// let anyone = DefaultHeaders::new().add(("access-control-allow-origin", "*"));
/// let app = test::init_service(App::new().service(news).wrap(anyone)).await;
/// let audit = audit(&app).await;
/// assert!(!audit.is_clean());
/// assert_eq!(audit.faults()[0].cause, FaultCause::OtherCors, "{audit}");
/// assert!(audit.answered().is_empty() && audit.unasked().is_empty() && audit.remarks().is_empty());
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "`assert_clean` fails the test if there is a fault"]
pub struct Audit {
    pub(super) asked: usize,
    pub(super) answered: Vec<AuditedRoute>,
    pub(super) faults: Vec<Fault>,
    pub(super) unasked: Vec<Omission>,
    pub(super) remarks: Vec<Remark>,
}

/// An answer that is not the policy's, or a part of the app that does nothing.
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, get, web, test};
/// use cors_runtime::cors;
/// use cors_runtime::test::{FaultCause, audit};
///
/// #[cors(origins = ["https://app.example.com"])]
/// #[get("/news")]
/// async fn news() -> impl Responder {
///     HttpResponse::Ok()
/// }
///
/// # #[actix_web::main]
/// # async fn main() {
/// // This resource takes all methods, and OPTIONS is one of them.
/// let in_front = web::resource("/news").to(HttpResponse::NotFound);
/// let app = test::init_service(App::new().service(in_front).service(news)).await;
/// let audit = audit(&app).await;
/// let fault = &audit.faults()[0];
/// assert_eq!(fault.cause, FaultCause::ResourceInFront);
/// assert_eq!(fault.about.as_ref().map(|route| route.pattern.as_str()), Some("/news"));
/// assert!(fault.exchange.is_some());
/// println!("{}: {}", fault.what, fault.remedy);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The probable cause.
    pub cause: FaultCause,
    /// The problem, in one sentence.
    pub what: String,
    /// The correction.
    pub remedy: String,
    /// The handler; `None` if the fault is about the whole app.
    pub about: Option<AuditedRoute>,
    /// The request and the answer that show the fault, if there are any.
    pub exchange: Option<Evidence>,
}

/// The probable cause of a [`Fault`].
///
/// ```
/// use actix_web::{App, test};
/// use cors_runtime::Cors;
/// use cors_runtime::test::{FaultCause, audit};
///
/// # #[actix_web::main]
/// # async fn main() {
/// let app = test::init_service(App::new().wrap(Cors::annotated())).await;
/// let audit = audit(&app).await;
/// assert_eq!(audit.faults()[0].cause, FaultCause::IdleLayer, "{audit}");
///
/// for fault in audit.faults() {
///     let look_at = match fault.cause {
///         FaultCause::TurnedAway | FaultCause::OtherCors => "what is around the handler",
///         FaultCause::ResourceInFront | FaultCause::HandlerInFront | FaultCause::UnreachableHandler => "what is in front of it",
///         FaultCause::Unanswered => "its guards",
///         FaultCause::IdleLayer => "the layer",
///         FaultCause::UnknownApp => "the test",
///         _ => "the report",
///     };
///     println!("{look_at}: {fault}");
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultCause {
    /// Authentication, a rate limit or the like has answered the preflight.
    TurnedAway,
    /// Another CORS middleware is outside, or something else that sets CORS headers.
    OtherCors,
    /// A resource without an annotation is in front.
    ResourceInFront,
    /// Another annotated handler is in front.
    HandlerInFront,
    /// The handler never runs: another has its path and method.
    UnreachableHandler,
    /// The preflight reaches no handler.
    Unanswered,
    /// A layer without a policy of its own is around an app that has no annotated handler, so the layer does nothing.
    IdleLayer,
    /// The app that has answered is unknown.
    UnknownApp,
}

/// A method and a path of an annotated handler.
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, get, test};
/// use cors_runtime::cors;
/// use cors_runtime::test::{audit};
///
/// #[cors(origins = ["https://app.example.com"])]
/// #[get("/news/{year}")]
/// async fn news() -> impl Responder {
///     HttpResponse::Ok()
/// }
///
/// # #[actix_web::main]
/// # async fn main() {
/// let app = test::init_service(App::new().service(news)).await;
/// let audit = audit(&app).await;
/// let route = &audit.answered()[0];
/// assert_eq!((route.method.as_str(), route.pattern.as_str()), ("GET", "/news/{year}"));
/// assert!(route.handler.ends_with("::news") && route.place.contains(route.handler));
/// assert!(route.path.starts_with("/news/"), "a text was made up for the year");
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditedRoute {
    /// The method.
    pub method: String,
    /// The full path pattern.
    pub pattern: String,
    /// The handler's path in the crate.
    pub handler: &'static str,
    /// The handler with its file and line.
    pub place: String,
    /// The path that was made up for the pattern.
    pub path: String,
}

/// A request of an audit, and its answer.
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, get, middleware::DefaultHeaders, test};
/// use cors_runtime::cors;
/// use cors_runtime::test::{audit};
///
/// #[cors(origins = ["https://app.example.com"])]
/// #[get("/news")]
/// async fn news() -> impl Responder {
///     HttpResponse::Ok()
/// }
///
/// # #[actix_web::main]
/// # async fn main() {
/// let anyone = DefaultHeaders::new().add(("access-control-allow-origin", "*"));
/// let app = test::init_service(App::new().service(news).wrap(anyone)).await;
/// let audit = audit(&app).await;
/// let evidence = audit.faults()[0].exchange.as_ref().expect("the fault is in an answer");
/// println!("asked: {}\nanswer: {}\npolicy: {}", evidence.asked, evidence.said, evidence.expected);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// The request.
    pub asked: String,
    /// The answer: status and headers of the CORS protocol.
    pub said: String,
    /// The answer of the policy.
    pub expected: String,
}

/// A policy that the audit could not test, or not entirely.
///
/// ```
/// use actix_web::{App, HttpResponse, Responder, get, guard, web, test};
/// use cors_runtime::cors;
/// use cors_runtime::test::{audit};
///
/// #[cors(origins = ["https://app.example.com"])]
/// #[get("/news")]
/// async fn news() -> impl Responder {
///     HttpResponse::Ok()
/// }
///
/// # #[actix_web::main]
/// # async fn main() {
/// let api = web::scope("").guard(guard::Host("api.example.com")).service(news);
/// let app = test::init_service(App::new().service(api)).await;
/// let audit = audit(&app).await;
/// let omission = &audit.unasked()[0];
/// assert_eq!((omission.method.as_str(), omission.pattern.as_str()), ("GET", "/news"));
/// println!("{}: {}", omission.place, omission.why);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Omission {
    /// The method, or all of the handler's.
    pub method: String,
    /// The full path pattern.
    pub pattern: String,
    /// The handler with its file and line.
    pub place: String,
    /// The reason.
    pub why: String,
}

pub(super) const OTHER_CORS: &str = "remove everything else that sets CORS headers (actix-cors, `DefaultHeaders`, a middleware of your own)";
pub(super) const IN_FRONT: &str = "register the handler in front of that resource, or put #[cors] on it; if it is an OPTIONS route for all paths, remove it: the policies answer preflights";
const TURNED_AWAY: &str = "wrap the app in `Cors::annotated()`, as its last `.wrap(…)`: the outermost layer answers preflights before anything else";

pub(super) fn turned_away(layers: &[LayerDeclaration]) -> String {
    layers.first().map_or_else(
        || TURNED_AWAY.to_owned(),
        |layer| {
            format!(
                "{layer} has seen the preflight but could not find its handler, which is behind a guard, or behind a resource in \
                 front: put `Cors::annotated()` on the handler's scope, outside of what has answered"
            )
        },
    )
}

impl Fault {
    pub(super) fn new(
        cause: FaultCause,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            cause,
            what: what.into(),
            remedy: remedy.into(),
            about: None,
            exchange: None,
        }
    }
}

pub(super) fn idle(layer: &LayerDeclaration) -> Fault {
    let what = format!(
        "{layer} is around an app without an annotated handler, and has no policy: it does nothing"
    );
    let remedy = "put #[cors(…)] on the handlers, or a `.fallback::<P>()` on the layer";
    Fault::new(FaultCause::IdleLayer, what, remedy)
}

pub(super) fn unreachable(pair: &UnreachableHandler) -> Fault {
    let first = pair.first.annotation.declaration();
    let second = pair.second.annotation.declaration();
    let what = format!("the handler never runs: {first}, in front of it, has its path and method");
    let remedy = "remove one of the two, or put a `guard` on the one in front";
    Fault {
        about: Some(AuditedRoute {
            method: pair.method.to_owned(),
            path: pair
                .second
                .sample_paths()
                .first()
                .cloned()
                .unwrap_or_default(),
            pattern: pair.second.full_pattern().unwrap_or_default(),
            handler: second.name,
            place: second.to_string(),
        }),
        ..Fault::new(FaultCause::UnreachableHandler, what, remedy)
    }
}

pub(super) fn unknown(status: StatusCode, apps: usize) -> Fault {
    let what = format!(
        "something outside answers every request with an error ({status}), and the thread has {apps} apps with annotated \
         handlers, so the app is unknown: nothing was asked"
    );
    let remedy = format!("{TURNED_AWAY}; or have only one app in the test");
    Fault::new(FaultCause::UnknownApp, what, remedy)
}

pub(super) fn unasked(
    method: &str,
    pattern: &str,
    declaration: Declaration,
    why: &str,
) -> Omission {
    Omission {
        method: method.to_owned(),
        pattern: pattern.to_owned(),
        place: declaration.to_string(),
        why: why.to_owned(),
    }
}

impl Audit {
    /// The faults.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The policies that could not be tested, or not entirely.
    #[must_use]
    pub fn unasked(&self) -> &[Omission] {
        &self.unasked
    }

    /// Policies that break no rule, but may be mistakes. They do not fail a test.
    #[must_use]
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// The methods and paths whose policy has answered.
    #[must_use]
    pub fn answered(&self) -> &[AuditedRoute] {
        &self.answered
    }

    /// The number of requests that were sent for the policies.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.asked
    }

    /// Whether there is no fault.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }

    /// Fails the test if there is a fault, as in the example of [`audit`](super::audit).
    ///
    /// # Panics
    ///
    /// With the whole report, if there is a fault.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.is_clean(), "{self}");
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: usize, thing: &str| {
            let plural = if number == 1 { "" } else { "s" };
            format!("{number} {thing}{plural}")
        };
        write!(
            f,
            "CORS audit: {}, {}, {} not asked",
            count(self.asked, "request"),
            count(self.faults.len(), "fault"),
            self.unasked.len()
        )?;
        for fault in &self.faults {
            write!(f, "\n\n{fault}")?;
        }
        if !self.unasked.is_empty() {
            f.write_str("\n\nnot asked")?;
        }
        for unasked in &self.unasked {
            write!(f, "\n  {unasked}")?;
        }
        if !self.remarks.is_empty() {
            f.write_str("\n\nremarks")?;
        }
        for remark in &self.remarks {
            write!(f, "\n  {remark}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(about) = &self.about {
            writeln!(f, "{} {}, {}", about.method, about.pattern, about.place)?;
        }
        write!(f, "  {}", self.what)?;
        if let Some(exchange) = &self.exchange {
            write!(
                f,
                "\n  asked: {}\n  answer: {}\n  policy: {}",
                exchange.asked, exchange.said, exchange.expected
            )?;
        }
        write!(f, "\n  do: {}", self.remedy)
    }
}

impl fmt::Display for Omission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            method,
            pattern,
            place,
            why,
        } = self;
        write!(f, "{method} {pattern}, {place}: {why}")
    }
}
