//! Compression, loggers and streams keep bodies as they are around and inside of a layer.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

use actix_web::http::header::VARY;
use actix_web::middleware::{Compress, Logger, from_fn};
use actix_web::web::Bytes;
use actix_web::{App, Error, HttpResponse, Responder, error, get, rt, web};
use cors_runtime::{Cors, cors};
use flate2::read::GzDecoder;
use futures_util::stream::{self, StreamExt};

use super::bearer::bearer;
use super::rows::Says::{Denied, For, Nothing};
use super::rows::{APP, EVIL, check, get, preflight};
use crate::support::{connect, serve};

const LINE: &str = "a line that is repeated many times\n";
/// Enough lines to be longer than one block of actix's compression.
const LINES: usize = 1000;

#[cors(origins = ["https://app.example.com"], headers = ["authorization"])]
#[get("/long")]
async fn long() -> impl Responder {
    HttpResponse::Ok()
        .insert_header((VARY, "Accept-Language, origin"))
        .body(LINE.repeat(LINES))
}

#[cors(origins = ["https://app.example.com"], headers = ["authorization"])]
#[get("/short")]
async fn short() -> impl Responder {
    "short"
}

static LONG_IS_READ: AtomicBool = AtomicBool::new(false);
static EVENT_IS_READ: AtomicBool = AtomicBool::new(false);

#[cors(origins = ["https://app.example.com"], headers = ["authorization"])]
#[get("/stream")]
async fn streamed() -> impl Responder {
    HttpResponse::Ok().streaming(after(&LONG_IS_READ, "first\n", "second\n"))
}

#[cors(origins = ["https://app.example.com"], headers = ["authorization", "last-event-id"])]
#[get("/events")]
async fn events() -> impl Responder {
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header(("cache-control", "no-cache"))
        .streaming(after(&EVENT_IS_READ, "data: first\n\n", "data: second\n\n"))
}

#[cors(origins = ["https://app.example.com"], headers = ["authorization"])]
#[get("/broken")]
async fn broken() -> impl Responder {
    let chunks = [
        Ok(Bytes::from_static(b"first\n")),
        Err(error::ErrorInternalServerError("out of chunks")),
    ];
    // A pause, so that the first chunk is sent before the error.
    HttpResponse::Ok().streaming(stream::iter(chunks).then(async |chunk| {
        rt::time::sleep(Duration::from_millis(20)).await;
        chunk
    }))
}

/// Two chunks. The second follows once the client has read the first.
fn after(
    is_read: &'static AtomicBool,
    first: &'static str,
    second: &'static str,
) -> impl stream::Stream<Item = Result<Bytes, Error>> {
    stream::iter([first])
        .chain(stream::once(async move {
            while !is_read.load(Ordering::SeqCst) {
                rt::time::sleep(Duration::from_millis(2)).await;
            }
            second
        }))
        .map(|chunk| Ok(Bytes::from_static(chunk.as_bytes())))
}

#[get("/plain")]
async fn plain() -> impl Responder {
    LINE.repeat(LINES)
}

fn routes(app: &mut web::ServiceConfig) {
    app.service(long)
        .service(short)
        .service(streamed)
        .service(events)
        .service(broken)
        .service(plain);
}

/// The body of a response, in bytes.
fn body(server: SocketAddr, path: &str, encoding: &str) -> Vec<u8> {
    let mut stream = connect(server);
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\norigin: {APP}\r\nauthorization: 1\r\naccept-encoding: {encoding}\r\n\r\n"
    );
    stream
        .write_all(request.as_bytes())
        .expect("the server reads");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the server answers");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let body = bytes.split_off(end.expect("a head") + 4);
    if !String::from_utf8_lossy(&bytes).contains("chunked") {
        return body;
    }
    let mut whole = Vec::new();
    let mut rest = &body[..];
    while let Ok(httparse::Status::Complete((line, size))) = httparse::parse_chunk_size(rest)
        && size > 0
    {
        let (chunk, after) = rest[line..].split_at(usize::try_from(size).expect("a size"));
        whole.extend_from_slice(chunk);
        rest = &after["\r\n".len()..];
    }
    assert_eq!(rest, b"0\r\n\r\n");
    whole
}

#[test]
#[rustfmt::skip]
fn compression_inside_and_outside_varies_by_both_and_can_be_undone() {
    let inside = serve(|| {
        App::new()
            .configure(routes)
            .wrap(from_fn(bearer))
            .wrap(Compress::default())
            .wrap(Cors::annotated())
    });
    let outside = serve(|| {
        App::new()
            .configure(routes)
            .wrap(from_fn(bearer))
            .wrap(Cors::annotated())
            .wrap(Compress::default())
    });
    for server in [inside, outside] {
        let zipped = |path: &str| get(path).with("accept-encoding", "gzip");
        let signed_in = |path: &str| zipped(path).with("authorization", "1");
        check(server, &[
            (preflight("GET", "/long").from(APP).with("accept-encoding", "gzip"),   204, For(APP)),
            (preflight("GET", "/long").from(EVIL).with("accept-encoding", "gzip"),  403, Denied),
            (zipped("/long").from(APP),         401, For(APP)),
            (zipped("/long").from(EVIL),        401, Denied),
            (signed_in("/long").from(APP),      200, For(APP)),
            (signed_in("/long").from(EVIL),     200, Denied),
            (signed_in("/long"),                200, Denied),
            (signed_in("/short").from(APP),     200, For(APP)),
            (signed_in("/plain").from(APP),     200, Nothing),
            (get("/long").from(APP).with("authorization", "1"), 200, For(APP)),
        ]);
        let reply = signed_in("/long").from(APP).send(server);
        assert_eq!(reply.one("content-encoding"), Some("gzip"));
        let mut vary = reply.list("vary");
        vary.sort();
        assert_eq!(vary, ["accept-encoding", "accept-language", "origin"]);

        let zipped = body(server, "/long", "gzip");
        let mut text = String::new();
        GzDecoder::new(&*zipped).read_to_string(&mut text).expect("gzip");
        assert!(zipped.len() < text.len() / 10);
        assert_eq!(text, LINE.repeat(LINES));
        assert_eq!(body(server, "/long", "identity"), text.as_bytes());
    }
}

