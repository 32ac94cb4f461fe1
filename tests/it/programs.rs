//! Programs that tests start and stop: the example, browsers, web servers, whatever cargo has built.

pub mod apache;
pub mod built;
pub mod chromium;
pub mod example;
pub mod firefox;
pub mod nginx;
pub mod process;
