//! A `Cors` around an app, a scope or a resource, as a listing shows it.

use std::fmt;
use std::panic::Location;

use crate::annotation::Annotation;

/// The policy of a layer, and where the program makes the layer.
#[derive(Clone, Copy)]
pub(crate) struct LayerItem {
    pub(crate) policy: Option<&'static Annotation>,
    pub(crate) place: &'static Location<'static>,
}

impl fmt::Display for LayerItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, line) = (self.place.file(), self.place.line());
        match self.policy {
            None => write!(f, "Cors::annotated() ({file}:{line})"),
            Some(policy) => write!(f, "Cors with {} ({file}:{line})", policy.item().name),
        }
    }
}
