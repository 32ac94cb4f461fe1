//! Each request of `conformance/requests.json` is sent over a socket to a handler with its policy. The standard's algorithms then
//! show what a browser does with the response.

#[rustfmt::skip]
mod handlers;
mod source;
mod table;

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{App, Error, HttpRequest, HttpResponse, error};

use crate::support::Response;
use table::{Case, Expect, Handler};

static CASES: LazyLock<Vec<Case>> = LazyLock::new(table::read);
static CASES_BY_ID: LazyLock<HashMap<&str, &Case>> =
    LazyLock::new(|| CASES.iter().map(|case| (case.id.as_str(), case)).collect());
/// The cases whose handler ran.
static CALLED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The body of each handler: notes that it ran, then answers as the request's case says.
pub(crate) async fn answer(request: HttpRequest) -> actix_web::Result<HttpResponse> {
    let Some(case) = case_of(request.headers()) else {
        return Ok(HttpResponse::Ok().finish());
    };
    CALLED
        .lock()
        .expect("no handler panics")
        .push(case.id.clone());
    let Handler {
        status,
        headers,
        via,
    } = case.handler.clone().unwrap_or_default();
    let status = status.try_into().expect("the table has valid statuses");
    if via.as_deref() == Some("error") {
        return Err(error::InternalError::new("the handler's error", status).into());
    }
    let mut response = HttpResponse::build(status);
    for (name, value) in headers {
        response.append_header((name, value));
    }
    Ok(response.finish())
}

/// A middleware inside of the policy, which fails if the request's case says so.
pub(crate) async fn fail_inside(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let fails = case_of(request.headers())
        .and_then(|case| case.handler.as_ref())
        .filter(|handler| handler.via.as_deref() == Some("middleware_error"))
        .map(|handler| handler.status);
    if let Some(status) = fails {
        let status = status.try_into().expect("the table has valid statuses");
        return Err(error::InternalError::new("the middleware's error", status).into());
    }
    next.call(request).await
}

fn case_of(headers: &actix_web::http::header::HeaderMap) -> Option<&'static Case> {
    let id = headers.get("x-test-case")?.to_str().ok()?;
    CASES_BY_ID.get(id).copied()
}

#[test]
fn every_request_of_the_table_gets_the_response_of_the_standard() {
    let server = crate::support::serve(|| App::new().configure(handlers::configure));
    let paths: HashMap<_, _> = source::paths(&CASES).into_iter().collect();
    let mut failures = Vec::new();
    for case in CASES.iter() {
        let mut headers: Vec<(&str, &str)> = case
            .request
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        headers.push(("x-test-case", &case.id));
        let response =
            crate::support::send(server, &case.request.method, &paths[&case.policy], &headers);
        let called = CALLED.lock().expect("no handler panics").contains(&case.id);
        for failure in compare(case, &response, called) {
            failures.push(format!("{}: {failure}\n    {response:?}", case.id));
        }
    }
    assert!(CASES.len() >= 100, "the table has {} rows", CASES.len());
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn the_handlers_have_the_policies_of_the_table() {
    source::compare_or_write(&CASES);
}

fn compare(case: &Case, response: &Response, called: bool) -> Vec<String> {
    let Expect {
        acao,
        acac,
        vary_includes,
        ..
    } = &case.expect;
    let mut failures = Vec::new();
    let mut check = |what: &str, holds: bool| {
        if !holds {
            failures.push(what.to_owned());
        }
    };

    let is_preflight = table::is_preflight(&case.request);
    check("is_preflight", is_preflight == case.expect.is_preflight);

    let acao_sent = response.allow_origin().map(str::to_owned);
    check(
        "acao",
        acao_sent == *acao
            || acao_sent
                .as_ref()
                .is_some_and(|v| case.expect.acao_alt.contains(v)),
    );
    let acac_sent = response
        .one("access-control-allow-credentials")
        .map(str::to_owned);
    check(
        "acac",
        acac_sent == *acac
            || acac_sent
                .as_ref()
                .is_some_and(|v| case.expect.acac_alt.contains(v)),
    );

    if let Some(expected) = case.expect.allowed {
        check(
            "allowed",
            table::verdict(case, response) == Ok(()) && expected
                || table::verdict(case, response).is_err() && !expected,
        );
    }
    if let (Some(reason), Err(failed)) =
        (&case.expect.fails_because, table::verdict(case, response))
    {
        // No policy answers for a method that no handler has, so the first check that fails is that of the origin.
        check(
            "fails_because",
            failed == *reason || reason == "method" && failed == "origin",
        );
    }

    let sent = |name: &str| response.list(name);
    let includes = |name: &str, names: &[String]| {
        let sent = sent(name);
        names
            .iter()
            .all(|n| sent.contains(&n.to_ascii_lowercase()) || sent.contains(&"*".to_owned()))
    };
    check(
        "methods",
        includes(
            "access-control-allow-methods",
            &case.expect.methods_includes,
        ),
    );
    check(
        "headers",
        includes(
            "access-control-allow-headers",
            &case.expect.headers_includes,
        ),
    );
    check(
        "exposed",
        includes(
            "access-control-expose-headers",
            &case.expect.expose_includes,
        ),
    );
    let varies = match &case.expect.vary_unless_acao {
        Some(value) if acao_sent.as_ref() == Some(value) => true,
        Some(_) => sent("vary").contains(&"origin".to_owned()),
        None => vary_includes
            .iter()
            .all(|name| sent("vary").contains(&name.to_ascii_lowercase())),
    };
    check("vary", varies);
    let mut vary = sent("vary");
    vary.sort();
    vary.dedup();
    check("vary has each name once", vary.len() == sent("vary").len());

    if let Some(seconds) = &case.expect.max_age {
        check(
            "max_age",
            response.one("access-control-max-age") == Some(seconds),
        );
    }
    if let Some(expected) = case.expect.handler_called {
        check("handler_called", called == expected);
    }
    if let Some(status) = &case.expect.status {
        let holds = match status {
            serde_json::Value::String(class) => {
                class.starts_with(&(response.status / 100).to_string())
            }
            other => other.as_u64() == Some(response.status.into()),
        };
        check("status", holds);
    }
    failures
}
