//! The app that serves the API and the pages that call it, on several origins.

use actix_web::cookie::Cookie;
use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Bytes, Html};
use actix_web::{
    HttpRequest, HttpResponse, Responder, Result, delete, error, get, post, put, route,
};
use cors_runtime::{OriginSet, cors};
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;

/// The origins of the pages `app` and `second`, whose ports are new in each run.
pub(super) static APPS: OriginSet = OriginSet::new();

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.service(news)
        .service(everyone)
        .service(plain)
        .service(me)
        .service(item)
        .service(remove_item)
        .service(asked_each_time)
        .service(asked)
        .service(broken)
        .service(total)
        .service(token)
        .service(named_token)
        .service(echoed_token)
        .service(note)
        .service(recording)
        .service(moved)
        .service(picture)
        .service(classic)
        .service(module)
        .service(style)
        .service(font)
        .service(events)
        .service(cached)
        .service(cached_picture)
        .service(cached_for_everyone)
        .service(tagged)
        .service(transfer)
        .service(socket)
        .service(tenants)
        .service(six)
        .route("/elsewhere", web::route().to(elsewhere))
        .route("/page", web::get().to(async || Html::new(PAGE)))
        .route(
            "/page.js",
            web::get().to(async || javascript(include_str!("page.js"))),
        )
        .route(
            "/served/worker.js",
            web::get().to(async || javascript(SERVICE_WORKER)),
        )
        .route("/served/page", web::get().to(async || Html::new(PAGE)));
}

const PAGE: &str = "<!doctype html><link rel=icon href=data:,><script src=/page.js></script>";

/// Forwards each request unchanged, except one, which it answers with an opaque response.
const SERVICE_WORKER: &str = "
    addEventListener('install', () => skipWaiting());
    addEventListener('activate', event => event.waitUntil(clients.claim()));
    addEventListener('fetch', event => {
        const { request } = event;
        if (!new URL(request.url).search) return;
        event.respondWith(request.url.includes('opaque')
            ? fetch(request.url, { mode: 'no-cors' })
            : fetch(request));
    });
";

fn javascript(script: &'static str) -> HttpResponse {
    typed("text/javascript", script)
}

fn typed(content_type: &str, body: impl Into<Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(content_type)
        .body(body.into())
}

#[cors(origins = [APPS, "http://app.test"])]
#[get("/news")]
async fn news() -> impl Responder {
    "news"
}

#[cors(origins = ["*"], headers = ["*"])]
#[route("/everyone", method = "GET", method = "POST", method = "DELETE")]
async fn everyone() -> impl Responder {
    "everyone"
}

#[route("/plain", method = "GET", method = "POST", method = "PUT")]
async fn plain() -> impl Responder {
    "plain"
}

#[cors(origins = [APPS], credentials)]
#[get("/me")]
async fn me(request: HttpRequest) -> Result<String> {
    let name = request.cookie("name");
    name.map(|name| name.value().to_owned())
        .ok_or_else(|| error::ErrorUnauthorized("nobody"))
}

#[cors(origins = [APPS], headers = ["content-type", "x-a"], credentials, max_age = 600)]
#[put("/items/{id}")]
async fn item(_id: web::Path<u32>, body: String) -> impl Responder {
    body
}

#[cors(origins = [APPS], credentials, max_age = 600)]
#[delete("/items/{id}")]
async fn remove_item(_id: web::Path<u32>) -> impl Responder {
    HttpResponse::NoContent()
}

#[cors(origins = [APPS], max_age = 0)]
#[put("/asked-each-time")]
async fn asked_each_time() -> impl Responder {
    "put"
}

#[cors(origins = [APPS])]
#[put("/asked")]
async fn asked() -> impl Responder {
    "put"
}

#[cors(origins = [APPS])]
#[get("/broken")]
async fn broken() -> Result<String> {
    Err(error::ErrorInternalServerError("broken"))
}

#[cors(origins = [APPS], expose_headers = ["x-total"])]
#[get("/total")]
async fn total() -> impl Responder {
    HttpResponse::Ok()
        .insert_header(("x-total", "3"))
        .insert_header(("x-internal", "shelf 4"))
        .cookie(Cookie::new("other", "1"))
        .content_type("text/plain")
        .body("total")
}

#[cors(origins = ["*"], headers = ["*"])]
#[get("/token")]
async fn token() -> impl Responder {
    "token"
}

#[cors(origins = ["*"], headers = ["*", "authorization"])]
#[get("/named-token")]
async fn named_token() -> impl Responder {
    "token"
}

