//! Redirects lead through the proxy again, where the browser follows them.

use crate::{
    client::{Names, PAGE, Proxy, Reply},
    upstream::Upstream,
};

const UPSTREAMS: &str = "--upstream http://api.example --upstream https://other.example:8443 --upstream http://10.0.0.1 \
    --upstream http://private.example --address 127.0.0.1 --authorization http://api.example";

fn redirecting(status: u16, location: &str, headers: &str) -> Reply {
    let upstream = Upstream::says(&format!(
        "HTTP/1.1 {status} There\r\nLocation: {location}\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    ));
    let names = Names::of(&[("api.example", &[upstream.address])]);
    let proxy = Proxy::start(UPSTREAMS, names);
    let headers = format!("Origin: {PAGE}\r\n{headers}");
    let reply = proxy.ask("POST", "/http://api.example/a/b?c", &headers);
    assert_eq!(upstream.requests().len(), 1);
    reply
}

#[test]
fn a_redirect_to_a_listed_upstream_leads_through_the_proxy() {
    for (location, expected) in [
        ("http://api.example/x?y#z", "/http://api.example/x?y#z"),
        ("/x", "/http://api.example/x"),
        ("x", "/http://api.example/a/x"),
        ("?x", "/http://api.example/a/b?x"),
        (
            "/http://evil.example@",
            "/http://api.example/http://evil.example@",
        ),
        ("../../../x", "/http://api.example/x"),
        (
            "https://OTHER.example:8443/x",
            "/https://other.example:8443/x",
        ),
        ("//10.0.0.1/x", "/http://10.0.0.1/x"),
        // A loop, in which browsers give up after twenty redirects.
        ("http://api.example/a/b?c", "/http://api.example/a/b?c"),
    ] {
        for status in [301, 302, 303, 307, 308] {
            let reply = redirecting(status, location, "");
            assert_eq!(reply.status, status);
            assert_eq!(reply.header("location"), [expected], "{location}");
            assert_eq!(reply.header("access-control-allow-origin"), [PAGE]);
            assert_eq!(reply.header("set-cookie"), Vec::<&str>::new());
        }
    }
}

#[test]
fn a_redirect_to_any_other_url_is_an_error() {
    for location in [
        "http://evil.example/",
        "https://api.example/",
        "//evil.example/",
        "\\\\evil.example/",
        "http:\\\\evil.example/",
        "http:///evil.example/",
        "http://user@api.example/",
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://localhost/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://api.example/",
        "http://",
    ] {
        let reply = redirecting(302, location, "");
        assert_eq!(
            reply.error(),
            (403, "redirect_not_listed".to_owned()),
            "{location}"
        );
        assert_eq!(reply.header("location"), Vec::<&str>::new(), "{location}");
    }
}

#[test]
fn authorization_does_not_go_from_one_upstream_to_another() {
    let authorization = "Authorization: Bearer a\r\n";
    let reply = redirecting(307, "https://other.example:8443/", authorization);
    assert_eq!(
        reply.error(),
        (403, "redirect_with_authorization".to_owned())
    );
    let reply = redirecting(307, "/x", authorization);
    assert_eq!(reply.header("location"), ["/http://api.example/x"]);
}

#[test]
fn the_target_of_a_redirect_is_checked_like_any_other_target() {
    let redirecting = Upstream::says(
        "HTTP/1.1 302 There\r\nLocation: http://private.example/\r\nContent-Length: 0\r\n\r\n",
    );
    let names = Names::of(&[
        ("api.example", &[redirecting.address]),
        (
            "private.example",
            &["10.0.0.1:80".parse().expect("an address")],
        ),
    ]);
    let proxy = Proxy::start(UPSTREAMS, names);
    let reply = proxy.get("/http://api.example/");
    let reply = proxy.get(reply.header("location")[0]);
    assert_eq!(reply.error(), (403, "address_not_listed".to_owned()));
}

#[test]
fn the_location_of_a_created_resource_stays_as_it_is() {
    let reply = redirecting(201, "http://evil.example/1", "");
    assert_eq!(
        (reply.status, reply.header("location")),
        (201, vec!["http://evil.example/1"])
    );
}
