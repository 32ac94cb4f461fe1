//! The audit of servers that use other CORS libraries: tower-http, and, where they are installed, the `cors` of Express and
//! Flask-CORS. `tests/it/cors_tester/peers/install` installs them. If one is missing, its test says so in one line and passes,
//! or fails under `CORS_PEERS=required`.

use std::{
    convert::Infallible,
    env,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use actix_web::rt;
use http::{HeaderValue, Request, Response};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tempfile::TempDir;
use tower::{ServiceBuilder, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::audit::{Holes, TRUSTED, assert_none, mistakes};
use crate::programs::process::{Running, find, skip};
use crate::support::listen;

fn trusted() -> HeaderValue {
    HeaderValue::from_static(TRUSTED)
}

/// Serves one answer behind the layer, until the test's process ends.
fn serve(layer: fn() -> CorsLayer) -> SocketAddr {
    let (listener, address) = listen();
    listener.set_nonblocking(true).expect("a socket");
    let (started, is_started) = mpsc::channel();
    thread::spawn(move || {
        rt::System::new().block_on(async move {
            let listener = rt::net::TcpListener::from_std(listener).expect("a runtime");
            started.send(()).expect("the test waits");
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let answer = service_fn(async |_: Request<Incoming>| {
                    Ok::<_, Infallible>(Response::new("here\n".to_owned()))
                });
                let service = ServiceBuilder::new().layer(layer()).service(answer);
                let service = TowerToHyperService::new(service);
                rt::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
    });
    is_started.recv().expect("the server starts");
    address
}

type Layer = fn() -> CorsLayer;

#[test]
fn each_hole_of_a_tower_http_policy_is_found_and_a_sound_policy_has_none() {
    const CASES: &[(Layer, Holes)] = &[
        (
            || {
                CorsLayer::new()
                    .allow_origin(trusted())
                    .allow_credentials(true)
            },
            &[],
        ),
        (
            || {
                CorsLayer::new()
                    .allow_origin([trusted()])
                    .allow_credentials(true)
            },
            &[],
        ),
        (CorsLayer::permissive, &[]),
        (CorsLayer::very_permissive, &[("any_origin", "high")]),
        (
            || {
                let ends =
                    |origin: &HeaderValue, _: &_| origin.as_bytes().ends_with(b"example.com");
                CorsLayer::new()
                    .allow_origin(AllowOrigin::predicate(ends))
                    .allow_credentials(true)
            },
            &[
                ("name_before", "high"),
                ("http_for_https", "medium"),
                ("any_subdomain", "low"),
            ],
        ),
        (
            || {
                CorsLayer::new()
                    .allow_origin([trusted(), HeaderValue::from_static("null")])
                    .allow_credentials(true)
            },
            &[("null_origin", "high")],
        ),
        (
            || CorsLayer::new().allow_origin([trusted()]).vary([]),
            &[("missing_vary", "low")],
        ),
    ];
    let mut all = Vec::new();
    for (layer, holes) in CASES {
        let url = format!("http://{}/", serve(*layer));
        all.extend(mistakes(&url, &format!("--origin {TRUSTED}"), holes));
    }
    assert_none(&all);
}

#[test]
fn each_hole_of_an_express_policy_is_found_and_a_sound_policy_has_none() {
    const SERVER: &str = r"
        const express = require('express'), cors = require('cors'), app = express();
        const trusted = 'https://app.example.com';
        const cases = {
            sound: { origin: [trusted], credentials: true },
            fixed: { origin: trusted, credentials: true },
            usual: {},
            reflected: { origin: true, credentials: true },
            ends: { origin: /example\.com$/, credentials: true },
            'starts-with-a-dot': { origin: /^https:\/\/app.example\.com$/, credentials: true },
            starts: { origin: (origin, done) => done(null, origin && origin.startsWith(trusted)), credentials: true },
            null: { origin: [trusted, 'null'], credentials: true },
            wildcard: { credentials: true },
        };
        for (const [name, options] of Object.entries(cases)) {
            app.use('/' + name, cors(options));
            app.get('/' + name, (_, response) => response.send('here\n'));
        }
        const server = app.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port));
    ";
    const CASES: &[(&str, Holes)] = &[
        ("sound", &[]),
        ("fixed", &[]),
        ("usual", &[]),
        ("reflected", &[("any_origin", "high")]),
        (
            "ends",
            &[
                ("name_before", "high"),
                ("http_for_https", "medium"),
                ("any_subdomain", "low"),
            ],
        ),
        ("starts-with-a-dot", &[("any_character_for_a_dot", "high")]),
        // Where the function refuses, the middleware sets no header, not even `Vary`.
        (
            "starts",
            &[
                ("name_behind", "high"),
                ("any_port", "low"),
                ("missing_vary", "low"),
            ],
        ),
        ("null", &[("null_origin", "high")]),
        ("wildcard", &[("wildcard_with_credentials", "low")]),
    ];
    let folder = installed().join("node/node_modules");
    let modules = format!("NODE_PATH={}", folder.display());
    audit_program("node", "-e", SERVER, &folder.join("cors"), &modules, CASES);
}

#[test]
fn each_hole_of_a_flask_cors_policy_is_found() {
    const SERVER: &str = r#"
import logging
from flask import Flask
from flask_cors import CORS
from werkzeug.serving import make_server
trusted = "https://app.example.com"
app = Flask(__name__)
cases = {
    "listed": {"origins": [trusted, "https://www.example.com"], "supports_credentials": True, "always_send": True},
    "fixed": {"origins": trusted, "supports_credentials": True},
    "usual": {},
    "reflected": {"supports_credentials": True},
    "pattern": {"origins": r"https://app\.example\.com", "supports_credentials": True},
    "ends": {"origins": r"https://.*example\.com$", "supports_credentials": True},
    "null": {"origins": [trusted, "null"], "supports_credentials": True},
}
for name in cases:
    app.add_url_rule("/" + name, name, lambda: "here\n")
CORS(app, resources={"/" + name: options for name, options in cases.items()})
logging.getLogger("werkzeug").disabled = True
server = make_server("127.0.0.1", 0, app, threaded=True)
print("port", server.server_port, flush=True)
server.serve_forever()
"#;
    // None is sound: refused requests and requests without an `Origin` get no `Vary`.
    const CASES: &[(&str, Holes)] = &[
        ("listed", &[("missing_vary", "low")]),
        ("fixed", &[("missing_vary", "low")]),
        ("usual", &[("missing_vary", "low")]),
        (
            "reflected",
            &[("any_origin", "high"), ("missing_vary", "low")],
        ),
        (
            "pattern",
            &[
                ("name_behind", "high"),
                ("any_port", "low"),
                ("missing_vary", "low"),
            ],
        ),
        (
            "ends",
            &[
                ("name_before", "high"),
                ("any_subdomain", "low"),
                ("missing_vary", "low"),
            ],
        ),
        ("null", &[("null_origin", "high"), ("missing_vary", "low")]),
    ];
    let folder = installed().join("python");
    let modules = format!("PYTHONPATH={}", folder.display());
    audit_program(
        "python3",
        "-c",
        SERVER,
        &folder.join("flask_cors"),
        &modules,
        CASES,
    );
}

/// Runs a server that prints `port` and its number, and audits its paths. `needed` is the folder of the library that it uses.
fn audit_program(
    program: &str,
    option: &str,
    server: &str,
    needed: &Path,
    modules: &str,
    cases: &[(&str, Holes)],
) {
    let found = find(&[program]).filter(|_| needed.exists());
    let Some(program) = found else {
        let missing = format!(
            "there is no {program} on PATH or no {}: run tests/it/cors_tester/peers/install",
            needed.display()
        );
        skip("CORS_PEERS", &missing);
        return;
    };
    let home = TempDir::with_prefix("cors-peer-").expect("a temporary directory");
    let program = program.to_str().expect("a path that is text");
    let arguments = [modules, program, option, server];
    let server = Running::start(Path::new("env"), &arguments, home.path());
    let port: u16 = server.says(|line| line.strip_prefix("port ")?.trim().parse().ok());
    let mut all = Vec::new();
    for (path, holes) in cases {
        let url = format!("http://127.0.0.1:{port}/{path}");
        all.extend(mistakes(&url, &format!("--origin {TRUSTED}"), holes));
    }
    assert_none(&all);
}

/// The folder where `peers/install` installs the libraries: in cargo's target folder.
fn installed() -> PathBuf {
    let test = env::current_exe().expect("the test is a file");
    let target = test.ancestors().nth(3).expect("target/debug/deps/test");
    target.join("peers")
}
