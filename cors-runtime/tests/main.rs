//! The tests of parts of the runtime, in one program. Those of an app are in `tests/it` of the workspace.

mod answers;
mod origin_set;
mod page;
mod policy_config;
