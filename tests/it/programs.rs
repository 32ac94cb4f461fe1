//! Programs that tests start and stop: the example, a browser, whatever cargo has built.

pub mod built;
pub mod chromium;
pub mod example;
pub mod process;
