//! Requests that do not come from script on a listed page.

use crate::{
    client::{PAGE, Proxy},
    upstream::Upstream,
};

const OPEN: &str =
    "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 6\r\n\r\nsecret";

#[test]
fn strangers_read_nothing_and_reach_no_upstream() {
    let upstream = Upstream::says(OPEN);
    let proxy = Proxy::of(&upstream, "");
    let own = format!("http://{}", proxy.address);
    let page = format!("Origin: {PAGE}\r\n");
    for headers in [
        String::new(),
        "Origin: https://evil.example\r\n".to_owned(),
        "Origin: null\r\n".to_owned(),
        "Origin: \r\n".to_owned(),
        "Origin: *\r\n".to_owned(),
        "Origin: http://app.example.com\r\n".to_owned(),
        "Origin: https://app.example.com:8443\r\n".to_owned(),
        "Origin: https://app.example.com.evil.example\r\n".to_owned(),
        "Origin: https://APP.example.com\r\n".to_owned(),
        format!("{page}Origin: https://evil.example\r\n"),
        format!("{page}{page}"),
        format!("Origin: {PAGE}, https://evil.example\r\n"),
        // Pages that seem to be the proxy's own: a document that was opened here, or one whose host name resolves to the proxy.
        format!("Origin: {own}\r\n"),
        format!("Origin: {own}\r\nSec-Fetch-Site: same-origin\r\n"),
        "Sec-Fetch-Site: same-origin\r\n".to_owned(),
        // A link, an image, a form.
        "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n".to_owned(),
        "Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\n".to_owned(),
    ] {
        for method in ["GET", "HEAD", "POST", "DELETE", "OPTIONS"] {
            let reply = proxy.ask(method, "/http://api.example/", &headers);
            assert_eq!(
                reply.header("access-control-allow-origin"),
                Vec::<&str>::new(),
                "{method} {headers}"
            );
            assert_eq!(reply.status, 403, "{method} {headers}");
            if method != "HEAD" {
                assert_eq!(
                    reply.unreadable_error().1,
                    "page_not_listed",
                    "{method} {headers}"
                );
            }
        }
    }
    assert_eq!(upstream.requests().len(), 0);
}

#[test]
fn no_preflight_reaches_the_upstream() {
    let upstream = Upstream::says(OPEN);
    let proxy = Proxy::of(&upstream, "");
    for (origin, status, allowed) in [(PAGE, 204, &[PAGE][..]), ("https://evil.example", 403, &[])]
    {
        for method in ["GET", "PUT", "DELETE", "PURGE"] {
            let headers = format!(
                "Origin: {origin}\r\nAccess-Control-Request-Method: {method}\r\nAccess-Control-Request-Headers: x-a\r\n"
            );
            let reply = proxy.ask("OPTIONS", "/http://api.example/", &headers);
            assert_eq!(reply.status, status, "{headers}");
            assert_eq!(
                reply.header("access-control-allow-origin"),
                allowed,
                "{headers}"
            );
        }
    }
    assert_eq!(upstream.requests().len(), 0);
}
