//! Until all tests are one program.
mod faq;
mod migrations;
mod programs;
mod proxies;
#[path = "../support/mod.rs"]
mod support;
use programs::process;
