//! The events of the log, with the target `cors`. Text that a client sent is escaped and cut.

use std::error::Error;
use std::fmt::{self, Write};
use std::panic::Location;

use actix_web::HttpRequest;
use actix_web::dev::RequestHead;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, ORIGIN};

use tracing::level_filters::LevelFilter;

use super::request::{is_same_origin, requested_method};
use super::verdict::{Reason, Refusal, Verdict};
use crate::declaration::Declaration;

const TARGET: &str = "cors";

/// An event about a request. A client chooses these three fields; the others come from the program.
macro_rules! request_event {
    ($level:ident, $request:expr, $($rest:tt)*) => {
        tracing::$level!(
            target: TARGET,
            origin = %Origins($request),
            method = %method_of($request),
            path = %Escaped($request.uri.path().as_bytes()),
            $($rest)*
        )
    };
}

/// Whether there is a subscriber of `tracing`, or a logger of the `log` crate, for the level DEBUG.
pub(crate) fn is_on() -> bool {
    LevelFilter::current() >= LevelFilter::DEBUG || ::log::max_level() >= ::log::LevelFilter::Debug
}

/// Logs a refusal of an actual request, unless the request is same-origin.
#[inline]
pub(crate) fn refusal_unless_same_origin(
    declaration: Declaration,
    verdict: &Verdict,
    request: &HttpRequest,
) {
    if let Verdict::Refused(reason) = verdict
        && is_on()
        && !is_same_origin(request)
    {
        refusal(declaration, *reason, request.head());
    }
}

/// A policy refused a request.
pub(crate) fn refusal(declaration: Declaration, refusal: Refusal, request: &RequestHead) {
    if is_on() {
        event(declaration, refusal.reason(request), None, request);
    }
}

/// A preflight gets no answer, since the request that it asks for may be for another resource. The program can mend that, so the first
/// preflight of a handler is a warning.
pub(crate) fn another_in_front(declaration: Declaration, preflight: &RequestHead, is_first: bool) {
    let reason = Reason::NotFirst;
    if is_first {
        request_event!(
            warn,
            preflight,
            handler = %declaration,
            preflight = true,
            reason = reason.text(),
            remedy = reason.remedy(),
            "refused"
        );
    } else if is_on() {
        event(declaration, reason, None, preflight);
    }
}

/// A refusal by the policy, or by the browser, because the answer to a preflight does not name the method or the `header` that it
/// asks for.
pub(crate) fn event(
    declaration: Declaration,
    reason: Reason,
    header: Option<&[u8]>,
    request: &RequestHead,
) {
    request_event!(
        debug,
        request,
        handler = %declaration,
        preflight = requested_method(request).is_some(),
        header = header.map(|name| tracing::field::display(Escaped(name))),
        reason = reason.text(),
        remedy = reason.remedy(),
        "refused"
    );
}

/// Something other than a policy answered a preflight for the path of annotated handlers, mostly with a 401 or a 404.
pub(crate) fn unanswered(request: &RequestHead) {
    request_event!(
        debug,
        request,
        preflight = true,
        reason = "no annotated handler of this path takes the method, or a guard decides which one",
        remedy = "a #[cors] on the handler of this method",
        "unanswered"
    );
}

/// Something that the program has put in front of an annotated handler answered its preflight. The first preflight of a handler is a
/// warning.
#[cold]
pub(crate) fn answered_in_front(
    declaration: Declaration,
    pattern: Option<&str>,
    status: StatusCode,
    request: &RequestHead,
    is_first: bool,
) {
    let remedy = if pattern.is_none() {
        "`Cors::annotated()` as the outermost layer, or on each scope, if guards decide which scope gets a request"
    } else {
        "this handler in front of that resource, or no OPTIONS route there: the policies answer preflights"
    };
    macro_rules! event {
        ($level:ident) => {
            request_event!(
                $level,
                request,
                handler = %declaration,
                in_front = pattern.unwrap_or_default(),
                status = status.as_u16(),
                remedy,
                "something in front of this handler has answered a preflight in place of its policy"
            )
        };
    }
    if is_first {
        event!(warn);
    } else if is_on() {
        event!(debug);
    }
}

