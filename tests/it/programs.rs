//! Programs that tests start and stop: the example, a browser of each engine, web servers, whatever cargo has built.

pub mod apache;
pub mod built;
pub mod chromium;
pub mod engine;
pub mod example;
mod marionette;
pub mod nginx;
pub mod process;
