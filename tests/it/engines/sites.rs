//! The servers behind the origins of the table, and the requests that arrived there.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Condvar, LazyLock, Mutex, mpsc};
use std::time::Duration;
use std::{io, thread};

use actix_web::dev::{Service as _, ServiceRequest};
use actix_web::http::{Method, header};
use actix_web::{App, HttpServer};

use super::api;
use crate::programs::process::skip;

/// The longest time that a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(20);

/// The same servers for all engines, because the origins in `api::APPS` are the same in the whole process.
pub(super) static SITES: LazyLock<Sites> = LazyLock::new(Sites::start);

pub(super) struct Sites {
    /// An origin, and its name in the table.
    names: Vec<(String, &'static str)>,
    pub(super) proxy: SocketAddr,
    /// Whether `[::1]` is served as well.
    pub(super) has_six: bool,
    journal: Mutex<Vec<Arrival>>,
    has_grown: Condvar,
}

/// A request that has been answered.
struct Arrival {
    row: String,
    text: String,
    site: Option<String>,
}

impl Arrival {
    fn text(&self, with_site: bool) -> String {
        match &self.site {
            Some(site) if with_site => self.text.replacen(" →", &format!(", {site} →"), 1),
            _ => self.text.clone(),
        }
    }
}

impl Sites {
    fn start() -> Self {
        let (api, six) = listen();
        let (other, _) = listen();
        let (pages, pages_six) = listen();
        let (second, _) = listen();
        let [api_port, other_port, port, second_port] =
            [&api, &other, &pages, &second].map(|listener| local(listener).port());
        let has_six = six.is_some() && pages_six.is_some();
        let names = [
            (format!("http://127.0.0.1:{port}"), "app"),
            (format!("http://127.0.0.1:{second_port}"), "second"),
            (format!("http://localhost:{port}"), "stranger"),
            (format!("http://shop.localhost:{port}"), "tenant"),
            (format!("http://a.shop.localhost:{port}"), "deep"),
            (format!("http://[::1]:{port}"), "six"),
            (format!("http://127.0.0.1:{api_port}"), "api"),
            (format!("http://127.0.0.1:{other_port}"), "other"),
            ("http://app.test".to_owned(), "app.test"),
            ("http://stranger.test".to_owned(), "stranger.test"),
            ("http://api.test".to_owned(), "api.test"),
        ];
        let apps = api::APPS.replace([&names[0].0, &names[1].0]);
        apps.expect("two origins");
        let proxy = proxy_to(local(&api));
        let listeners = [
            Some(api),
            Some(other),
            Some(pages),
            Some(second),
            six,
            pages_six,
        ];
        serve(listeners.into_iter().flatten().collect());
        Self {
            names: names.to_vec(),
            proxy,
            has_six,
            journal: Mutex::default(),
            has_grown: Condvar::new(),
        }
    }

    pub(super) fn origin(&self, name: &str) -> &str {
        let found = self.names.iter().find(|(_, of)| *of == name);
        found.map_or_else(
            || panic!("no origin is called {name}"),
            |(origin, _)| origin,
        )
    }

    /// The origins by their names, for script.
    pub(super) fn names(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.names.iter().map(|(origin, name)| (*name, &**origin))
    }

    fn name(&self, origin: &str) -> String {
        let found = self.names.iter().find(|(of, _)| of == origin);
        found.map_or(origin, |(_, name)| name).to_owned()
    }

    /// The requests that arrived for a row, in order. Waits until there are as many as expected, or until `PATIENCE` is over.
    pub(super) fn arrived(&self, row: &str, expected: usize, with_sites: bool) -> Vec<String> {
        let of_row = |journal: &[Arrival]| -> Vec<String> {
            let of_row = journal.iter().filter(|arrival| arrival.row == row);
            of_row.map(|arrival| arrival.text(with_sites)).collect()
        };
        let journal = self.journal.lock().expect("no handler panics");
        let waited = self
            .has_grown
            .wait_timeout_while(journal, PATIENCE, |journal| {
                of_row(journal).len() < expected
            });
        of_row(&waited.expect("no handler panics").0)
    }

