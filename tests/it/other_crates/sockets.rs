//! `enforce` guards web sockets: a browser sends their handshake from any page, without a preflight.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::middleware::{Compress, Logger, from_fn};
use actix_web::{App, HttpRequest, HttpResponse, Result, get, web};
use cors_runtime::{Cors, cors};

use super::account::echoes;
use super::bearer::bearer;
use super::rows::APP;
use crate::support::{connect, serve};

static OPENED: AtomicUsize = AtomicUsize::new(0);

#[cors(origins = ["https://app.example.com"], enforce)]
#[get("/echo")]
async fn echo(request: HttpRequest, body: web::Payload) -> Result<HttpResponse> {
    OPENED.fetch_add(1, Ordering::SeqCst);
    echoes(&request, body)
}

/// Sends the handshake and reads the head of its answer.
fn shake_hands(server: SocketAddr, lines: &str) -> (TcpStream, String) {
    shake_hands_at(server, "/echo", lines)
}

/// The same with another request target.
fn shake_hands_at(server: SocketAddr, target: &str, lines: &str) -> (TcpStream, String) {
    let mut stream = connect(server);
    // The key is the example of RFC 6455.
    let handshake = format!(
        "GET {target} HTTP/1.1\r\nhost: {server}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{lines}\r\n"
    );
    stream
        .write_all(handshake.as_bytes())
        .expect("the server reads");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a whole head");
        head.extend(byte);
    }
    let head = String::from_utf8(head).expect("text");
    (stream, head.to_ascii_lowercase())
}

/// One complete, masked frame, as a client sends it.
fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    const MASK: [u8; 4] = [1, 2, 3, 4];
    let length = u8::try_from(payload.len()).expect("a short message");
    let masked = payload.iter().zip(MASK.iter().cycle()).map(|(a, b)| a ^ b);
    [0x80 | kind, 0x80 | length]
        .into_iter()
        .chain(MASK)
        .chain(masked)
        .collect()
}

#[test]
fn a_web_socket_opens_only_for_its_own_pages_allowed_pages_and_programs() {
    let server = serve(|| {
        App::new()
            .service(echo)
            .wrap(from_fn(bearer))
            .wrap(Logger::default())
            .wrap(Compress::default())
            .wrap(Cors::annotated())
    });
    let own = format!("origin: http://{server}\r\n");
    let same_origin_by_the_browser =
        "origin: https://behind-a-proxy.example\r\nsec-fetch-site: same-origin\r\n";
    let allowed = format!("origin: {APP}\r\n");
    let allow_origin = format!("\r\naccess-control-allow-origin: {APP}\r\n");
    for (lines, is_allowed) in [
        (&*own, false),
        (same_origin_by_the_browser, false),
        (&*allowed, true),
        ("", false),
    ] {
        let opened = OPENED.load(Ordering::SeqCst);
        let (mut stream, head) = shake_hands(server, &format!("authorization: 1\r\n{lines}"));
        assert!(head.starts_with("http/1.1 101 "), "{lines}: {head}");
        // The answer to the key in the handshake, also from RFC 6455.
        let accept = "sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n";
        assert!(head.contains(accept), "{lines}: {head}");
        assert_eq!(head.contains(&allow_origin), is_allowed, "{lines}: {head}");
        assert_eq!(OPENED.load(Ordering::SeqCst), opened + 1);

        for text in ["hello", "and again"] {
            stream
                .write_all(&frame(1, text.as_bytes()))
                .expect("an open socket");
            let mut reply = vec![0; 2 + text.len()];
            stream.read_exact(&mut reply).expect("an echo");
            assert_eq!(reply[0], 0x81, "a whole text: {reply:?}");
            assert_eq!(usize::from(reply[1]), text.len());
            assert_eq!(&reply[2..], text.as_bytes(), "for {lines}");
        }
        stream.write_all(&frame(8, b"")).expect("an open socket");
        let mut reply = [0; 2];
        stream
            .read_exact(&mut reply)
            .expect("an answer to the close");
        assert_eq!(reply[0], 0x88, "the socket is closed: {reply:?}");
    }

    let opened = OPENED.load(Ordering::SeqCst);
    for lines in [
        "origin: https://evil.example",
        "origin: null",
        "origin: https://app.example.com.evil.example",
        "origin: https://app.example.com\r\norigin: https://app.example.com",
        "origin: https://evil.example\r\nsec-fetch-site: cross-site",
        "origin: https://evil.example\r\nsec-fetch-site: same-site",
    ] {
        let (_, head) = shake_hands(server, &format!("authorization: 1\r\n{lines}\r\n"));
        assert!(head.starts_with("http/1.1 403 "), "{lines}: {head}");
        for absent in ["\r\nupgrade:", "sec-websocket-accept", "access-control-"] {
            assert!(!head.contains(absent), "{lines}: {head}");
        }
    }
    // Authentication answers before the handler, and a page that the handler allows reads its 401.
    let (_, head) = shake_hands(server, &allowed);
    assert!(head.starts_with("http/1.1 401 "), "{head}");
    assert!(head.contains(&allow_origin), "{head}");
    assert_eq!(
        OPENED.load(Ordering::SeqCst),
        opened,
        "no handler was called"
    );
}

#[test]
fn an_own_page_may_open_a_socket_through_a_proxy_that_passes_on_the_whole_url() {
    #[cors(origins = ["https://app.example.com"], enforce)]
    #[get("/echo")]
    async fn echo(request: HttpRequest, body: web::Payload) -> Result<HttpResponse> {
        echoes(&request, body)
    }
    let server = serve(|| App::new().service(echo));
    let target = format!("ws://{server}/echo");
    let origin = |scheme: &str| format!("origin: {scheme}://{server}\r\n");
    for (lines, status) in [
        (origin("http"), "101"),
        (origin("ws"), "403"),
        ("origin: http://evil.example\r\n".to_owned(), "403"),
    ] {
        let (_, head) = shake_hands_at(server, &target, &lines);
        assert!(
            head.starts_with(&format!("http/1.1 {status} ")),
            "{lines}: {head}"
        );
    }
}
