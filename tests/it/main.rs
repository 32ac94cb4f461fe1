//! The tests of the whole, one module a feature. `tests/log`, `tests/log_records.rs` and `tests/memory` stand apart: their
//! subscriber, their logger and their allocator are those of a whole process.
//!
//! A test that needs a browser, nginx, Apache or another library's server is skipped, with one line that says so, where there is
//! none; under `CORS_BROWSER=required`, `CORS_NGINX=required`, `CORS_APACHE=required` and `CORS_PEERS=required` that is a failure.

mod audit;
mod browser;
mod cors_tester;
mod engines;
mod faq;
mod generated;
mod in_front;
mod layers;
mod listing;
mod login;
mod migrations;
mod neighbours;
mod never;
mod page;
mod places;
mod policies;
mod profiles;
mod programs;
mod protocol;
mod proxies;
mod readme;
mod route_attribute;
mod routes;
mod rules;
mod run_time;
mod support;
mod ui;
mod who_answers;
mod whose;
