//! Limits of size and time, and upstreams that break the protocol.

use std::{
    io::Write as _,
    thread,
    time::{Duration, Instant},
};

use crate::{
    client::{PAGE, Proxy, Reply},
    upstream::Upstream,
};

const HERE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nhere";

fn named(status: u16, name: &str) -> (u16, String) {
    (status, name.to_owned())
}

#[test]
fn a_request_that_is_too_large_is_refused() {
    let upstream = Upstream::says(HERE);
    let proxy = Proxy::of(&upstream, "--max-body 8");
    let post = |framing: &str, body: &str| {
        proxy.send(&format!(
            "POST /http://api.example/ HTTP/1.1\r\nHost: proxy\r\nOrigin: {PAGE}\r\n{framing}\r\nConnection: close\r\n\r\n{body}"
        ))
    };
    assert_eq!(post("Content-Length: 8", "12345678").text(), "here");
    assert_eq!(
        post("Transfer-Encoding: chunked", "8\r\n12345678\r\n0\r\n\r\n").text(),
        "here"
    );
    let before = upstream.requests().len();
    // The length alone refuses it, before the rest arrives.
    assert_eq!(
        post("Content-Length: 9", "1234").error(),
        named(413, "request_too_large")
    );
    assert_eq!(
        upstream.requests().len(),
        before,
        "no upstream gets the request"
    );
    for chunks in [
        "9\r\n123456789\r\n0\r\n\r\n",
        "5\r\n12345\r\n4\r\n6789\r\n0\r\n\r\n",
    ] {
        assert_eq!(
            post("Transfer-Encoding: chunked", chunks).error(),
            named(413, "request_too_large")
        );
    }
    let bodies = upstream.requests();
    let cut = bodies[before..]
        .iter()
        .filter(|request| request.body.is_some())
        .count();
    assert_eq!(
        cut, 0,
        "no upstream treats the part as a complete body: {bodies:#?}"
    );
}

#[test]
fn a_response_that_is_too_large_is_refused_or_cut() {
    let upstream = Upstream::says(HERE);
    assert_eq!(
        Proxy::of(&upstream, "--max-body 4")
            .get("/http://api.example/")
            .text(),
        "here"
    );
    let reply = Proxy::of(&upstream, "--max-body 3").get("/http://api.example/");
    assert_eq!(reply.error(), named(502, "response_too_large"));
    for head in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
    ] {
        let endless = Upstream::does(move |_, connection| {
            let _ = connection.write_all(head.as_bytes());
            while connection
                .write_all(b"400\r\n")
                .and_then(|()| connection.write_all(&[b'x'; 0x400]))
                .and_then(|()| connection.write_all(b"\r\n"))
                .is_ok()
            {}
        });
        let reply = Proxy::of(&endless, "--max-body 100000").get("/http://api.example/");
        assert!(
            !reply.is_whole && reply.body.len() <= 100_000,
            "{} bytes, whole: {}",
            reply.body.len(),
            reply.is_whole
        );
    }
}

#[test]
fn an_upstream_that_takes_too_long_is_an_error_or_cut() {
    let silent = Upstream::does(|_, _| thread::sleep(Duration::from_secs(10)));
    let start = Instant::now();
    let reply = Proxy::of(&silent, "--timeout 0.5").get("/http://api.example/");
    assert_eq!(reply.error(), named(504, "timeout"));
    for head in ["Content-Length: 100000", "Transfer-Encoding: chunked"] {
        let trickling = Upstream::does(move |_, connection| {
            let _ = write!(connection, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n");
            while connection
                .write_all(b"1\r\nx\r\n")
                .and_then(|()| connection.flush())
                .is_ok()
            {
                thread::sleep(Duration::from_millis(50));
            }
        });
        let reply = Proxy::of(&trickling, "--timeout 0.5").get("/http://api.example/");
        assert!(reply.status == 200 && !reply.is_whole, "{reply:?}");
    }
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_page_that_takes_too_long_to_send_is_an_error() {
    let upstream = Upstream::says(HERE);
    let proxy = Proxy::of(&upstream, "--timeout 0.5");
    let mut stream = proxy.connect();
    write!(stream, "POST /http://api.example/ HTTP/1.1\r\nHost: proxy\r\nOrigin: {PAGE}\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhel").expect("it reads");
    assert_eq!(Reply::read(stream).error(), named(504, "timeout"));
}

#[test]
fn a_truncated_body_does_not_pass_for_a_complete_one() {
    for said in [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n",
    ] {
        let upstream = Upstream::says(said);
        let reply = Proxy::of(&upstream, "").get("/http://api.example/");
        assert!(!reply.is_whole, "{said}: {reply:?}");
    }
}

#[test]
fn answers_that_are_not_http_are_errors() {
    let headers = "X-A: b\r\n".repeat(10_000);
    for said in [
        "",
        "nonsense\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nhere!",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX A: b\r\n\r\n",
        &format!("HTTP/1.1 200 OK\r\n{headers}\r\n"),
    ] {
        let upstream = Upstream::says(said);
        let reply = Proxy::of(&upstream, "").get("/http://api.example/");
        assert_eq!(reply.error(), named(502, "no_response"), "{said:.100}");
    }
}

#[test]
fn a_protocol_that_nobody_asked_for_is_an_error() {
    let upstream = Upstream::says(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhere",
    );
    let headers = format!("Origin: {PAGE}\r\nUpgrade: x\r\n");
    let reply = Proxy::of(&upstream, "").ask("GET", "/http://api.example/", &headers);
    assert_eq!(reply.error(), named(502, "no_response"));
}

#[test]
fn interim_answers_are_not_the_answer() {
    let upstream = Upstream::says(&format!(
        "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n{HERE}"
    ));
    let reply = Proxy::of(&upstream, "").get("/http://api.example/");
    assert_eq!((reply.status, reply.text()), (200, "here"));
}

#[test]
fn a_request_with_two_lengths_reaches_no_upstream() {
    let upstream = Upstream::says(HERE);
    let proxy = Proxy::of(&upstream, "");
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: api.example\r\n\r\n";
    for framing in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: +5\r\n",
        "Transfer-Encoding: identity, chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
    ] {
        let reply = proxy.send(&format!(
            "POST /http://api.example/ HTTP/1.1\r\nHost: proxy\r\nOrigin: {PAGE}\r\n{framing}Connection: close\r\n\r\n0\r\n\r\n{smuggled}"
        ));
        assert_eq!(reply.status, 400, "{framing}{reply:?}");
    }
    assert_eq!(upstream.requests().len(), 0);
}

#[test]
fn the_header_connection_cannot_separate_a_body_from_its_length() {
    let upstream = Upstream::says(HERE);
    let reply = Proxy::of(&upstream, "").send(&format!(
        "POST /http://api.example/ HTTP/1.1\r\nHost: proxy\r\nOrigin: {PAGE}\r\nContent-Length: 5\r\n\
         Connection: close, content-length, host, via, origin\r\n\r\nhello"
    ));
    assert_eq!(reply.text(), "here");
    let request = upstream.request();
    assert_eq!(request.body.as_deref(), Some(&b"hello"[..]));
    assert_eq!(request.header("host"), ["api.example"]);
}
