//! Until all tests are one program.

pub mod apache;
#[path = "../browser/chromium.rs"]
pub mod chromium;
pub mod firefox;
pub mod nginx;
#[path = "../browser/process.rs"]
pub mod process;
