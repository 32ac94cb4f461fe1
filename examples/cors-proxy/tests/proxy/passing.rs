//! Methods, headers and bodies that pass in both directions, and those that do not.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::mpsc::channel,
    thread,
    time::Duration,
};

use rcgen::generate_simple_self_signed;
use tempfile::TempDir;

use crate::{
    client::{Names, PAGE, Proxy, Reply},
    upstream::Upstream,
};

const HERE: &str =
    "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nETag: \"1\"\r\nContent-Type: text/plain\r\n\r\nhere";

#[test]
fn script_on_a_listed_page_reads_the_upstreams_answer() {
    let upstream = Upstream::says(HERE);
    let reply = Proxy::of(&upstream, "").get("/http://api.example/v1/x?y=%20z&w='{|}'");
    assert_eq!((reply.status, reply.text()), (200, "here"));
    assert_eq!(reply.header("access-control-allow-origin"), [PAGE]);
    assert_eq!(reply.header("access-control-expose-headers"), ["*"]);
    assert_eq!(reply.header("vary"), ["Origin"]);
    assert_eq!(reply.header("etag"), ["\"1\""]);
    assert_eq!(reply.header("content-length"), ["4"]);
    assert_eq!(reply.header("content-security-policy"), ["sandbox"]);
    let request = upstream.request();
    assert_eq!(request.line, "GET /v1/x?y=%20z&w=%27{|}%27 HTTP/1.1");
    assert_eq!(request.header("host"), ["api.example"]);
    assert_eq!(request.header("via"), ["1.1 cors-proxy"]);
}

#[test]
fn methods_and_bodies_are_passed_on() {
    for method in [
        "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "purge",
    ] {
        for (framing, sent) in [
            ("Content-Length: 5\r\n", "hello"),
            ("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
        ] {
            let upstream = Upstream::says(HERE);
            let proxy = Proxy::of(&upstream, "");
            let reply = proxy.send(&format!(
                "{method} /http://api.example/ HTTP/1.1\r\nHost: proxy\r\nOrigin: {PAGE}\r\n{framing}Connection: close\r\n\r\n{sent}"
            ));
            assert_eq!(reply.text(), "here", "{method} {framing}");
            let request = upstream.request();
            assert_eq!(request.line, format!("{method} / HTTP/1.1"));
            assert_eq!(
                request.body.as_deref(),
                Some(&b"hello"[..]),
                "{method} {framing}"
            );
        }
    }
}

#[test]
fn a_request_without_a_body_is_passed_on_without_one() {
    for (method, length) in [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "Content-Length: 0\r\n"),
    ] {
        let upstream = Upstream::says(HERE);
        let headers = format!("Origin: {PAGE}\r\n{length}");
        Proxy::of(&upstream, "").ask(method, "/http://api.example/", &headers);
        let request = upstream.request();
        assert_eq!(
            request.header("transfer-encoding"),
            Vec::<&str>::new(),
            "{method}"
        );
        assert_eq!(request.body, Some(vec![]), "{method}");
    }
}

