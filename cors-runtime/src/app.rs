//! The annotated handlers of an app, and which of them a request is for.

mod annotated_app;
mod app_parts;
mod audit_trace;
mod index;
mod layer_declaration;
mod listing;
mod mount;
mod pattern;
mod remark;
mod sample;
mod unreachable;

pub(crate) use self::annotated_app::{AnnotatedApp, is_about_another};
pub(crate) use self::app_parts::AppParts;
pub(crate) use self::audit_trace::AuditTrace;
pub(crate) use self::index::{HandlerIndex, Target};
pub(crate) use self::layer_declaration::{LayerDeclaration, LayerPolicy};
pub use self::listing::{MountedLayer, MountedPolicies, MountedPolicy, PolicySummary};
pub(crate) use self::mount::{Mount, PROBE_URL_PATH};
pub(crate) use self::pattern::Scope;
pub use self::remark::Remark;
pub(crate) use self::sample::encoded_path;
pub(crate) use self::unreachable::{UnreachableHandler, unreachable_handlers};
