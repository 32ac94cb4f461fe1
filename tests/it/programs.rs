//! Until all tests are one program.

pub mod apache;
pub mod nginx;
#[path = "../browser/process.rs"]
pub mod process;
