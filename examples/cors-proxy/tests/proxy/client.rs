//! A proxy in this process, and a client that sends it requests which no browser sends.

use std::{
    collections::HashMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use cors_proxy::{Arguments, SystemNames, serve};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde_json::Value;

use crate::upstream::Upstream;

/// The origin of the page that may use every proxy of these tests.
pub(crate) const PAGE: &str = "https://app.example.com";

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
}

impl Proxy {
    /// A proxy for `upstream`, which has the name `api.example`.
    pub(crate) fn of(upstream: &Upstream, arguments: &str) -> Self {
        let names = Names::of(&[("api.example", &[upstream.address])]);
        let arguments = format!("--upstream http://api.example --address 127.0.0.1 {arguments}");
        Self::start(&arguments, names)
    }

    pub(crate) fn with_system_names(arguments: &str) -> Self {
        Self::start(arguments, SystemNames)
    }

    /// Serves until the process ends.
    pub(crate) fn start(arguments: &str, names: impl Resolve + 'static) -> Self {
        let arguments = ["--page", PAGE]
            .into_iter()
            .chain(arguments.split_whitespace());
        let arguments = Arguments::parse(lexopt::Parser::from_args(arguments));
        let arguments = arguments.expect("arguments").expect("no request for help");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        thread::spawn(move || {
            actix_web::rt::System::new().block_on(async {
                let server = serve(listener, arguments, names).expect("a server");
                server.await.expect("it ends well");
            });
        });
        Self { address }
    }

    /// Sends a GET of the page.
    pub(crate) fn get(&self, target: &str) -> Reply {
        self.ask("GET", target, &format!("Origin: {PAGE}\r\n"))
    }

    pub(crate) fn ask(&self, method: &str, target: &str, headers: &str) -> Reply {
        self.send(&format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\n{headers}Connection: close\r\n\r\n",
            self.address
        ))
    }

    /// Sends these bytes.
    pub(crate) fn send(&self, request: &str) -> Reply {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("it reads");
        Reply::read(stream)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        let timeout = Some(Duration::from_secs(20));
        stream.set_read_timeout(timeout).expect("a timeout");
        stream
    }
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names are in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the body is complete.
    pub(crate) is_whole: bool,
}

impl Reply {
    pub(crate) fn read(mut stream: TcpStream) -> Self {
        let mut bytes = Vec::new();
        // The server may reset the connection instead of closing it.
        let _ = stream.read_to_end(&mut bytes);
        let interim = b"HTTP/1.1 100 Continue\r\n\r\n";
        let bytes = bytes.strip_prefix(interim).unwrap_or(&bytes);
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut response = httparse::Response::new(&mut headers);
        let parsed = response.parse(bytes);
        let Ok(httparse::Status::Complete(head)) = parsed else {
            panic!("no response: {:?}", String::from_utf8_lossy(bytes));
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut reply = Self {
            status: response.code.expect("a status"),
            headers: response
                .headers
                .iter()
                .map(|line| (line.name.to_lowercase(), text(line.value)))
                .collect(),
            body: Vec::new(),
            is_whole: true,
        };
        let rest = &bytes[head..];
        if reply.header("transfer-encoding") == ["chunked"] {
            reply.is_whole = reply.unchunk(rest);
        } else {
            let length = reply
                .header("content-length")
                .first()
                .map(|length| length.parse());
            reply.is_whole = length.is_none_or(|length| length == Ok(rest.len()));
            reply.body = rest.to_vec();
        }
        reply
    }

    fn unchunk(&mut self, mut rest: &[u8]) -> bool {
        while let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(rest) {
            let size = usize::try_from(size).expect("a size");
            if size == 0 {
                return true;
            }
            let Some(chunk) = rest.get(start..start + size) else {
                return false;
            };
            self.body.extend_from_slice(chunk);
            rest = rest.get(start + size + 2..).unwrap_or_default();
        }
        false
    }

    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.headers.iter().filter(|(known, _)| known == name);
        lines.map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn text(&self) -> &str {
        assert!(self.is_whole, "{self:?}");
        str::from_utf8(&self.body).expect("text")
    }

    /// The status and the name of the proxy's own error, which script on the page can read.
    pub(crate) fn error(&self) -> (u16, String) {
        assert_eq!(
            self.header("access-control-allow-origin"),
            [PAGE],
            "{self:?}"
        );
        self.unreadable_error()
    }

    /// The same error, for a page that may not read it.
    pub(crate) fn unreadable_error(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            ["application/json"],
            "{self:?}"
        );
        let error: Value = serde_json::from_str(self.text()).expect("JSON");
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|message| !message.is_empty()),
            "{error}"
        );
        let name = error["proxy_error"].as_str().expect("a name");
        (self.status, name.to_owned())
    }
}

/// A resolver with fixed names. Its port is used for URLs without one.
#[derive(Clone)]
pub(crate) struct Names {
    /// The addresses of each name for the first look-up, for the second and so on. The last ones stay.
    names: Arc<Mutex<HashMap<String, Vec<Vec<SocketAddr>>>>>,
    looked_up: Arc<Mutex<usize>>,
}

impl Names {
    pub(crate) fn of(names: &[(&str, &[SocketAddr])]) -> Self {
        let names = names
            .iter()
            .map(|(name, addresses)| ((*name).to_owned(), vec![addresses.to_vec()]));
        Self {
            names: Arc::new(Mutex::new(names.collect())),
            looked_up: Arc::default(),
        }
    }

    /// Gives the name other addresses from the next look-up on.
    pub(crate) fn then(self, name: &str, addresses: &[SocketAddr]) -> Self {
        let mut names = self.names.lock().expect("no panic");
        names
            .get_mut(name)
            .expect("a name")
            .push(addresses.to_vec());
        drop(names);
        self
    }

    pub(crate) fn looked_up(&self) -> usize {
        *self.looked_up.lock().expect("no panic")
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        *self.looked_up.lock().expect("no panic") += 1;
        let mut names = self.names.lock().expect("no panic");
        let found = names.get_mut(name.as_str()).map(|states| {
            if states.len() > 1 {
                states.remove(0)
            } else {
                states[0].clone()
            }
        });
        Box::pin(async move {
            let found = found.ok_or("there is no such name")?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}
