//! Policies hold over HTTP/2 with TLS, where a request has no `Host` and no request line.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::rt::{self, net::TcpStream};
use actix_web::{App, HttpRequest, HttpServer, Responder, put};
use cors_runtime::{Cors, cors};
use futures_util::future::join_all;
use h2::client::SendRequest;
use http_02::Request;
use rcgen::CertifiedKey;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::TlsConnector;

use super::bearer::bearer;
use super::rows::Says::{self, Denied, For, Nothing};
use super::rows::{APP, EVIL, mistakes};
use crate::support::{Response, listen};

#[cors(origins = ["https://app.example.com"], headers = ["authorization"], credentials)]
#[put("/items")]
async fn update(request: HttpRequest) -> impl Responder {
    rt::time::sleep(Duration::from_millis(1)).await;
    format!("{:?}", request.version())
}

#[cors(origins = ["https://app.example.com"], headers = ["authorization"], enforce)]
#[put("/enforced")]
async fn enforced() -> impl Responder {
    "enforced"
}

#[put("/plain")]
async fn plain() -> impl Responder {
    "plain"
}

/// A server with a certificate of its own for `localhost`, and the certificate.
fn serve() -> (SocketAddr, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let certificate = cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .expect("the certificate is the key's");
    let (listener, address) = listen();
    let (started, is_started) = mpsc::channel();
    thread::spawn(move || {
        rt::System::new().block_on(async move {
            let app = || {
                App::new()
                    .service(update)
                    .service(enforced)
                    .service(plain)
                    .wrap(from_fn(bearer))
                    .wrap(Cors::annotated())
            };
            let server = HttpServer::new(app)
                .workers(1)
                .listen_rustls_0_23(listener, config)
                .expect("a bound socket")
                .run();
            started.send(()).expect("the test waits");
            server.await.expect("the server runs");
        });
    });
    is_started.recv().expect("the server starts");
    (address, certificate)
}

type Client = SendRequest<actix_web::web::Bytes>;

async fn connect(server: SocketAddr, certificate: CertificateDer<'static>) -> Client {
    let mut trusted = RootCertStore::empty();
    trusted.add(certificate).expect("a certificate");
    let mut config = ClientConfig::builder()
        .with_root_certificates(trusted)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(server).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .expect("the server speaks TLS");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (client, connection) = h2::client::handshake(stream)
        .await
        .expect("the server speaks HTTP/2");
    rt::spawn(async move { connection.await.expect("it goes on") });
    client
}

async fn send(
    client: &Client,
    authority: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Response {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("https://{authority}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(()).expect("a request");
    let mut client = client.clone().ready().await.expect("an open connection");
    let (response, _) = client.send_request(request, true).expect("it is sent");
    let (head, mut body) = response.await.expect("an answer").into_parts();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.data().await {
        bytes.extend_from_slice(&chunk.expect("a chunk"));
    }
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    Response {
        status: head.status.as_u16(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect(),
        body: text(&bytes),
    }
}

#[actix_web::test]
#[rustfmt::skip]
async fn policies_hold_over_http_2() {
    let (server, certificate) = serve();
    let client = &connect(server, certificate).await;
    let authority = &format!("localhost:{}", server.port());
    let own = &*format!("https://{authority}");
    let other_port = "https://localhost:1";
    let asks = ("access-control-request-method", "PUT");
    let rows: &[(&str, &str, &str, &[_], u16, Says)] = &[
        ("OPTIONS", "/items",       APP,        &[asks],                    204, For(APP)),
        ("OPTIONS", "/items",       EVIL,       &[asks],                    403, Denied),
        ("OPTIONS", "/items",       APP,        &[],                        401, Nothing),
        ("OPTIONS", "/plain",       APP,        &[asks],                    401, Nothing),
        ("PUT",     "/items",       APP,        &[],                        401, For(APP)),
        ("PUT",     "/items",       EVIL,       &[],                        401, Denied),
        ("PUT",     "/items",       APP,        &[("authorization", "1")],  200, For(APP)),
        ("PUT",     "/items",       EVIL,       &[("authorization", "1")],  200, Denied),
        ("PUT",     "/plain",       APP,        &[("authorization", "1")],  200, Nothing),
        // The request's own origin is `:authority` with the scheme of the connection.
        ("PUT",     "/enforced",    own,        &[("authorization", "1")],  200, Denied),
        ("PUT",     "/enforced",    APP,        &[("authorization", "1")],  200, For(APP)),
        ("PUT",     "/enforced",    EVIL,       &[("authorization", "1")],  403, Denied),
        ("PUT",     "/enforced",    other_port, &[("authorization", "1")],  403, Denied),
        ("OPTIONS", "/enforced",    APP,        &[asks],                    204, For(APP)),
    ];
    // Many requests at the same time, so that the worker switches between them.
    let answers = rows.iter().cycle().take(20 * rows.len()).map(async |row| {
        let (method, path, origin, more, status, says) = row;
        let headers = [&[("origin", *origin)], *more].concat();
        let response = send(client, authority, method, path, &headers).await;
        let wrong = mistakes(&response, *status, *says);
        assert!(wrong.is_empty(), "{method} {path} from {origin}, {more:?}: {wrong:?}\n{response:?}");
    });
    join_all(answers).await;
    let http = own.replace("https", "http");
    let headers = [("origin", &*http), ("authorization", "1")];
    let response = send(client, authority, "PUT", "/enforced", &headers).await;
    assert_eq!(response.status, 403, "another scheme is another origin");

    let headers = [("origin", APP), ("authorization", "1")];
    let response = send(client, authority, "PUT", "/items", &headers).await;
    assert_eq!(response.body, "HTTP/2.0");
    assert_eq!(response.one("access-control-allow-credentials"), Some("true"));
}
