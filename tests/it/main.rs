//! Until all tests are one program.
mod migrations;
mod programs;
mod proxies;
#[path = "../support/mod.rs"]
mod support;
