//! Programs that tests start and stop: the example, a browser of each engine, web servers, programs of this workspace.

pub mod apache;
pub mod built;
pub mod chromium;
pub mod engine;
pub mod example;
mod marionette;
pub mod nginx;
pub mod process;