#[test]
fn a_request_keeps_its_headers_except_those_that_are_not_for_the_upstream() {
    let upstream = Upstream::says(HERE);
    let kept = [
        ("accept", "text/x"),
        ("accept-encoding", "gzip"),
        ("content-type", "text/plain"),
        ("user-agent", "browser"),
        ("x-request-id", "7"),
    ];
    let dropped = [
        ("authorization", "Bearer secret"),
        ("cookie", "session=secret"),
        ("origin", PAGE),
        ("sec-fetch-site", "cross-site"),
        ("proxy-authorization", "Basic secret"),
        ("proxy-connection", "keep-alive"),
        ("keep-alive", "timeout=5"),
        ("te", "trailers"),
        ("trailer", "x-sum"),
        ("upgrade", "websocket"),
        ("expect", "100-continue"),
        ("forwarded", "for=10.0.0.1"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-real-ip", "10.0.0.1"),
        ("access-control-request-headers", "x-a"),
        ("x-named", "by Connection"),
        ("x-named-too", "by another Connection"),
    ];
    let lines = kept.iter().chain(&dropped);
    let lines = lines.fold(String::new(), |lines, (name, value)| {
        lines + name + ": " + value + "\r\n"
    });
    let proxy = Proxy::of(&upstream, "");
    let reply = proxy.send(&format!(
        "GET /http://api.example/ HTTP/1.1\r\nHost: proxy\r\n{lines}Connection: X-Named, close\r\nConnection: ,\t x-named-TOO\r\n\r\n"
    ));
    assert_eq!(reply.text(), "here");
    let request = upstream.request();
    for (name, value) in kept {
        assert_eq!(request.header(name), [value]);
    }
    for (name, _) in dropped {
        assert_eq!(request.header(name), Vec::<&str>::new(), "{name}");
    }
    assert_eq!(request.header("connection"), Vec::<&str>::new());
}

#[test]
fn only_the_upstreams_that_the_options_name_get_authorization_and_cookies() {
    let names = |upstream: &Upstream| {
        Names::of(&[
            ("api.example", &[upstream.address]),
            ("other.example", &[upstream.address]),
        ])
    };
    let secrets = format!("Origin: {PAGE}\r\nAuthorization: Bearer a\r\nCookie: b=c\r\n");
    let upstreams =
        "--upstream http://api.example --upstream http://other.example --address 127.0.0.1";
    for (option, has_authorization, has_cookies) in [
        ("--authorization http://api.example", true, false),
        ("--cookies http://api.example", false, true),
    ] {
        for (host, is_named) in [("api.example", true), ("other.example", false)] {
            let upstream = Upstream::says(HERE);
            let proxy = Proxy::start(&format!("{upstreams} {option}"), names(&upstream));
            proxy.ask("GET", &format!("/http://{host}/"), &secrets);
            let request = upstream.request();
            let case = format!("{option} {host}");
            assert_eq!(
                request.header("authorization").len(),
                usize::from(is_named && has_authorization),
                "{case}"
            );
            assert_eq!(
                request.header("cookie").len(),
                usize::from(is_named && has_cookies),
                "{case}"
            );
        }
    }
}

#[test]
fn preflights_allow_authorization_and_credentials_where_an_upstream_gets_them() {
    let upstream = Upstream::says(HERE);
    let preflight = format!(
        "Origin: {PAGE}\r\nAccess-Control-Request-Method: PUT\r\nAccess-Control-Request-Headers: authorization\r\n"
    );
    for (option, headers, credentials) in [
        ("", "*", None),
        (
            "--authorization http://api.example",
            "*, authorization",
            None,
        ),
        (
            "--cookies http://api.example",
            "authorization",
            Some("true"),
        ),
    ] {
        let proxy = Proxy::of(&upstream, option);
        let reply = proxy.ask("OPTIONS", "/http://api.example/", &preflight);
        assert_eq!(reply.status, 204, "{option}");
        assert_eq!(
            reply.header("access-control-allow-headers"),
            [headers],
            "{option}"
        );
        assert_eq!(
            reply.header("access-control-allow-credentials"),
            Vec::from_iter(credentials),
            "{option}"
        );
    }
    assert_eq!(upstream.requests().len(), 0);
}

#[test]
fn a_response_keeps_its_headers_except_those_of_the_connection_and_of_the_whole_origin() {
    let kept = [
        ("cache-control", "no-store"),
        ("content-type", "text/x"),
        ("content-encoding", "gzip"),
        ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("link", "</2>; rel=next"),
        ("www-authenticate", "Bearer"),
        ("x-total-count", "7"),
    ];
    let dropped = [
        ("Set-Cookie", "a=b"),
        ("Set-Cookie", "c=d"),
        ("Set-Cookie2", "e=f"),
        ("Strict-Transport-Security", "max-age=31536000"),
        ("Clear-Site-Data", "\"*\""),
        ("Alt-Svc", "h3=\":443\""),
        ("NEL", "{}"),
        ("Report-To", "{}"),
        ("Keep-Alive", "timeout=5"),
        ("Proxy-Authenticate", "Basic"),
        ("Upgrade", "h2c"),
        ("Connection", "close, x-named"),
        ("X-Named", "by Connection"),
    ];
    let cors = [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Origin", "https://evil.example"),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", "PURGE"),
        ("Access-Control-Allow-Headers", "x-theirs"),
        ("Access-Control-Expose-Headers", "x-theirs"),
        ("Access-Control-Max-Age", "7"),
        ("Access-Control-Allow-Private-Network", "true"),
    ];
    let lines = kept.iter().chain(&dropped).chain(&cors);
    let lines = lines.fold(String::new(), |lines, (name, value)| {
        lines + name + ": " + value + "\r\n"
    });
    let upstream = Upstream::says(&format!(
        "HTTP/1.1 200 OK\r\n{lines}Vary: Accept, Origin\r\nContent-Security-Policy: default-src *\r\nContent-Length: 4\r\n\r\nbody"
    ));
    let reply = Proxy::of(&upstream, "").get("/http://api.example/");
    assert_eq!(reply.text(), "body");
    for (name, value) in kept {
        assert_eq!(reply.header(name), [value]);
    }
    for (name, _) in dropped.iter().filter(|(name, _)| *name != "Connection") {
        assert_eq!(
            reply.header(&name.to_lowercase()),
            Vec::<&str>::new(),
            "{name}"
        );
    }
    assert_eq!(reply.header("connection"), ["close"]);
    assert_eq!(reply.header("vary"), ["Accept, Origin"]);
    assert_eq!(reply.header("content-security-policy"), ["sandbox"]);
    let of_cors = reply
        .headers
        .iter()
        .filter(|(name, _)| name.starts_with("access-control-"));
    let mut of_cors: Vec<_> = of_cors
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    of_cors.sort_unstable();
    assert_eq!(
        of_cors,
        [
            ("access-control-allow-origin", PAGE),
            ("access-control-expose-headers", "*")
        ]
    );
}

#[test]
fn answers_without_a_body_stay_so() {
    for (method, said, status, length) in [
        (
            "HEAD",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            200,
            &["99999999999"][..],
        ),
        ("HEAD", "HTTP/1.1 200 OK\r\n\r\n", 200, &[]),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, &[]),
        (
            "GET",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n",
            304,
            &[],
        ),
        (
            "GET",
            "HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n",
            304,
            &[],
        ),
    ] {
        let upstream = Upstream::says(said);
        let headers = format!("Origin: {PAGE}\r\n");
        let reply = Proxy::of(&upstream, "").ask(method, "/http://api.example/", &headers);
        assert_eq!((reply.status, reply.body.len()), (status, 0), "{said}");
        assert_eq!(reply.header("content-length"), length, "{said}");
        assert_eq!(upstream.request().line, format!("{method} / HTTP/1.1"));
    }
}

