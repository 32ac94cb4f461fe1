//! A policy that a program reads when it starts.

mod check;
mod config;
mod mistake;
mod runtime;

pub use self::config::PolicyConfig;
pub use self::mistake::{PolicyConfigError, PolicyMistake};
pub use self::runtime::RuntimePolicy;
