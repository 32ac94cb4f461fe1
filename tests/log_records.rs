//! A logger of the `log` crate, such as `env_logger`, gets the events as records.

#[allow(dead_code, reason = "this test uses a part of it")]
#[path = "it/support.rs"]
mod support;

use std::sync::Mutex;

use actix_web::{App, Responder, get};
use cors_runtime::cors;
use log::{Level, LevelFilter, Log, Metadata, Record};
use support::{send, serve};

static RECORDS: Mutex<Vec<(Level, String)>> = Mutex::new(Vec::new());

struct Records;

impl Log for Records {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "cors"
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let mut records = RECORDS.lock().expect("no test panics with it");
            records.push((record.level(), record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

#[cors(origins = ["https://app.example.com"])]
#[get("/read")]
async fn read() -> impl Responder {
    "read"
}

/// The only test here, because the whole process has one logger.
#[test]
fn a_refusal_is_one_record_at_debug() {
    log::set_logger(&Records).expect("the first logger");
    let server = serve(|| App::new().service(read));
    let ask = |level| {
        log::set_max_level(level);
        send(
            server,
            "GET",
            "/read",
            &[("origin", "https://evil.example")],
        );
        std::mem::take(&mut *RECORDS.lock().expect("no test panics with it"))
    };
    assert_eq!(ask(LevelFilter::Info), []);
    let records = ask(LevelFilter::Debug);
    let [(Level::Debug, text)] = &records[..] else {
        panic!("{records:?}");
    };
    for word in [
        "refused",
        "origin=https://evil.example",
        "method=GET",
        "path=/read",
        "handler=log_records::read (tests/log_records.rs:",
        "naming it in `origins`",
    ] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
}
