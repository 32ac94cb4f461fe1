//! Clients for HTTP/1.1 and HTTP/2 that keep one connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use actix_web::web::Bytes;
use h2::client::SendRequest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The longest time that an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Request {
    pub fn new(method: &'static str, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: String::new(),
        }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| *known == name)?;
        Some(value)
    }

    /// The text of the request in HTTP/1.1.
    pub fn text(&self, server: SocketAddr) -> Vec<u8> {
        let mut text = format!(
            "{} {} HTTP/1.1\r\nhost: {server}\r\n",
            self.method, self.path
        );
        for (name, value) in &self.headers {
            text += name;
            text += ": ";
            text += value;
            text += "\r\n";
        }
        if !self.body.is_empty() {
            text += "content-length: ";
            text += &self.body.len().to_string();
            text += "\r\n";
        }
        text += "\r\n";
        text += &self.body;
        text.into_bytes()
    }
}

#[derive(Debug, PartialEq)]
pub struct Response {
    pub status: u16,
    /// With names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

async fn in_time<T>(answer: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(PATIENCE, answer).await?
}

pub struct Http1 {
    stream: TcpStream,
    server: SocketAddr,
    /// The bytes that were read after the last answer.
    read: Vec<u8>,
}

impl Http1 {
    pub async fn connect(server: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            server,
            read: Vec::new(),
        })
    }

    pub async fn send(&mut self, request: &Request) -> io::Result<Response> {
        let text = request.text(self.server);
        in_time(async {
            self.stream.write_all(&text).await?;
            self.read_answer(usize::MAX).await
        })
        .await
    }

    pub async fn write(&mut self, text: &[u8]) -> io::Result<()> {
        in_time(self.stream.write_all(text)).await
    }

    /// Writes as long as the server reads, and reads at the same time.
    pub async fn send_in_spite_of_all(&mut self, text: &[u8]) -> io::Result<Response> {
        let (mut reader, mut writer) = self.stream.split();
        in_time(async {
            let write = async {
                // The server may have answered early, and closed the connection.
                let _ = writer.write_all(text).await;
            };
            let read = async {
                let mut read = Vec::new();
                loop {
                    if let Some((response, _)) = parse(&read)? {
                        return Ok(response);
                    }
                    if reader.read_buf(&mut read).await? == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
            };
            futures_util::future::join(write, read).await.1
        })
        .await
    }

    pub async fn answer(&mut self) -> io::Result<Response> {
        in_time(self.read_answer(usize::MAX)).await
    }

    /// Reads an answer, at most `at_once` bytes at a time.
    pub async fn read_answer(&mut self, at_once: usize) -> io::Result<Response> {
        loop {
            if let Some((response, length)) = parse(&self.read)? {
                self.read.drain(..length);
                return Ok(response);
            }
            self.read_more(at_once).await?;
        }
    }

    /// Reads the next answer, and returns its status alone.
    pub async fn skip_answer(&mut self) -> io::Result<u16> {
        loop {
            let mut headers = [httparse::EMPTY_HEADER; 32];
            if let Some(head) = head(&self.read, &mut headers)? {
                let length = head.length;
                if length <= self.read.len() {
                    let status = head.status;
                    self.read.drain(..length);
                    return Ok(status);
                }
            }
            self.read_more(usize::MAX).await?;
        }
    }

    async fn read_more(&mut self, at_once: usize) -> io::Result<()> {
        let mut part = (&mut self.stream).take(at_once.try_into().unwrap_or(u64::MAX));
        if part.read_buf(&mut self.read).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

struct Head {
    status: u16,
    body_start: usize,
    /// The length of the whole answer, with its body.
    length: usize,
}

/// The head of an answer, once it has arrived as a whole.
fn head<'b>(read: &'b [u8], headers: &mut [httparse::Header<'b>; 32]) -> io::Result<Option<Head>> {
    let mut response = httparse::Response::new(headers);
    let parsed = response.parse(read).map_err(io::Error::other)?;
    let (httparse::Status::Complete(head), Some(status)) = (parsed, response.code) else {
        return Ok(None);
    };
    let length = response
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))
        .and_then(|header| str::from_utf8(header.value).ok()?.parse().ok());
    if length.is_none() && status != 204 {
        return Err(io::Error::other("an answer without a length"));
    }
    Ok(Some(Head {
        status,
        body_start: head,
        length: head + length.unwrap_or(0),
    }))
}

fn parse(read: &[u8]) -> io::Result<Option<(Response, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let Some(Head {
        status,
        body_start,
        length,
    }) = head(read, &mut headers)?
    else {
        return Ok(None);
    };
    let Some(body) = read.get(body_start..length) else {
        return Ok(None);
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let response = Response {
        status,
        headers: headers
            .iter()
            .take_while(|header| !header.name.is_empty())
            .map(|header| (header.name.to_ascii_lowercase(), text(header.value)))
            .collect(),
        body: body.to_vec(),
    };
    Ok(Some((response, length)))
}

/// One connection, for many requests at the same time.
pub struct Http2 {
    client: SendRequest<Bytes>,
    server: SocketAddr,
    connection: JoinHandle<()>,
}

impl Http2 {
    /// `window` is the number of bytes of a body that the server may send before the client asks for more.
    pub async fn connect(server: SocketAddr, window: u32) -> io::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        let mut builder = h2::client::Builder::new();
        builder.initial_window_size(window);
        let (client, connection) = in_time(async {
            let connected = builder.handshake(stream).await;
            connected.map_err(io::Error::other)
        })
        .await?;
        Ok(Self {
            client,
            server,
            connection: tokio::task::spawn_local(async move {
                // The requests on the connection get the error as well.
                let _ = connection.await;
            }),
        })
    }

    pub async fn send(&self, request: &Request) -> io::Result<Response> {
        in_time(async { self.answer(request).await.map_err(io::Error::other) }).await
    }

    async fn answer(&self, request: &Request) -> Result<Response, h2::Error> {
        let uri = format!("http://{}{}", self.server, request.path);
        let mut head = http_02::Request::builder().method(request.method).uri(uri);
        for (name, value) in &request.headers {
            head = head.header(*name, value);
        }
        let head = head.body(()).expect("the cases are valid requests");
        let mut client = self.client.clone().ready().await?;
        let (response, mut body) = client.send_request(head, request.body.is_empty())?;
        if !request.body.is_empty() {
            body.send_data(Bytes::from(request.body.clone()), true)?;
        }
        let (head, mut body) = response.await?.into_parts();
        let mut bytes = Vec::new();
        while let Some(chunk) = body.data().await {
            let chunk = chunk?;
            body.flow_control().release_capacity(chunk.len())?;
            bytes.extend_from_slice(&chunk);
        }
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        Ok(Response {
            status: head.status.as_u16(),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
                .collect(),
            body: bytes,
        })
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.connection.abort();
    }
}