#[cors(origins = [APPS], headers = ["*"], credentials)]
#[get("/echoed-token")]
async fn echoed_token() -> impl Responder {
    "token"
}

#[cors(origins = [APPS], headers = ["content-type"], credentials)]
#[post("/note")]
async fn note(body: String) -> impl Responder {
    body
}

#[cors(origins = [APPS], headers = ["range"])]
#[get("/recording")]
async fn recording(request: HttpRequest) -> impl Responder {
    if request.headers().contains_key(header::RANGE) {
        HttpResponse::PartialContent()
            .insert_header((header::CONTENT_RANGE, "bytes 0-1/9"))
            .body("re")
    } else {
        HttpResponse::Ok().body("recording")
    }
}

/// The target of a redirect, and the row that it is for.
#[derive(Deserialize)]
struct Move {
    to: String,
    row: String,
}

impl Move {
    fn redirect(&self, status: u16) -> HttpResponse {
        let status = StatusCode::from_u16(status).expect("a status");
        HttpResponse::build(status)
            .insert_header((header::LOCATION, format!("{}?row={}", self.to, self.row)))
            .finish()
    }
}

#[cors(origins = [APPS], headers = ["content-type"], credentials)]
#[route("/moved/{status}", method = "GET", method = "POST", method = "PUT")]
async fn moved(status: web::Path<u16>, to: web::Query<Move>) -> impl Responder {
    to.redirect(*status)
}

/// A redirect without a policy.
async fn elsewhere(to: web::Query<Move>) -> impl Responder {
    to.redirect(307)
}

/// One black pixel.
const GIF: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b";

#[cors(origins = [APPS])]
#[get("/picture")]
async fn picture() -> impl Responder {
    typed("image/gif", GIF)
}

#[cors(origins = [APPS])]
#[get("/script")]
async fn classic() -> impl Responder {
    javascript("globalThis.ran = true; if (globalThis.fails) throw new Error('told');")
}

#[cors(origins = [APPS])]
#[get("/module")]
async fn module() -> impl Responder {
    javascript("globalThis.ran = true; export default 'module';")
}

#[cors(origins = [APPS])]
#[get("/style")]
async fn style() -> impl Responder {
    typed("text/css", "p { color: teal }")
}

#[cors(origins = [APPS])]
#[get("/font")]
async fn font() -> impl Responder {
    typed("font/ttf", &include_bytes!("square.ttf")[..])
}

#[cors(origins = [APPS], credentials)]
#[get("/events")]
async fn events() -> impl Responder {
    let first =
        stream::once(async { Ok::<_, error::Error>(Bytes::from_static(b"data: event\n\n")) });
    // The stream never ends, so that the page does not reconnect.
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .streaming(first.chain(stream::pending()))
}

const FOR_LONG: (header::HeaderName, &str) = (header::CACHE_CONTROL, "max-age=600");

#[cors(origins = [APPS])]
#[get("/cached")]
async fn cached() -> impl Responder {
    ("cached".to_owned()).customize().insert_header(FOR_LONG)
}

#[cors(origins = [APPS])]
#[get("/cached-picture")]
async fn cached_picture() -> impl Responder {
    typed("image/gif", GIF).customize().insert_header(FOR_LONG)
}

#[cors(origins = ["*"])]
#[get("/cached-for-everyone")]
async fn cached_for_everyone() -> impl Responder {
    "cached".customize().insert_header(FOR_LONG)
}

#[cors(origins = [APPS])]
#[get("/tagged")]
async fn tagged(request: HttpRequest) -> impl Responder {
    let mut response = if request.headers().contains_key(header::IF_NONE_MATCH) {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::ETAG, "\"1\""))
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body("tagged")
}

#[cors(origins = [APPS, "http://app.test"], enforce)]
#[route("/transfer", method = "GET", method = "POST")]
async fn transfer() -> impl Responder {
    "transferred"
}

#[cors(origins = [APPS, "http://app.test"], enforce)]
#[get("/socket")]
async fn socket(request: HttpRequest, body: web::Payload) -> Result<HttpResponse> {
    let (response, mut session, mut messages) = actix_ws::handle(&request, body)?;
    actix_web::rt::spawn(async move {
        while let Some(Ok(message)) = messages.next().await {
            if let actix_ws::Message::Text(text) = message {
                let _ = session.text(text).await;
            }
        }
    });
    Ok(response)
}

#[cors(origins = ["http://*.localhost:*"])]
#[get("/tenants")]
async fn tenants() -> impl Responder {
    "tenants"
}

#[cors(origins = ["http://[::1]:*"])]
#[get("/six")]
async fn six() -> impl Responder {
    "six"
}