#[test]
fn the_upstreams_errors_can_be_read() {
    for status in [400, 401, 404, 500, 503] {
        let upstream = Upstream::says(&format!(
            "HTTP/1.1 {status} Theirs\r\nContent-Length: 3\r\n\r\nwhy"
        ));
        let reply = Proxy::of(&upstream, "").get("/http://api.example/");
        assert_eq!((reply.status, reply.text()), (status, "why"));
        assert_eq!(reply.header("access-control-allow-origin"), [PAGE]);
    }
}

#[test]
fn a_response_streams() {
    let (proceed, may_proceed) = channel();
    let may_proceed = std::sync::Mutex::new(may_proceed);
    let upstream = Upstream::does(move |_, connection| {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n";
        connection.write_all(head.as_bytes()).expect("it reads");
        connection.flush().expect("it reads");
        may_proceed
            .lock()
            .expect("no panic")
            .recv_timeout(Duration::from_secs(10))
            .expect("the client has the first");
        connection
            .write_all(b"6\r\nsecond\r\n0\r\n\r\n")
            .expect("it reads");
    });
    let proxy = Proxy::of(&upstream, "");
    let mut stream = proxy.connect();
    write!(stream, "GET /http://api.example/ HTTP/1.1\r\nHost: proxy\r\nOrigin: {PAGE}\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut got = String::new();
    while !got.contains("first") {
        let mut bytes = [0; 1024];
        let count = stream
            .read(&mut bytes)
            .expect("the first piece comes alone");
        got.push_str(str::from_utf8(&bytes[..count]).expect("text"));
    }
    proceed.send(()).expect("the upstream waits");
    stream.read_to_string(&mut got).expect("the rest");
    assert!(
        got.contains("second") && got.ends_with("0\r\n\r\n"),
        "{got}"
    );
}

#[test]
fn a_request_streams() {
    let (arrived, has_arrived) = channel();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut got = String::new();
        while !got.ends_with("0\r\n\r\n") {
            let mut bytes = [0; 1024];
            let count = stream.read(&mut bytes).expect("a piece");
            got.push_str(str::from_utf8(&bytes[..count]).expect("text"));
            if got.contains("first") {
                let _ = arrived.send(());
            }
        }
        stream.write_all(HERE.as_bytes()).expect("it reads");
    });
    let names = Names::of(&[("api.example", &[address])]);
    let proxy = Proxy::start("--upstream http://api.example --address 127.0.0.1", names);
    let mut stream = proxy.connect();
    write!(stream, "POST /http://api.example/ HTTP/1.1\r\nHost: proxy\r\nOrigin: {PAGE}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5\r\nfirst\r\n").expect("it reads");
    has_arrived
        .recv_timeout(Duration::from_secs(10))
        .expect("the first piece arrives alone");
    stream
        .write_all(b"6\r\nsecond\r\n0\r\n\r\n")
        .expect("it reads");
    assert_eq!(Reply::read(stream).text(), "here");
}

