//! The proxy connects only to public and listed addresses.

use std::net::{IpAddr, SocketAddr};

use crate::{
    client::{Names, Proxy},
    upstream::Upstream,
};

const HERE: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nhere";

fn refused() -> (u16, String) {
    (403, "address_not_listed".to_owned())
}

#[test]
fn a_name_without_a_public_address_is_not_connected_to() {
    let upstream = Upstream::says(HERE);
    for ip in [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "169.254.169.254",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "fd00::1",
        "fe80::1",
        "64:ff9b::7f00:1",
    ] {
        let ip: IpAddr = ip.parse().expect("an address");
        let names = Names::of(&[(
            "api.example",
            &[SocketAddr::new(ip, upstream.address.port())],
        )]);
        let proxy = Proxy::start(
            "--upstream http://api.example --address 192.168.7.0/24",
            names,
        );
        assert_eq!(proxy.get("/http://api.example/").error(), refused(), "{ip}");
    }
    assert_eq!(upstream.requests().len(), 0);
}

#[test]
fn listed_networks_are_connected_to() {
    let upstream = Upstream::says(HERE);
    for (listed, ip) in [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.0/8", "127.0.0.1"),
        ("127.0.0.0/8", "::ffff:127.0.0.1"),
    ] {
        let ip: IpAddr = ip.parse().expect("an address");
        let names = Names::of(&[(
            "api.example",
            &[SocketAddr::new(ip, upstream.address.port())],
        )]);
        let proxy = Proxy::start(
            &format!("--upstream http://api.example --address {listed}"),
            names,
        );
        assert_eq!(
            proxy.get("/http://api.example/").text(),
            "here",
            "{listed} {ip}"
        );
    }
}

#[test]
fn of_several_addresses_only_listed_ones_are_connected_to() {
    let listed = Upstream::at("127.0.0.2:0", |_, connection| {
        let _ = connection.write_all(HERE.as_bytes());
    });
    let port = listed.address.port();
    let unlisted = Upstream::at(&format!("127.0.0.1:{port}"), |_, _| ());
    let names = Names::of(&[("api.example", &[unlisted.address, listed.address])]);
    let proxy = Proxy::start("--upstream http://api.example --address 127.0.0.2", names);
    for _ in 0..5 {
        assert_eq!(proxy.get("/http://api.example/").text(), "here");
    }
    assert_eq!((listed.requests().len(), unlisted.requests().len()), (5, 0));
}

/// DNS rebinding: the name resolves to a listed address at first, and to another one right after.
#[test]
fn the_proxy_connects_to_the_address_that_it_has_checked() {
    let listed = Upstream::at("127.0.0.2:0", |_, connection| {
        let _ = connection.write_all(HERE.as_bytes());
    });
    let port = listed.address.port();
    let unlisted = Upstream::at(&format!("127.0.0.1:{port}"), |_, _| ());
    let names =
        Names::of(&[("api.example", &[listed.address])]).then("api.example", &[unlisted.address]);
    let proxy = Proxy::start(
        "--upstream http://api.example --address 127.0.0.2",
        names.clone(),
    );
    assert_eq!(proxy.get("/http://api.example/").text(), "here");
    assert_eq!(names.looked_up(), 1, "one look-up for a connection");
    assert_eq!(proxy.get("/http://api.example/").error(), refused());
    assert_eq!(names.looked_up(), 2);
    assert_eq!((listed.requests().len(), unlisted.requests().len()), (1, 0));
}

#[test]
fn the_systems_own_names_are_checked_as_well() {
    let upstream = Upstream::says(HERE);
    let port = upstream.address.port();
    let of_localhost = format!("--upstream http://localhost:{port}");
    let target = format!("/http://localhost:{port}/");
    assert_eq!(
        Proxy::with_system_names(&of_localhost).get(&target).error(),
        refused()
    );
    assert_eq!(upstream.requests().len(), 0);
    let listed = format!("{of_localhost} --address 127.0.0.1");
    assert_eq!(
        Proxy::with_system_names(&listed).get(&target).text(),
        "here"
    );
}

#[test]
fn an_upstream_that_is_listed_by_its_address_needs_no_other_list() {
    let upstream = Upstream::says(HERE);
    let origin = format!("http://{}", upstream.address);
    let proxy = Proxy::with_system_names(&format!("--upstream {origin}"));
    assert_eq!(proxy.get(&format!("/{origin}/")).text(), "here");
}

#[test]
fn an_unknown_name_and_a_port_where_nobody_listens_are_errors() {
    let names = Names::of(&[("api.example", &["127.0.0.1:1".parse().expect("an address")])]);
    let proxy = Proxy::start(
        "--upstream http://api.example --upstream http://none.example --address 127.0.0.1",
        names,
    );
    for target in ["/http://api.example/", "/http://none.example/"] {
        assert_eq!(
            proxy.get(target).error(),
            (502, "no_response".to_owned()),
            "{target}"
        );
    }
}
