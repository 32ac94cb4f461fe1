//! `cors-tester` asks servers over TLS, with certificates that only this test trusts.

use std::{fs, io::Write as _, net::SocketAddr, sync::Arc, thread};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio_rustls::rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use super::{
    hostile::read_head,
    run::{check, row},
};
use crate::support::listen;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\n\
    Access-Control-Allow-Origin: https://app.example.com\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhere";

#[test]
fn a_server_over_tls_is_asked_if_its_certificate_is_trusted_and_has_its_name() {
    let files = TempDir::with_prefix("cors-tls-").expect("a temporary directory");
    let file = |name: &str| files.path().join(name).display().to_string();
    // A `_` in a row stands for a space.
    assert!(!file("").contains('_'), "{}", file(""));
    let ours = certificate(&["localhost", "127.0.0.1"]);
    let port = serve(&ours).port();
    fs::write(file("ours.pem"), ours.cert.pem()).expect("a file can be written");
    let other = certificate(&["localhost", "127.0.0.1"]);
    fs::write(file("other.pem"), other.cert.pem()).expect("a file can be written");
    fs::write(file("none.pem"), "nothing\n").expect("a file can be written");
    let elsewhere = certificate(&["api.example.com"]);
    let wrong_port = serve(&elsewhere).port();
    fs::write(file("elsewhere.pem"), elsewhere.cert.pem()).expect("a file can be written");

    let ask = |host: &str, port: u16, pem: &str| {
        format!(
            "https://{host}:{port}/ --origin https://app.example.com --cacert {}",
            file(pem)
        )
    };
    check(&[
        row(
            ask("localhost", port, "ours.pem"),
            0,
            &["GET https://localhost:", "allowed"],
        ),
        row(ask("127.0.0.1", port, "ours.pem"), 0, &["allowed"]),
        row(
            format!(
                "https://localhost:{port}/ --origin https://evil.example --cacert {}",
                file("ours.pem")
            ),
            1,
            &["blocked (origin)"],
        ),
        row(
            ask("localhost", port, "other.pem"),
            2,
            &["error: no TLS connection to localhost:", "certificate"],
        ),
        row(
            format!("https://localhost:{port}/ --origin https://app.example.com"),
            2,
            &["no TLS connection to localhost:", "UnknownIssuer"],
        ),
        row(
            ask("localhost", wrong_port, "elsewhere.pem"),
            2,
            &["certificate not valid for name"],
        ),
    ]);
}

#[test]
fn a_server_that_speaks_no_tls_and_one_that_says_nothing_are_errors() {
    let (plain, address) = listen();
    thread::spawn(move || {
        for mut stream in plain.incoming().map_while(Result::ok) {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    // The system accepts connections to this socket, and nobody answers them.
    let (_silent, silence) = listen();
    check(&[
        row(
            format!("https://{address}/ --origin https://app.example.com"),
            2,
            &["no TLS connection to"],
        ),
        row(
            format!("https://{silence}/ --origin https://app.example.com --timeout 0.5"),
            2,
            &["did not agree on TLS within 0.5 s"],
        ),
    ]);
}

fn certificate(names: &[&str]) -> CertifiedKey<rcgen::KeyPair> {
    let names: Vec<String> = names.iter().copied().map(str::to_owned).collect();
    generate_simple_self_signed(names).expect("a certificate")
}

/// Answers each request with [`ANSWER`], until the test's process ends.
fn serve(certificate: &CertifiedKey<rcgen::KeyPair>) -> SocketAddr {
    let key = PrivatePkcs8KeyDer::from(certificate.signing_key.serialize_der());
    let configuration = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions that the provider has")
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.cert.der().clone()],
            PrivateKeyDer::from(key),
        )
        .expect("a key that fits");
    let configuration = Arc::new(configuration);
    let (listener, address) = listen();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(configuration.clone()).expect("a connection");
            let mut stream = StreamOwned::new(connection, stream);
            read_head(&mut stream);
            let _ = stream.write_all(ANSWER);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    address
}