/// A preflight came for a path that only handlers without an annotation have.
#[cold]
pub(crate) fn unannotated(pattern: &str, request: &RequestHead) {
    request_event!(
        warn,
        request,
        pattern,
        remedy = "#[cors(…)] on the handler, or a fallback on the layer; nothing, if other origins are not to call it",
        "a page asks for a path of which no handler has #[cors], and `Cors::annotated()` has no fallback: the browser refuses"
    );
}

/// A page of an allowed origin asks a layer for a method, and the layer's policy names none.
#[cold]
pub(crate) fn methods_by_default(declaration: Declaration, request: &RequestHead) {
    request_event!(
        warn,
        request,
        policy = %declaration,
        remedy = "`methods` in this policy, with every method that pages may send to the routes inside",
        "this policy is around routes that are built by hand, which do not tell their methods, and it has no `methods`: pages may \
         send GET, HEAD and POST, and the browser refuses this one"
    );
}

/// Two handlers with policies of their own have the same path and method.
#[cold]
pub(crate) fn unreachable(first: Declaration, second: Declaration, method: &str, pattern: &str) {
    tracing::warn!(
        target: TARGET,
        method,
        pattern,
        handler = %second,
        in_front = %first,
        remedy = "one handler for each method of a path, or a `guard` on the one in front",
        "two handlers with policies of their own have one path and method: this one never runs, nor does its policy answer"
    );
}

/// A set of origins that was never filled is asked.
#[cold]
pub(crate) fn never_filled(place: &Location<'_>) {
    tracing::warn!(
        target: TARGET,
        set = %format_args!("{}:{}", place.file(), place.line()),
        remedy = "`replace` or `replace_from_env` before the server starts; an empty `replace` if nobody is meant",
        "an `OriginSet` that was never filled refuses every origin"
    );
}

/// The router has brought a request to a resource without an annotation that seemed to be for an annotated handler.
#[cold]
pub(crate) fn contradicted(declaration: Declaration, pattern: &str, request: &RequestHead) {
    request_event!(
        error,
        request,
        pattern,
        handler = %declaration,
        remedy = "a `Cors::annotated()` on each scope that has a guard, in place of the one around the app; or a #[cors] on the other resource",
        "a resource without #[cors] gets requests that seem to be for this handler, whose preflights the layer has answered; \
         from now on it leaves them to the handler"
    );
}

/// A layer with a policy is inside another that answers preflights in its place.
#[cold]
pub(crate) fn inside_another_layer(declaration: Declaration) {
    tracing::error!(
        target: TARGET,
        policy = %declaration,
        remedy = "`.with_layers_inside()` on the outer layer, or the two beside one another",
        "this policy's layer is inside another that has a policy, and that answers the preflights of both"
    );
}

/// A source that was asked about `origin` gave an error.
pub(crate) fn source_failed(origin: &str, error: &dyn Error) {
    tracing::error!(
        target: TARGET,
        origin = %Escaped(origin.as_bytes()),
        error = ?error.to_string(),
        "an origin source failed, so it allows nothing"
    );
}

/// A source that was asked about `origin` panicked.
pub(crate) fn source_panicked(origin: &str) {
    tracing::error!(
        target: TARGET,
        origin = %Escaped(origin.as_bytes()),
        "an origin source panicked, so it allows nothing"
    );
}

/// The request's method, or the one that a preflight asks for.
fn method_of(request: &RequestHead) -> Escaped<'_> {
    let method = request.method.as_str().as_bytes();
    Escaped(requested_method(request).map_or(method, HeaderValue::as_bytes))
}

/// Bytes as one word: printable ASCII as it is, everything else escaped, and cut if there are many. Spaces are escaped too, since
/// a log shows its next field after a space.
struct Escaped<'a>(&'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 256;
        let (shown, rest) = self.0.split_at(self.0.len().min(LONGEST));
        for (index, word) in shown.split(|&byte| byte == b' ').enumerate() {
            if index > 0 {
                f.write_str("\\x20")?;
            }
            write!(f, "{}", word.escape_ascii())?;
        }
        if rest.is_empty() {
            Ok(())
        } else {
            f.write_char('…')
        }
    }
}

/// The values of all `Origin` headers.
struct Origins<'a>(&'a RequestHead);

impl fmt::Display for Origins<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, origin) in self.0.headers.get_all(ORIGIN).take(3).enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}", Escaped(origin.as_bytes()))?;
        }
        Ok(())
    }
}
