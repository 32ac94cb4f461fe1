//! Sends the fetches of a `Page` to a server on this machine. It connects there, whatever host the URL names.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use cors_runtime::test::{Fetch, Outcome, Page, Request, Response};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::connect;

/// The server that a client connects to.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// Trusts the server's certificate, if it speaks TLS.
    tls: Option<Arc<ClientConfig>>,
}

impl Server {
    pub(super) fn plain(address: SocketAddr) -> Self {
        Self { address, tls: None }
    }

    pub(super) fn tls(address: SocketAddr, certificate: CertificateDer<'static>) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(certificate).expect("a certificate");
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            address,
            tls: Some(Arc::new(config)),
        }
    }

    /// Runs a fetch, and returns what script of the page sees.
    pub(super) fn fetch(&self, page: &Page, fetch: Fetch) -> Outcome {
        let mut step = page.begin(fetch);
        loop {
            step = match step {
                ControlFlow::Break(outcome) => return outcome,
                ControlFlow::Continue(conversation) => {
                    let response = self.answer(conversation.request());
                    conversation.answered(response)
                }
            };
        }
    }

    fn answer(&self, request: &Request) -> Response {
        let (_, rest) = request.url.split_once("://").expect("a URL");
        let path = rest.find('/').expect("a path");
        let (host, path) = rest.split_at(path);
        let mut headers = vec![("host", host.to_owned())];
        for (name, value) in &request.headers {
            headers.push((name.as_str(), value.to_str().expect("text").to_owned()));
        }
        let body = request.body.clone().unwrap_or_default();
        let body = std::str::from_utf8(&body).expect("text");
        self.send(request.method.as_str(), path, &headers, body)
    }

    /// Sends the header lines as given, and reads the response to its end.
    pub(super) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: &str,
    ) -> Response {
        let lines: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let says_length = headers.iter().any(|(name, _)| *name == "content-length");
        let needs_none = body.is_empty() && !matches!(method, "POST" | "PUT");
        let length = if says_length || needs_none {
            String::new()
        } else {
            format!("content-length: {}\r\n", body.len())
        };
        let lines = lines.concat();
        let connection = if lines.contains("upgrade: websocket") {
            "connection: upgrade"
        } else {
            "connection: close"
        };
        let request =
            format!("{method} {path} HTTP/1.1\r\n{connection}\r\n{length}{lines}\r\n{body}");
        let host = headers.iter().find(|(name, _)| *name == "host");
        let host = host.expect("a host").1.clone();

        let stream = connect(self.address);
        match &self.tls {
            None => exchange(stream, &request),
            Some(config) => {
                let name = ServerName::try_from(host).expect("a name");
                let tls = ClientConnection::new(Arc::clone(config), name).expect("a client");
                exchange(StreamOwned::new(tls, stream), &request)
            }
        }
    }
}

fn exchange(mut stream: impl Read + Write, request: &str) -> Response {
    stream
        .write_all(request.as_bytes())
        .expect("the server reads");
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(response) = whole(&bytes) {
            return response;
        }
        match stream.read(&mut buffer) {
            Ok(read @ 1..) => bytes.extend_from_slice(&buffer[..read]),
            other => panic!("{other:?} after {:?}", String::from_utf8_lossy(&bytes)),
        }
    }
}

/// The response, once it has arrived as a whole. The server may leave the connection open.
fn whole(bytes: &[u8]) -> Option<Response> {
    let mut lines = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut lines);
    let httparse::Status::Complete(length) = head.parse(bytes).expect("the server speaks HTTP")
    else {
        return None;
    };
    let mut headers = HeaderMap::new();
    for line in head.headers.iter() {
        let name = HeaderName::from_bytes(line.name.as_bytes()).expect("a name");
        headers.append(name, HeaderValue::from_bytes(line.value).expect("a value"));
    }
    let status = StatusCode::from_u16(head.code.expect("a status")).expect("a status");
    let has_body = !matches!(
        status,
        StatusCode::NO_CONTENT | StatusCode::SWITCHING_PROTOCOLS
    );
    let body = &bytes[length..];
    let expected: usize = if has_body {
        let length = headers.get("content-length").expect("a length");
        length.to_str().expect("text").parse().expect("a number")
    } else {
        0
    };
    (body.len() >= expected).then(|| Response {
        status,
        headers,
        body: body.to_vec().into(),
    })
}
