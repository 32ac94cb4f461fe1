//! An upstream that sends the bytes that a test gives it.

use std::{
    io::{BufRead as _, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use rcgen::{CertifiedKey, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned, crypto::ring, pki_types::PrivatePkcs8KeyDer,
};

pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Such as `GET /x HTTP/1.1`.
    pub(crate) line: String,
    /// Names are in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// `None` if it was truncated.
    pub(crate) body: Option<Vec<u8>>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.headers.iter().filter(|(known, _)| known == name);
        lines.map(|(_, value)| value.as_str()).collect()
    }
}

pub(crate) trait Connection: Read + Write {}

impl<T: Read + Write> Connection for T {}

impl Upstream {
    /// Answers each request with the same bytes.
    pub(crate) fn says(answer: &str) -> Self {
        let answer = answer.to_owned();
        Self::does(move |_, connection| {
            let _ = connection.write_all(answer.as_bytes());
        })
    }

    /// Answers each request with what `respond` writes, and closes the connection.
    pub(crate) fn does(
        respond: impl Fn(&Request, &mut dyn Connection) + Send + Sync + 'static,
    ) -> Self {
        Self::at("127.0.0.1:0", respond)
    }

    pub(crate) fn at(
        address: &str,
        respond: impl Fn(&Request, &mut dyn Connection) + Send + Sync + 'static,
    ) -> Self {
        Self::start(address, |stream| Some(Box::new(stream)), respond)
    }

    /// The same over TLS.
    pub(crate) fn with_tls(certificate: &CertifiedKey<KeyPair>, answer: &str) -> Self {
        let key = PrivatePkcs8KeyDer::from(certificate.signing_key.serialize_der());
        let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions that the provider has")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.cert.der().clone()], key.into())
            .expect("a key that fits");
        let tls = Arc::new(tls);
        let answer = answer.to_owned();
        let encrypt = move |stream| -> Option<Box<dyn Connection>> {
            let connection = ServerConnection::new(tls.clone()).ok()?;
            Some(Box::new(StreamOwned::new(connection, stream)))
        };
        Self::start("127.0.0.1:0", encrypt, move |_, connection| {
            let _ = connection.write_all(answer.as_bytes());
            let _ = connection.flush();
        })
    }

    fn start(
        address: &str,
        accept: impl Fn(TcpStream) -> Option<Box<dyn Connection>> + Send + Sync + 'static,
        respond: impl Fn(&Request, &mut dyn Connection) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).expect("a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, served) = (requests.clone(), Arc::new((accept, respond)));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (log, served) = (log.clone(), served.clone());
                thread::spawn(move || {
                    let timeout = Some(Duration::from_secs(20));
                    stream.set_read_timeout(timeout).expect("a timeout");
                    let Some(mut stream) = (served.0)(stream) else {
                        return;
                    };
                    if let Some(request) = read(&mut stream) {
                        log.lock().expect("no panic").push(request.clone());
                        (served.1)(&request, &mut stream);
                    }
                });
            }
        });
        Self { address, requests }
    }

    /// The requests that have reached it.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no panic").clone()
    }

    /// The one request that has reached it.
    pub(crate) fn request(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "{requests:#?}");
        requests[0].clone()
    }
}

fn read(stream: &mut dyn Connection) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let header = |line: &String| {
        let (name, value) = line.split_once(':').expect("a header");
        (name.to_lowercase(), value.trim().to_owned())
    };
    let mut request = Request {
        line: lines[0].clone(),
        headers: lines[1..].iter().map(header).collect(),
        body: None,
    };
    request.body = match (
        request.header("content-length").as_slice(),
        request.header("transfer-encoding").as_slice(),
    ) {
        ([], []) => Some(Vec::new()),
        ([length], []) => {
            let mut body = vec![0; length.parse().expect("a length")];
            reader.read_exact(&mut body).is_ok().then_some(body)
        }
        ([], ["chunked"]) => read_chunks(&mut reader),
        framing => panic!("two lengths: {framing:?}"),
    };
    Some(request)
}

fn read_chunks(reader: &mut impl std::io::BufRead) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let mut chunk = vec![0; size + 2];
        reader.read_exact(&mut chunk).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(&chunk[..size]);
    }
}
