//! What the log says of a refusal, and what a client cannot make it say.

mod support;

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};

use actix_web::{App, Responder, get, put};
use cors_runtime::cors;
use support::{send, send_raw, serve};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

/// Keeps the events of the target `cors`, one line each.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("no test panics with it"))
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "cors"
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(format!("{} ", event.metadata().level()));
        event.record(&mut line);
        self.0.lock().expect("no test panics with it").push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[cors(origins = ["https://app.example.com"])]
#[get("/items/{id}")]
async fn read() -> impl Responder {
    "read"
}

#[cors(origins = ["https://app.example.com"], enforce)]
#[put("/items/{id}")]
async fn update() -> impl Responder {
    "update"
}

/// One test: the subscriber is the process's.
#[test]
fn a_refusal_is_one_event_that_a_client_cannot_forge() {
    let lines = Lines::default();
    tracing::subscriber::set_global_default(lines.clone()).expect("the first subscriber");
    let server = serve(|| App::new().service(read).service(update));
    let origin = ("origin", "https://app.example.com");

    // Line 16.
    let hostile = [
        ("https://evil.example", "https://evil.example"),
        ("null", "null"),
        ("evil\ttab", "evil\\ttab"),
        ("\u{1b}[31mred", "\\x1b[31mred"),
        ("é", "\\xc3\\xa9"),
    ];
    for (value, shown) in hostile {
        for (method, asks) in [("GET", None), ("PUT", None), ("OPTIONS", Some("GET"))] {
            let mut request = format!(
                "{method} /items/1%0aforged HTTP/1.1\r\nhost: x\r\nconnection: close\r\norigin: "
            );
            request.push_str(value);
            if let Some(asked) = asks {
                request.push_str("\r\naccess-control-request-method: ");
                request.push_str(asked);
            }
            if method == "PUT" {
                request.push_str("\r\ncontent-length: 0");
            }
            request.push_str("\r\n\r\n");
            let response = send_raw(server, request.as_bytes());
            let seen = lines.take();
            if response.status == 400 {
                assert_eq!(seen, Vec::<String>::new(), "the request never got here");
                continue;
            }
            let [line] = &seen[..] else {
                panic!("{method} {value:?}: {seen:?}")
            };
            assert!(line.starts_with("DEBUG "), "{line}");
            assert!(line.contains(&format!("origin={shown} ")), "{line}");
            assert!(
                line.contains(&format!("method={} ", asks.unwrap_or(method))),
                "{line}"
            );
            assert!(line.contains("path=/items/1%0aforged "), "{line}");
            let handler = if method == "PUT" {
                "handler=log::update ("
            } else {
                "handler=log::read ("
            };
            assert!(line.contains(handler), "{line}");
            assert!(line.contains("log.rs:"), "{line}");
            assert!(
                line.contains("reason=") && line.contains("remedy="),
                "{line}"
            );
            assert!(!line.contains(['\n', '\r', '\u{1b}', '\t']), "{line}");
        }
    }

    let long = format!("https://{}.example", "a".repeat(4000));
    send(server, "GET", "/items/1", &[("origin", &long)]);
    let seen = lines.take();
    assert!(seen.len() == 1 && seen[0].len() < 1500, "{seen:?}");

    send(server, "GET", "/items/1", &[origin]);
    send(server, "GET", "/items/1", &[]);
    send(
        server,
        "OPTIONS",
        "/items/1",
        &[origin, ("access-control-request-method", "GET")],
    );
    assert_eq!(
        lines.take(),
        Vec::<String>::new(),
        "what is allowed is no event"
    );
}
