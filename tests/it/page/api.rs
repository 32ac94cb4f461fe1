//! The API that `Page` and the browsers call: annotated handlers, and one that answers as the row says.

use std::sync::{Arc, Mutex};

use actix_web::http::{Method, StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder, Result, error, get, post, put, route, web};
use cors_runtime::{Cors, cors};

use super::table::{ROWS, Row, Served};

/// A request that the API received, with the headers that are compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Received {
    pub method: String,
    pub headers: Vec<(String, String)>,
}

pub type Journal = Arc<Mutex<Vec<Received>>>;

/// The headers that a `Page` and a browser must send alike.
const COMPARED: &[&str] = &[
    "access-control-request-headers",
    "access-control-request-method",
    "authorization",
    "content-length",
    "content-type",
    "cookie",
    "origin",
    "range",
    "referer",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "x-a",
    "x-b",
    "x-http-method-override",
];

pub fn configure(app: &mut web::ServiceConfig, journal: Journal) {
    app.app_data(web::Data::new(journal))
        .service(news)
        .service(everyone)
        .service(narrow)
        .service(item)
        .service(total)
        .service(broken)
        .service(guarded)
        .service(plain)
        .service(enforced)
        .service(
            web::scope("/partners")
                .wrap(Cors::of::<Partners>())
                .route("/prices", web::route().to(prices)),
        )
        .route("/told/{row}", web::route().to(told))
        .route("/", web::get().to(blank));
}

/// A page of the API's own origin.
async fn blank() -> impl Responder {
    HttpResponse::Ok()
        .content_type("text/html")
        .body("<link rel=icon href=data:,><p>")
}

#[cors(origins = ["http://127.0.0.1:*"])]
#[get("/news")]
async fn news() -> impl Responder {
    "news"
}

#[cors(origins = ["*"], headers = ["*"])]
#[route("/everyone", method = "GET", method = "DELETE")]
async fn everyone() -> impl Responder {
    "hello"
}

#[cors(origins = ["http://127.0.0.1:*"], methods = ["PUT"], headers = ["content-type"])]
#[route("/narrow", method = "PUT", method = "PATCH", method = "POST")]
async fn narrow() -> impl Responder {
    "narrow"
}

#[cors(origins = ["http://127.0.0.1:*"], headers = ["content-type"], credentials, max_age = 60)]
#[put("/items/{id}")]
async fn item(body: String) -> impl Responder {
    body
}

#[cors(origins = ["http://127.0.0.1:*"], expose_headers = ["X-Total"])]
#[get("/total")]
async fn total() -> impl Responder {
    HttpResponse::Ok()
        .insert_header(("x-total", "3"))
        .insert_header(("x-internal", "shelf 4"))
        .insert_header((header::SET_COOKIE, "a=b; Max-Age=0"))
        .body("total")
}

#[cors(origins = ["http://127.0.0.1:*"], credentials)]
#[get("/broken/{id}")]
async fn broken(id: web::Path<u32>) -> Result<String> {
    Err(error::ErrorConflict(format!("no {id}")))
}

#[cors(origins = ["http://127.0.0.1:*"], headers = ["*"], credentials)]
#[route("/guarded", method = "GET", method = "PATCH")]
async fn guarded() -> impl Responder {
    "guarded"
}

#[cors(origins = ["http://127.0.0.1:*"], enforce)]
#[post("/enforced")]
async fn enforced() -> impl Responder {
    "done"
}

/// For routes that are built by hand.
#[cors(origins = ["http://127.0.0.1:*"], headers = ["content-type"])]
struct Partners;

async fn prices() -> impl Responder {
    "half"
}

#[get("/plain")]
async fn plain() -> impl Responder {
    "plain"
}

/// Answers as the row says.
async fn told(request: HttpRequest, row: web::Path<usize>) -> HttpResponse {
    let Some(Row {
        served: Served::Told { preflight, reply },
        ..
    }) = ROWS.get(*row)
    else {
        return HttpResponse::NotFound().finish();
    };
    let asks = request
        .headers()
        .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let said = if request.method() == Method::OPTIONS && asks {
        preflight
    } else {
        reply
    };
    let page = request.headers().get(header::ORIGIN);
    let page = page.map_or("", |origin| origin.to_str().expect("an origin is ASCII"));

    let mut lines = said.lines().map(str::trim);
    let status = lines.next().and_then(|status| status.parse().ok());
    let status: u16 = status.expect("a row begins with a status");
    let mut response = HttpResponse::build(StatusCode::from_u16(status).expect("a status"));
    for line in lines {
        let (name, value) = line.split_once(':').expect("a row has headers");
        response.append_header((name, value.trim().replace("{page}", page)));
    }
    response.body("told")
}

/// Notes a request in the journal.
pub fn receive(journal: &Journal, head: &actix_web::dev::RequestHead) {
    let mut headers: Vec<_> = head
        .headers
        .iter()
        .filter(|(name, _)| COMPARED.contains(&name.as_str()))
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.to_string(), value.into_owned())
        })
        .collect();
    headers.sort();
    let received = Received {
        method: head.method.to_string(),
        headers,
    };
    journal.lock().expect("no handler panics").push(received);
}

/// Takes the requests out of the journal.
pub fn take(journal: &Journal) -> Vec<Received> {
    std::mem::take(&mut *journal.lock().expect("no handler panics"))
}
