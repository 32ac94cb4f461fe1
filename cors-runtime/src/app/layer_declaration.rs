//! A `Cors` around an app, a scope or a resource, as a listing shows it.

use std::fmt;
use std::panic::Location;

use crate::annotation::Annotation;
use crate::respond::PolicyRef;
use crate::settings::RuntimePolicy;

/// The policy of a layer.
#[derive(Clone)]
pub(crate) enum LayerPolicy {
    Named(&'static Annotation),
    /// It may be replaced while the app serves.
    Runtime(RuntimePolicy),
}

impl LayerPolicy {
    /// The policy as it is now. A request keeps the one that it began with.
    pub(crate) fn current(&self) -> PolicyRef {
        match self {
            Self::Named(annotation) => PolicyRef::Static(annotation.compiled()),
            Self::Runtime(policy) => policy.current(),
        }
    }
}

/// The policy of a layer, and where the program makes the layer.
#[derive(Clone)]
pub(crate) struct LayerDeclaration {
    pub(crate) policy: Option<LayerPolicy>,
    pub(crate) location: &'static Location<'static>,
}

impl fmt::Display for LayerDeclaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, line) = (self.location.file(), self.location.line());
        match &self.policy {
            None => write!(f, "Cors::annotated() ({file}:{line})"),
            Some(policy) => write!(
                f,
                "Cors with {} ({file}:{line})",
                policy.current().declaration().name
            ),
        }
    }
}
