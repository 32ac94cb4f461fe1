//! `cors-tester`, run as users run it: its program, against servers on this machine.
//!
//! The rows about nginx are skipped, with one line that says so, where there is none; under `CORS_NGINX=required` that is a
//! failure. So it is with Chromium and `CORS_BROWSER`.

mod audit;
mod documentation;
mod hostile;
mod nginx;
mod peers;
mod run;
mod servers;
mod terminal;
mod tls;
