//! The tests of the whole library, one module for each feature. `tests/log`, `tests/log_records.rs` and `tests/memory` are
//! programs of their own, because their subscriber, logger and allocator apply to the whole process.
//!
//! A test that needs a browser, nginx, Apache or another library's server prints one line and is skipped if the program is
//! missing. Under `CORS_BROWSER=required`, `CORS_NGINX=required`, `CORS_APACHE=required` and `CORS_PEERS=required` it fails.

mod audit;
mod authentication;
mod browser;
mod cors_tester;
mod engines;
mod faq;
mod forms;
mod generated;
mod in_front;
mod layers;
mod listing;
mod login;
mod migrations;
mod never;
mod other_crates;
mod page;
mod policies;
mod programs;
mod protocol;
mod proxies;
mod readme;
mod route_attribute;
mod routes;
mod rules;
mod run_time;
mod support;
mod target;