    /// A request as the table writes it, without the status of its answer.
    fn request(&self, request: &ServiceRequest) -> String {
        let header = |name| {
            let value = request.headers().get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let host = header(header::HOST).unwrap_or_default();
        let host = match &*self.name(&format!("http://{host}")) {
            "api" | "api.test" => String::new(),
            host => format!("{host}:"),
        };
        let mut text = format!("{} {host}{}", request.method(), request.path());
        if let Some(origin) = header(header::ORIGIN) {
            let _ = write!(text, ", Origin {}", self.name(&origin));
        }
        if request.method() == Method::OPTIONS {
            let asks = [
                header(header::ACCESS_CONTROL_REQUEST_METHOD),
                header(header::ACCESS_CONTROL_REQUEST_HEADERS),
            ];
            let asks: Vec<_> = asks.into_iter().flatten().collect();
            let _ = write!(text, ", asks {}", asks.join(" "));
        }
        for (name, is_shown) in [
            (header::AUTHORIZATION, true),
            (header::RANGE, true),
            (header::COOKIE, false),
            (header::IF_NONE_MATCH, false),
        ] {
            if let Some(value) = header(name.clone()) {
                let value = if is_shown { &value } else { "" };
                text += format!(", {name} {value}").trim_end();
            }
        }
        text
    }
}

fn local(listener: &TcpListener) -> SocketAddr {
    listener
        .local_addr()
        .expect("a bound socket has an address")
}

/// A free port of `127.0.0.1` and, if the machine has IPv6, the same port of `[::1]`.
fn listen() -> (TcpListener, Option<TcpListener>) {
    let six = TcpListener::bind("[::1]:0");
    if let Err(error) = six {
        skip("CORS_BROWSER", &format!("for rows of [::1], {error}"));
        return (TcpListener::bind("127.0.0.1:0").expect("a free port"), None);
    }
    loop {
        let four = TcpListener::bind("127.0.0.1:0").expect("a free port");
        match TcpListener::bind(("::1", local(&four).port())) {
            Ok(six) => return (four, Some(six)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            Err(error) => panic!("[::1]: {error}"),
        }
    }
}

/// Serves the app on all listeners, until the test's process ends.
fn serve(listeners: Vec<TcpListener>) {
    let (started, is_started) = mpsc::channel();
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app = || {
                App::new()
                    .configure(api::configure)
                    .wrap_fn(|request, service| {
                        let site = request.headers().get("sec-fetch-site");
                        let site =
                            site.map(|site| String::from_utf8_lossy(site.as_bytes()).into_owned());
                        let row = request.query_string().rsplit_once("row=");
                        let row = row.map(|(_, row)| row.to_owned());
                        let noted = row.map(|row| (row, SITES.request(&request), site));
                        let response = service.call(request);
                        async move {
                            let response = response.await;
                            if let Some((row, text, site)) = noted {
                                let status = match &response {
                                    Ok(response) => response.status(),
                                    Err(error) => error.as_response_error().status_code(),
                                };
                                let text = format!("{text} → {}", status.as_u16());
                                let arrival = Arrival { row, text, site };
                                SITES.journal.lock().expect("nobody panics").push(arrival);
                                SITES.has_grown.notify_all();
                            }
                            response
                        }
                    })
            };
            let mut server = HttpServer::new(app).workers(1);
            for listener in listeners {
                server = server.listen(listener).expect("a bound socket");
            }
            let server = server.run();
            started.send(()).expect("the test waits");
            server.await.expect("the server runs");
        });
    });
    is_started.recv().expect("the server starts");
}

/// A proxy that sends requests for every host with port 80 to `server`, so that the browsers see `http` origins that are not loopback.
fn proxy_to(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = local(&listener);
    thread::spawn(move || {
        for client in listener.incoming() {
            thread::spawn(move || client.and_then(|client| pass(client, server)));
        }
    });
    address
}

fn pass(mut client: TcpStream, server: SocketAddr) -> io::Result<()> {
    let mut from_client = BufReader::new(client.try_clone()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if from_client.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line == "\r\n" {
            break;
        }
        lines.push(line);
    }
    let mut to_server = TcpStream::connect(server)?;
    if let Some(target) = lines[0].strip_prefix("CONNECT ") {
        // A tunnel for a web socket. Browsers try https as well, which nothing serves here.
        if !target.contains(":80 ") {
            return client.write_all(b"HTTP/1.1 502 No\r\ncontent-length: 0\r\n\r\n");
        }
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    } else {
        // A connection carries one request, so that there is one head to rewrite; a web socket keeps its connection.
        let is_connection = |line: &String| line.to_ascii_lowercase().starts_with("connection:");
        let is_upgrade = |line: &String| line.to_ascii_lowercase().starts_with("upgrade:");
        if !lines.iter().any(is_upgrade) {
            lines.retain(|line| !is_connection(line));
            lines.push("Connection: close\r\n".to_owned());
        }
        // A proxy gets the whole URL, a server the path alone.
        let (method, target) = lines[0].split_once(' ').unwrap_or_default();
        let path = target.splitn(4, '/').nth(3).unwrap_or_default();
        lines[0] = format!("{method} /{path}");
        write!(to_server, "{}\r\n", lines.concat())?;
    }
    let mut from_server = to_server.try_clone()?;
    let back = thread::spawn(move || {
        let _ = io::copy(&mut from_server, &mut client);
        client.shutdown(Shutdown::Both)
    });
    let copied = io::copy(&mut from_client, &mut to_server);
    let _ = to_server.shutdown(Shutdown::Write);
    let _ = back.join();
    copied.map(drop)
}
