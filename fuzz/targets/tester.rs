//! cors-tester against a server that sends any bytes: it ends, prints no control characters, and calls a response readable only if the
//! response names the page.
//!
//! An input has the server's answers, one for each connection, with a line `%%` between them.

#![cfg_attr(fuzzing, no_main)]
#![allow(dead_code, reason = "the program alone uses some of it")]

#[path = "../../cors-tester/src/arguments.rs"]
mod arguments;
#[path = "../../cors-tester/src/connection.rs"]
mod connection;
#[path = "../../cors-tester/src/json.rs"]
mod json;
#[path = "../../cors-tester/src/play.rs"]
mod play;
#[path = "../../cors-tester/src/redirect.rs"]
mod redirect;
#[path = "../../cors-tester/src/report.rs"]
mod report;
#[path = "../../cors-tester/src/style.rs"]
mod style;
#[path = "../../cors-tester/src/text.rs"]
mod text;
#[path = "../../cors-tester/src/tls.rs"]
mod tls;

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use actix_web::rt::{self, SystemRunner};
use futures_util::future::poll_fn;

use crate::arguments::{Arguments, Question, Task};
use crate::connection::Client;
use crate::report::Verdict;
use crate::style::Style;
use crate::tls::Trust;

cors_fuzz::target!(any_server);

const PAGE: &str = "https://page.example";
const BETWEEN: &[u8] = b"\n%%\n";
const LONGEST: usize = 8192;

struct Server {
    system: SystemRunner,
    address: SocketAddr,
    /// The answers that are still to be sent, the last one first.
    answers: Rc<RefCell<Vec<Vec<u8>>>>,
}

thread_local! {
    /// Leaked, because a runtime must not be dropped at the end of a thread.
    static SERVER: &'static Server = Box::leak(Box::new(Server::start()));
}

impl Server {
    fn start() -> Self {
        let system = rt::System::new();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("it is bound");
        let answers = Rc::new(RefCell::new(Vec::<Vec<u8>>::new()));
        let sent = Rc::clone(&answers);
        system.block_on(async {
            rt::spawn(async move {
                let listener = listener_of(listener);
                loop {
                    let (stream, _) = poll_fn(|context| listener.poll_accept(context))
                        .await
                        .expect("a connection");
                    let answer = sent.borrow_mut().pop().unwrap_or_default();
                    answer_with(stream, &answer).await;
                }
            });
        });
        Self {
            system,
            address,
            answers,
        }
    }
}

fn any_server(input: &[u8]) {
    if input.len() > LONGEST || !stays_here(input) {
        return;
    }
    SERVER.with(|server| {
        for (method, credentials) in [("GET", false), ("PUT", true)] {
            let mut answers: Vec<_> = split(input);
            answers.reverse();
            server.answers.replace(answers);
            ask(server, input, method, credentials);
        }
    });
}

fn ask(server: &Server, input: &[u8], method: &str, credentials: bool) {
    let url = format!("http://{}/items/1", server.address);
    let mut words = vec!["cors-tester", &url, "--origin", PAGE, "--method", method];
    if credentials {
        words.push("--credentials");
    }
    let arguments = Arguments::parse(lexopt::Parser::from_iter(words))
        .ok()
        .flatten();
    let Some(Task::Ask(question)) = arguments.map(|arguments| arguments.task) else {
        panic!("the arguments are right");
    };
    let report = server.system.block_on(async {
        let client = Client::new(
            Trust::new(None).expect("no file is read"),
            Duration::from_secs(3),
        );
        play::play(&question, &client).await
    });
    assert_is_printable(&question, &report);
    if let Verdict::Readable { .. } = report.verdict {
        let says = |text: &str| {
            let text = text.as_bytes();
            input
                .windows(text.len())
                .any(|part| part.eq_ignore_ascii_case(text))
        };
        assert!(
            says("access-control-allow-origin"),
            "the answer allows no page"
        );
        assert!(
            says(PAGE) || (says("*") && !credentials),
            "another page is allowed"
        );
        assert!(
            !credentials || says("access-control-allow-credentials"),
            "credentials are not allowed"
        );
    }
    if let Verdict::Failed(error) = &report.verdict {
        assert!(!error.contains("has no host"), "{error}");
    }
}

/// Both reports are plain text, and the document is JSON.
fn assert_is_printable(question: &Question, report: &report::Report) {
    let steps = text::steps(question, report, Style::of_stdout());
    let document = json::document(question, report);
    for words in [&steps, &document] {
        let acts = |character: char| character != '\n' && !(' '..='~').contains(&character);
        assert!(!words.contains(acts), "{words}");
    }
    let document: serde_json::Value = serde_json::from_str(&document).expect("a document");
    assert!(document["verdict"]["is"].is_string(), "{document}");
}

fn split(input: &[u8]) -> Vec<Vec<u8>> {
    let mut answers = vec![Vec::new()];
    let mut rest = input;
    while let Some((byte, tail)) = rest.split_first() {
        if let Some(tail) = rest.strip_prefix(BETWEEN) {
            answers.push(Vec::new());
            rest = tail;
        } else {
            answers.last_mut().expect("there is one").push(*byte);
            rest = tail;
        }
    }
    answers
}

/// Whether each redirect leads to a path of this server, so that the target sends nothing elsewhere.
fn stays_here(input: &[u8]) -> bool {
    const NAME: &[u8] = b"location";
    let places = input.windows(NAME.len()).enumerate();
    let mut found = places.filter(|(_, part)| part.eq_ignore_ascii_case(NAME));
    found.all(|(place, _)| {
        let Some(path) = input[place + NAME.len()..].strip_prefix(b": /") else {
            return false;
        };
        let end = path.iter().position(|byte| !byte.is_ascii_alphanumeric());
        end.is_some_and(|end| matches!(path[end], b'\r' | b'\n'))
    })
}

fn listener_of(listener: std::net::TcpListener) -> rt::net::TcpListener {
    rt::net::TcpListener::from_std(listener).expect("a socket")
}

/// Reads the head of a request, sends the bytes, and closes the connection.
async fn answer_with(stream: TcpStream, answer: &[u8]) {
    let mut read = Vec::new();
    while !read.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0; 2048];
        if stream.readable().await.is_err() {
            return;
        }
        match stream.try_read(&mut part) {
            Ok(0) => return,
            Ok(length) => read.extend_from_slice(&part[..length]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
    let mut rest = answer;
    while !rest.is_empty() {
        if stream.writable().await.is_err() {
            return;
        }
        match stream.try_write(rest) {
            Ok(length) => rest = &rest[length..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}