/// The lines of `Logger` under the target of this test.
static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());
const TARGET: &str = "other_crates";

struct Log;

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            let mut logged = LOGGED.lock().expect("no test panics with it");
            logged.push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

#[test]
#[rustfmt::skip]
fn a_logger_outside_of_the_layer_logs_the_policys_headers_and_one_inside_does_not() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Log).expect("the first logger");
        log::set_max_level(log::LevelFilter::Info);
    });
    let logger = || Logger::new("%r %s %b allows %{access-control-allow-origin}o").log_target(TARGET);
    let inside = serve(move || {
        App::new()
            .configure(routes)
            .wrap(logger())
            .wrap(from_fn(bearer))
            .wrap(Cors::annotated())
    });
    let outside = serve(move || {
        App::new()
            .configure(routes)
            .wrap(from_fn(bearer))
            .wrap(Cors::annotated())
            .wrap(logger())
    });
    for server in [inside, outside] {
        check(server, &[
            (preflight("GET", "/long").from(APP),                   204, For(APP)),
            (get("/long").from(APP),                                401, For(APP)),
            (get("/long").from(APP).with("authorization", "1"),     200, For(APP)),
            (get("/short").from(EVIL).with("authorization", "1"),   200, Denied),
            (get("/nowhere").from(APP).with("authorization", "1"),  404, Nothing),
        ]);
    }
    let all = format!("GET /long HTTP/1.1 200 {} allows {APP}", LINE.len() * LINES);
    let few = "GET /short HTTP/1.1 200 5 allows -";
    let nowhere = "GET /nowhere HTTP/1.1 404 0 allows -";
    let preflight = format!("OPTIONS /long HTTP/1.1 204 0 allows {APP}");
    // A logger inside does not yet see the policy's headers.
    let before = format!("GET /long HTTP/1.1 200 {} allows -", LINE.len() * LINES);
    let expected: [&str; 7] = [&before, few, nowhere, &preflight, &all, few, nowhere];
    // A line is written when its body is dropped, after the client has read it.
    let deadline = Instant::now() + Duration::from_secs(20);
    let logged = || LOGGED.lock().expect("no test panics with it").clone();
    while logged().len() < expected.len() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(logged(), expected);
}

#[test]
fn a_streamed_body_passes_through_chunk_by_chunk() {
    let server = serve(|| {
        App::new()
            .configure(routes)
            .wrap(from_fn(bearer))
            .wrap(Logger::default())
            .wrap(Compress::default())
            .wrap(Cors::annotated())
    });
    for (path, first, second, is_read) in [
        ("/stream", "first\n", "second\n", &LONG_IS_READ),
        (
            "/events",
            "data: first\n\n",
            "data: second\n\n",
            &EVENT_IS_READ,
        ),
    ] {
        check(
            server,
            &[
                (preflight("GET", path).from(APP), 204, For(APP)),
                (get(path).from(APP), 401, For(APP)),
                (get(path).from(EVIL), 401, Denied),
            ],
        );
        let mut stream = connect(server);
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\norigin: {APP}\r\nauthorization: 1\r\n\r\n"
        );
        stream
            .write_all(request.as_bytes())
            .expect("the server reads");
        let mut seen = String::new();
        while !seen.contains(first) {
            let mut some = [0; 1024];
            let length = stream.read(&mut some).expect("a first chunk");
            assert_ne!(length, 0, "{path} ends: {seen}");
            seen.push_str(std::str::from_utf8(&some[..length]).expect("text"));
        }
        assert!(
            seen.contains(&format!("access-control-allow-origin: {APP}\r\n")),
            "{seen}"
        );
        assert!(!seen.contains(second), "{seen}");
        is_read.store(true, Ordering::SeqCst);
        stream.read_to_string(&mut seen).expect("the rest");
        assert!(
            seen.contains(second) && seen.ends_with("\r\n0\r\n\r\n"),
            "{seen}"
        );
    }
    check(
        server,
        &[(
            get("/stream").from(EVIL).with("authorization", "1"),
            200,
            Denied,
        )],
    );
}

#[test]
fn a_stream_that_fails_is_cut_off_and_the_server_goes_on() {
    let server = serve(|| {
        App::new()
            .configure(routes)
            .wrap(from_fn(bearer))
            .wrap(Cors::annotated())
    });
    let row = [
        (
            get("/broken").from(APP).with("authorization", "1"),
            200,
            For(APP),
        ),
        (get("/broken").from(APP), 401, For(APP)),
        (get("/broken").from(EVIL), 401, Denied),
    ];
    check(server, &row);
    let cut = row[0].0.send(server);
    assert!(cut.body.contains("first\n"), "{}", cut.body);
    assert!(
        !cut.body.ends_with("0\r\n\r\n"),
        "the body ends like a whole one"
    );
    check(server, &row);
}
