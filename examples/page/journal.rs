//! A journal of the exchanges between the browser and the API.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use actix_web::{
    HttpResponse, Responder, Result,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    get,
    http::{Method, StatusCode, header},
    middleware::Next,
    web,
};
use serde::{Deserialize, Serialize};

/// The latest exchanges between the browser and the API. A browser hides preflights and blocked answers from script, so the page reads
/// them here.
#[derive(Default)]
pub(crate) struct Journal(Mutex<VecDeque<Exchange>>);

#[derive(Clone, Serialize)]
pub(crate) struct Exchange {
    number: u64,
    preflight: bool,
    method: String,
    path: String,
    request: Vec<(String, String)>,
    status: u16,
    response: Vec<(String, String)>,
    /// The reason in the body of a refusal, which browsers hide from script.
    reason: Option<String>,
}

impl Journal {
    const LENGTH: usize = 50;

    fn exchanges(&self) -> MutexGuard<'_, VecDeque<Exchange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, mut exchange: Exchange) {
        let mut exchanges = self.exchanges();
        exchange.number = exchanges.back().map_or(1, |last| last.number + 1);
        exchanges.push_back(exchange);
        if exchanges.len() > Self::LENGTH {
            exchanges.pop_front();
        }
    }
}

#[derive(Deserialize)]
struct After {
    after: u64,
}

#[get("/journal")]
pub(crate) async fn passed(
    journal: web::Data<Journal>,
    query: web::Query<After>,
) -> impl Responder {
    let exchanges = journal.exchanges();
    let newer = exchanges
        .iter()
        .filter(|exchange| exchange.number > query.after);
    web::Json(newer.cloned().collect::<Vec<_>>())
}

/// The API's outermost middleware, which notes each exchange and changes nothing.
pub(crate) async fn record(
    journal: web::Data<Journal>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>> {
    let asks = |name| request.headers().contains_key(name);
    let preflight = request.method() == Method::OPTIONS
        && asks(header::ORIGIN)
        && asks(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut exchange = Exchange {
        number: 0,
        preflight,
        method: request.method().to_string(),
        path: request.uri().to_string(),
        request: texts(request.headers()),
        status: 0,
        response: Vec::new(),
        reason: None,
    };
    let result = next.call(request).await;
    let result = result.map(ServiceResponse::map_into_boxed_body);
    match result {
        Ok(response) => {
            let (request, response) = response.into_parts();
            let response = exchange.note(response);
            journal.add(exchange);
            Ok(ServiceResponse::new(request, response))
        }
        Err(error) => {
            // The server makes the same response from the error.
            exchange.note(error.error_response());
            journal.add(exchange);
            Err(error)
        }
    }
}

impl Exchange {
    /// Notes the response, and the reason of a policy that refuses, which is the whole body.
    fn note(&mut self, response: HttpResponse) -> HttpResponse {
        self.status = response.status().as_u16();
        self.response = texts(response.headers());
        if response.status() != StatusCode::FORBIDDEN {
            return response;
        }
        response.map_body(|_, body| match body.try_into_bytes() {
            Ok(body) => {
                let text = String::from_utf8_lossy(&body);
                if text.starts_with("CORS: ") {
                    self.reason = Some(text.trim().to_owned());
                }
                BoxBody::new(body)
            }
            Err(body) => body,
        })
    }
}

/// All headers, with the values of secret ones left out.
fn texts(headers: &header::HeaderMap) -> Vec<(String, String)> {
    let secret = [header::COOKIE, header::SET_COOKIE, header::AUTHORIZATION];
    headers
        .iter()
        .map(|(name, value)| {
            let value = if secret.contains(name) {
                "…".into()
            } else {
                String::from_utf8_lossy(value.as_bytes())
            };
            (name.to_string(), value.into_owned())
        })
        .collect()
}
