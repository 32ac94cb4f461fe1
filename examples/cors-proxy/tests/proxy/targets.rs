//! The URL behind the first slash of a request's path.

use crate::{
    client::{PAGE, Proxy},
    upstream::Upstream,
};

const HERE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nhere";

#[test]
fn an_invalid_or_unlisted_url_reaches_no_upstream() {
    const INVALID: &[&str] = &[
        "/",
        "/api.example/",
        "//api.example/",
        "/http:/api.example/",
        "/http:api.example/",
        "/http:///api.example/",
        "/http:////api.example/",
        "/http://\\api.example/",
        "/http:\\\\api.example/",
        "//http://api.example/",
        "/./http://api.example/",
        "/%68ttp://api.example/",
        "/http%3A%2F%2Fapi.example/",
        "/http%3a//api.example/",
        "/%20http://api.example/",
        "/http://",
        "/http://?",
        "/http://:80/",
        "/http://api.example:99999/",
        "/http://api%2Fexample/",
        "/http://api%00.example/",
        "/http://[::1/",
        "/http://256.0.0.1/",
        "/http://user@api.example/",
        "/http://user:password@api.example/",
        "/http://:password@api.example/",
        "/http://api.example@evil.example/",
        "/http://api.example%40evil.example/",
        "/http://evil.example%23@api.example/",
        "/ftp://api.example/",
        "/file:///etc/passwd",
        "/ws://api.example/",
        "/blob:http://api.example/",
        "/x?http://api.example/",
    ];
    const UNLISTED: &[&str] = &[
        "/http://evil.example\\@api.example/",
        "/http://evil.example?@api.example/",
        "/https://api.example/",
        "/http://api.example:443/",
        "/http://api.example./",
        "/http://api.example.evil.example/",
        "/http://evilapi.example/",
        "/http://evil.example/http://api.example/",
        // A dotless Turkish i.
        "/http://ap%C4%B1.example/",
        "/http://xn--bcher-kva.example/",
        "/http://localhost/",
        "/http://127.0.0.2/",
        "/http://169.254.169.254/latest/meta-data/",
        "/http://[::1]/",
        "/http://[::ffff:127.0.0.1]/",
        "/http://[::ffff:7f00:1]/",
        "/http://0/",
        "/http://0x7f.1/",
    ];
    let upstream = Upstream::says(HERE);
    let port = upstream.address.port();
    let proxy = Proxy::of(
        &upstream,
        &format!("--upstream http://*.sub.example:{port} --upstream http://127.0.0.1:{port}"),
    );
    let invalid = INVALID.iter().map(|target| (target, 400, "invalid_target"));
    let unlisted = UNLISTED
        .iter()
        .map(|target| (target, 403, "upstream_not_listed"));
    for (target, status, name) in invalid.chain(unlisted) {
        assert_eq!(
            proxy.get(target).error(),
            (status, name.to_owned()),
            "{target}"
        );
    }
    assert_eq!(upstream.requests().len(), 0);
}

#[test]
fn every_spelling_of_a_listed_url_reaches_its_upstream() {
    for (target, line) in [
        ("/http://api.example", "GET / HTTP/1.1"),
        ("/HTTP://API.Example/Path", "GET /Path HTTP/1.1"),
        ("/http://api.example:80/", "GET / HTTP/1.1"),
        ("/http://api.example:/", "GET / HTTP/1.1"),
        ("/http://%61pi.example/", "GET / HTTP/1.1"),
        // An ideographic full stop.
        ("/http://api%E3%80%82example/", "GET / HTTP/1.1"),
        ("/http://api.example/a/../b", "GET /b HTTP/1.1"),
        ("/http://api.example/../../b", "GET /b HTTP/1.1"),
        ("/http://api.example/%2e%2e/b", "GET /b HTTP/1.1"),
        (
            "/http://api.example//evil.example/",
            "GET //evil.example/ HTTP/1.1",
        ),
        (
            "/http://api.example/@evil.example/",
            "GET /@evil.example/ HTTP/1.1",
        ),
        ("/http://api.example\\x", "GET /x HTTP/1.1"),
        (
            "/http://api.example?@evil.example/",
            "GET /?@evil.example/ HTTP/1.1",
        ),
        (
            "/http://api.example/%0d%0aX-Injected:%201",
            "GET /%0d%0aX-Injected:%201 HTTP/1.1",
        ),
        (
            "/http://api.example/%20%09%23%3F",
            "GET /%20%09%23%3F HTTP/1.1",
        ),
        (
            "/http://api.example/?a=b&c=%C3%A9#",
            "GET /?a=b&c=%C3%A9 HTTP/1.1",
        ),
        ("/http://0x7f000001:PORT/", "GET / HTTP/1.1"),
        ("/http://127.1:PORT/", "GET / HTTP/1.1"),
        ("/http://2130706433:PORT/", "GET / HTTP/1.1"),
    ] {
        let upstream = Upstream::says(HERE);
        let port = upstream.address.port().to_string();
        let proxy = Proxy::of(&upstream, &format!("--upstream http://127.0.0.1:{port}"));
        let reply = proxy.get(&target.replace("PORT", &port));
        assert_eq!((reply.status, reply.text()), (200, "here"), "{target}");
        let request = upstream.request();
        assert_eq!(request.line, line, "{target}");
        let host = if target.contains("PORT") {
            format!("127.0.0.1:{port}")
        } else {
            "api.example".to_owned()
        };
        assert_eq!(request.header("host"), [host], "{target}");
        assert_eq!(request.header("x-injected"), Vec::<&str>::new());
    }
}

#[test]
fn a_host_in_another_script_is_looked_up_by_its_listed_name() {
    let upstream = Upstream::says(HERE);
    let names = crate::client::Names::of(&[("xn--bcher-kva.example", &[upstream.address])]);
    let proxy = Proxy::start(
        "--upstream http://xn--bcher-kva.example --address 127.0.0.1",
        names,
    );
    for target in [
        "/http://b%C3%BCcher.example/",
        "/http://B%C3%9CCHER.example/",
        "/http://xn--bcher-kva.example/",
    ] {
        assert_eq!(proxy.get(target).text(), "here", "{target}");
    }
}

#[test]
fn no_form_of_the_request_line_bypasses_the_checks() {
    let upstream = Upstream::says(HERE);
    let proxy = Proxy::of(&upstream, "");
    let headers = format!("Origin: {PAGE}\r\n");
    for (method, target) in [
        ("GET", "http://api.example/"),
        ("GET", "http://evil.example/x"),
        ("OPTIONS", "*"),
        ("CONNECT", "api.example:80"),
        ("CONNECT", "http://api.example:80/"),
        ("CONNECT", "/http://api.example/"),
        ("TRACE", "/http://api.example/"),
        ("track", "http://api.example/"),
    ] {
        let reply = proxy.ask(method, target, &headers);
        assert!(
            (400..=405).contains(&reply.status),
            "{method} {target}: {reply:?}"
        );
    }
    assert_eq!(upstream.requests().len(), 0);

    // The absolute form of the proxy's own URL (RFC 9112 §3.2.2) is the URL.
    let own = format!("http://{}/http://api.example/x", proxy.address);
    assert_eq!(proxy.ask("GET", &own, &headers).text(), "here");
    assert_eq!(upstream.request().line, "GET /x HTTP/1.1");
}
