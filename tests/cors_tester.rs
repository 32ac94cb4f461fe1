//! `cors-tester`, run as users run it: its program, against servers on this machine.
//!
//! The rows about nginx are skipped, with one line that says so, where there is none; under `CORS_NGINX=required` that is a
//! failure. So it is with Chromium and `CORS_BROWSER`.

#[path = "cors_tester/audit.rs"]
mod audit;
#[path = "browser/built.rs"]
mod built;
#[allow(dead_code, reason = "these tests use a part of it")]
#[path = "browser/chromium.rs"]
mod chromium;
#[path = "cors_tester/documentation.rs"]
mod documentation;
#[path = "browser/example.rs"]
mod example;
#[path = "cors_tester/hostile.rs"]
mod hostile;
#[path = "cors_tester/nginx.rs"]
mod nginx;
#[path = "cors_tester/peers.rs"]
mod peers;
#[path = "browser/process.rs"]
mod process;
#[path = "cors_tester/run.rs"]
mod run;
#[path = "cors_tester/servers.rs"]
mod servers;
mod support;
#[path = "cors_tester/terminal.rs"]
mod terminal;
#[path = "cors_tester/tls.rs"]
mod tls;
