//! A real actix server on a loopback socket, a client that sends exactly the lines it is given, and the crate of a user.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use std::{fs, thread};

use actix_http::Request;
use actix_service::boxed::{self, BoxServiceFactory};
use actix_service::{IntoServiceFactory, ServiceFactoryExt};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, HttpServer};
use tempfile::TempDir;

/// A socket on a free port of `127.0.0.1`, and its address.
pub fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    (listener, address)
}

/// The services of an app, in one type for all apps, so that actix's server is compiled once.
type Services = BoxServiceFactory<AppConfig, Request, ServiceResponse, Error, ()>;

/// Serves an app in a thread of its own, until the test's process ends.
pub fn serve<F, T, B>(app: F) -> SocketAddr
where
    F: Fn() -> App<T> + Send + Sync + 'static,
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    serve_services(Arc::new(move || {
        let services = app().into_factory();
        boxed::factory(services.map(ServiceResponse::map_into_boxed_body))
    }))
}

fn serve_services(services: Arc<dyn Fn() -> Services + Send + Sync>) -> SocketAddr {
    let (listener, address) = listen();
    let (started, is_started) = mpsc::channel();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(move || services())
                .workers(1)
                .listen(listener)
                .expect("a bound socket")
                .run();
            started.send(()).expect("the test waits");
            server.await.expect("the server runs");
        });
    });
    is_started.recv().expect("the server starts");
    address
}

/// One response, read to its end.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    /// In the order in which they came, names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    /// All values of a header, in order.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// The value of a header. Fails the test if the header comes twice.
    pub fn one(&self, name: &str) -> Option<&str> {
        let values = self.all(name);
        assert!(
            values.len() <= 1,
            "{name} comes {} times: {values:?}",
            values.len()
        );
        values.first().copied()
    }

    pub fn allow_origin(&self) -> Option<&str> {
        self.one("access-control-allow-origin")
    }

    /// The elements of a list-valued header, in lower case, from all its lines.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.all(name)
            .iter()
            .flat_map(|line| line.split(','))
            .map(|element| element.trim().to_ascii_lowercase())
            .filter(|element| !element.is_empty())
            .collect()
    }

    /// The names of all `access-control-*` headers.
    pub fn cors_headers(&self) -> Vec<&str> {
        self.headers
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| name.starts_with("access-control-"))
            .collect()
    }
}

/// Sends one request, its header lines as given, and reads the response to its end.
pub fn send(server: SocketAddr, method: &str, target: &str, headers: &[(&str, &str)]) -> Response {
    let lines: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let lines = lines.concat();
    let length = if matches!(method, "POST" | "PUT" | "PATCH") {
        "content-length: 0\r\n"
    } else {
        ""
    };
    send_raw(
        server,
        format!("{method} {target} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n{length}{lines}\r\n").as_bytes(),
    )
}

/// Sends a preflight. `origin` is a header.
pub fn preflight(server: SocketAddr, path: &str, origin: (&str, &str), method: &str) -> Response {
    let asked = ("access-control-request-method", method);
    send(server, "OPTIONS", path, &[origin, asked])
}

/// A connection to a server, with a time limit for reading.
pub fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).expect("the server listens");
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a timeout is no zero");
    stream
}

/// Sends bytes and reads the response to its end.
pub fn send_raw(server: SocketAddr, request: &[u8]) -> Response {
    let mut stream = connect(server);
    stream.write_all(request).expect("the server reads");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("the server answers");

    let mut lines = [httparse::EMPTY_HEADER; 64];
    let mut head = httparse::Response::new(&mut lines);
    let httparse::Status::Complete(length) = head.parse(&bytes).expect("the server speaks HTTP")
    else {
        panic!(
            "the response ends in its head: {:?}",
            String::from_utf8_lossy(&bytes)
        );
    };
    Response {
        status: head.code.expect("a complete head has a status"),
        headers: head
            .headers
            .iter()
            .map(|line| {
                (
                    line.name.to_ascii_lowercase(),
                    String::from_utf8_lossy(line.value).into_owned(),
                )
            })
            .collect(),
        body: String::from_utf8_lossy(&bytes[length..]).into_owned(),
    }
}

/// The dependency on actix-web of a [`user_crate`].
pub const ACTIX: &str =
    "actix-web = { version = \"4.18\", default-features = false, features = [\"macros\"] }\n";

/// Writes the crate of a user, `of-a-user`. `manifest` follows its `[package]`.
pub fn user_crate(manifest: &str, main: &str) -> TempDir {
    let folder = TempDir::with_prefix("cors-user-").expect("a temporary directory");
    let manifest =
        format!("[package]\nname = \"of-a-user\"\nedition = \"2024\"\n[workspace]\n{manifest}");
    fs::write(folder.path().join("Cargo.toml"), manifest).expect("a manifest");
    // The versions that are on the machine already.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    fs::copy(lock, folder.path().join("Cargo.lock")).expect("a lock file");
    fs::create_dir(folder.path().join("src")).expect("a folder");
    fs::write(folder.path().join("src/main.rs"), main).expect("a program");
    folder
}
