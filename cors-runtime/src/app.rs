//! The annotated handlers of an app, and which of them a request is for.

mod built;
mod doubled;
mod layer_declaration;
mod listing;
mod mount;
mod pattern;
mod remark;
mod sample;
mod target;
mod witness;

pub(crate) use self::built::Built;
pub(crate) use self::doubled::{Doubled, doubled};
pub(crate) use self::layer_declaration::{LayerDeclaration, LayerPolicy};
pub use self::listing::{MountedLayer, MountedPolicies, MountedPolicy, PolicySummary};
pub(crate) use self::mount::{AnnotatedApp, Mount, PROBE_TARGET};
pub(crate) use self::pattern::Scope;
pub use self::remark::Remark;
pub(crate) use self::sample::target;
pub(crate) use self::target::{Targets, is_about_another};
pub(crate) use self::witness::Witness;
