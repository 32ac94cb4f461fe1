//! The annotated handlers of an app, and which of them a request is for.

mod listing;
mod mount;
mod pattern;
mod target;

pub use self::listing::{MountedPolicies, MountedPolicy};
pub(crate) use self::mount::{App, Mount};
pub(crate) use self::pattern::Scope;
pub(crate) use self::target::{Targets, is_about_another};
