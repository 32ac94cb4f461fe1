//! One request and its response over a connection, with limits of time and memory.

use std::{error::Error as StdError, io, time::Duration};

use actix_web::{
    http::{
        StatusCode,
        header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT},
    },
    rt::{
        self,
        net::TcpStream,
        time::{Instant, timeout},
    },
    web::{Bytes, BytesMut},
};
use cors_runtime::test::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, client::conn::http1, rt::Read, rt::Write};
use hyper_util::rt::TokioIo;
use tokio_rustls::rustls::pki_types::ServerName;
use url::{Position, Url};

use crate::tls::Trust;

/// The maximum length of a response's head.
const HEAD: usize = 128 * 1024;
/// The largest part of a body that is read. It is enough for the reason of a refusal.
const BODY: usize = 64 * 1024;
/// The time limit for a body. Some never end, such as streams of events.
const BODY_PATIENCE: Duration = Duration::from_secs(2);

/// The state that all connections of a run share.
pub(crate) struct Client {
    trust: Trust,
    /// The end of the time for all requests.
    deadline: Instant,
    /// The whole time, for messages.
    timeout: Duration,
}

impl Client {
    /// A client whose time begins now.
    pub(crate) fn new(trust: Trust, timeout: Duration) -> Self {
        Self {
            trust,
            deadline: Instant::now() + timeout,
            timeout,
        }
    }

    /// Sends a request to the server of `url`, for its path and query, over a new connection. `Err` is the reason why there is
    /// no response, in one line.
    pub(crate) async fn ask(&self, url: &Url, request: &Request) -> Result<Reply, String> {
        Server { client: self, url }.ask(request).await
    }
}

struct Server<'a> {
    client: &'a Client,
    url: &'a Url,
}

pub(crate) struct Reply {
    pub(crate) response: Response,
    pub(crate) end: End,
}

/// The end of a body.
pub(crate) enum End {
    Complete,
    /// There is more, which no check needs.
    LeftOff,
    BrokenOff(String),
}

impl Server<'_> {
    async fn ask(&self, request: &Request) -> Result<Reply, String> {
        let stream = self.in_time("connect", self.connect()).await??;
        if self.url.scheme() == "http" {
            return self.exchange(stream, request).await;
        }
        let name = match self.url.host() {
            Some(url::Host::Domain(name)) => ServerName::try_from(name.to_owned())
                .map_err(|_| format!("no certificate can be for {name}"))?,
            Some(url::Host::Ipv4(address)) => ServerName::from(std::net::IpAddr::from(address)),
            Some(url::Host::Ipv6(address)) => ServerName::from(std::net::IpAddr::from(address)),
            None => return Err(format!("{} has no host", self.url)),
        };
        let handshake = self.in_time(
            "agree on TLS",
            self.client.trust.connector()?.connect(name, stream),
        );
        let stream = handshake
            .await?
            .map_err(|error| format!("no TLS connection to {}: {error}", self.address()))?;
        self.exchange(stream, request).await
    }

    async fn connect(&self) -> Result<TcpStream, String> {
        let failed = |error: io::Error| format!("cannot connect to {}: {error}", self.address());
        let port = self.url.port_or_known_default().unwrap_or_default();
        match self.url.host() {
            Some(url::Host::Domain(name)) => TcpStream::connect((name, port)).await,
            Some(url::Host::Ipv4(address)) => TcpStream::connect((address, port)).await,
            Some(url::Host::Ipv6(address)) => TcpStream::connect((address, port)).await,
            None => return Err(format!("{} has no host", self.url)),
        }
        .map_err(failed)
    }

    async fn exchange<S>(&self, stream: S, request: &Request) -> Result<Reply, String>
    where
        TokioIo<S>: Read + Write + Unpin + 'static,
    {
        let no_answer = |error: &str| {
            format!(
                "no HTTP answer to {} from {}: {error}",
                request.method,
                self.address()
            )
        };
        let mut client = http1::Builder::new();
        // Browsers write header names in title case.
        client.title_case_headers(true).max_buf_size(HEAD);
        let (mut sender, connection) = client
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| no_answer(&causes(&error)))?;
        // The task ends when the sender is dropped.
        rt::spawn(connection);
        let sent = sender.send_request(self.over_http(request)?);
        let response = self
            .in_time("answer", sent)
            .await?
            .map_err(|error| no_answer(&causes(&error)))?;
        let (head, body) = response.into_parts();
        // https://fetch.spec.whatwg.org/#http-network-fetch: `fetch` never asks for that.
        if head.status == hyper::StatusCode::SWITCHING_PROTOCOLS {
            return Err(no_answer("a switch to another protocol"));
        }
        let response = |body| Response {
            status: StatusCode::from_u16(head.status.as_u16()).unwrap_or_default(),
            headers: headers(&head.headers),
            body,
        };
        let (body, end) = self.read(body).await;
        Ok(Reply {
            response: response(body),
            end,
        })
    }

    fn over_http(&self, request: &Request) -> Result<hyper::Request<Full<Bytes>>, String> {
        let mut http = hyper::Request::builder()
            .method(request.method.as_str())
            .uri(&self.url[Position::BeforePath..Position::AfterQuery])
            .header("host", self.address());
        if !request.headers.contains_key(USER_AGENT) {
            http = http.header("user-agent", "Mozilla/5.0 (compatible; cors-tester)");
        }
        for (name, value) in &request.headers {
            http = http.header(name.as_str(), value.as_bytes());
        }
        http.body(Full::new(request.body.clone().unwrap_or_default()))
            .map_err(|error| format!("{} cannot be sent: {error}", request.method))
    }

    /// Reads a body to its end, or to a limit.
    async fn read(&self, mut body: Incoming) -> (Bytes, End) {
        let deadline = self.client.deadline.min(Instant::now() + BODY_PATIENCE);
        let mut read = BytesMut::new();
        loop {
            let end = match timeout(left(deadline), body.frame()).await {
                Err(_) => End::LeftOff,
                Ok(None) => End::Complete,
                Ok(Some(Err(error))) => End::BrokenOff(causes(&error)),
                Ok(Some(Ok(frame))) => {
                    if let Some(bytes) = frame.data_ref() {
                        let room = BODY - read.len();
                        read.extend_from_slice(&bytes[..bytes.len().min(room)]);
                        if bytes.len() > room {
                            return (read.freeze(), End::LeftOff);
                        }
                    }
                    continue;
                }
            };
            return (read.freeze(), end);
        }
    }

    async fn in_time<F: Future>(&self, what: &str, future: F) -> Result<F::Output, String> {
        timeout(left(self.client.deadline), future)
            .await
            .map_err(|_| {
                let seconds = self.client.timeout.as_secs_f64();
                format!("{} did not {what} within {seconds} s", self.address())
            })
    }

    /// Host and port as in the `Host` header.
    fn address(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// Converts from the types of one version of the `http` crate to those of the other.
fn headers(all: &hyper::HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in all {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}

/// An error and its sources in one line.
fn causes(error: &dyn StdError) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_words = cause.to_string();
        if !words.ends_with(&cause_words) {
            words = format!("{words}: {cause_words}");
        }
        source = cause.source();
    }
    words
}