#[test]
fn an_answer_that_comes_before_the_request_has_ended_is_passed_on() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (end, has_ended) = channel::<()>();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut bytes = [0; 1024];
        let _ = stream.read(&mut bytes).expect("a piece");
        stream.write_all(HERE.as_bytes()).expect("it reads");
        let _ = has_ended.recv();
    });
    let names = Names::of(&[("api.example", &[address])]);
    let proxy = Proxy::start(
        "--upstream http://api.example --address 127.0.0.1 --timeout 10",
        names,
    );
    let reply = proxy.send(&format!(
        "POST /http://api.example/ HTTP/1.1\r\nHost: proxy\r\nOrigin: {PAGE}\r\n\
         Content-Length: 100\r\nConnection: close\r\n\r\nfirst"
    ));
    assert_eq!(reply.text(), "here");
    drop(end);
}

#[test]
fn an_upstream_over_https_is_asked_if_its_certificate_is_trusted_and_has_its_name() {
    let certificate =
        |name: &str| generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let (ours, other, elsewhere) = (
        certificate("api.example"),
        certificate("api.example"),
        certificate("elsewhere.example"),
    );
    let files = TempDir::with_prefix("cors-proxy-").expect("a temporary directory");
    for (served, trusted, is_read) in [
        (&ours, &ours, true),
        (&ours, &other, false),
        (&elsewhere, &elsewhere, false),
    ] {
        let upstream = Upstream::with_tls(served, HERE);
        let ca = files.path().join("ca.pem");
        fs::write(&ca, trusted.cert.pem()).expect("a file can be written");
        let names = Names::of(&[("api.example", &[upstream.address])]);
        let arguments = format!(
            "--upstream https://api.example --address 127.0.0.1 --ca {}",
            ca.display()
        );
        let reply = Proxy::start(&arguments, names).get("/https://api.example/v1");
        if is_read {
            assert_eq!(reply.text(), "here");
            assert_eq!(upstream.request().line, "GET /v1 HTTP/1.1");
        } else {
            assert_eq!(reply.error(), (502, "no_response".to_owned()));
            assert_eq!(upstream.requests().len(), 0);
        }
    }
}
