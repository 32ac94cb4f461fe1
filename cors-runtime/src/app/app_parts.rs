//! Collects the parts of an app while it is being built, since actix tells a middleware nothing of the app around it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::rc::Rc;

use super::layer_declaration::LayerDeclaration;
use super::mount::AnnotatedApp;

thread_local! {
    /// The app that is being built, if a caller of `AppParts::collect` waits for it.
    static PARTS: RefCell<Option<AppParts>> = const { RefCell::new(None) };
}

/// The parts of one app.
#[derive(Default)]
pub(crate) struct AppParts {
    /// `None` where it has no annotated handler.
    pub(crate) app: Option<Rc<AnnotatedApp>>,
    pub(crate) layers: Vec<LayerDeclaration>,
}

impl AppParts {
    /// Notes the parts of the app that `build` builds. Other apps that the thread builds meanwhile are not noted.
    pub(crate) async fn collect<F: Future>(build: F) -> (F::Output, Self) {
        let mut build = pin!(build);
        let mut parts = Self::default();
        let output = poll_fn(|context| {
            let watching = Watching(PARTS.replace(Some(mem::take(&mut parts))));
            let polled = build.as_mut().poll(context);
            parts = PARTS.take().unwrap_or_default();
            drop(watching);
            polled
        })
        .await;
        (output, parts)
    }

    pub(crate) fn note_app(app: &Rc<AnnotatedApp>) {
        PARTS.with_borrow_mut(|parts| {
            if let Some(parts) = parts {
                parts.app = Some(Rc::clone(app));
            }
        });
    }

    pub(crate) fn note_layer(layer: LayerDeclaration) {
        PARTS.with_borrow_mut(|parts| {
            if let Some(parts) = parts {
                parts.layers.push(layer);
            }
        });
    }
}

/// Restores what an outer call was watching, also when the app's own code panics.
struct Watching(Option<AppParts>);

impl Drop for Watching {
    fn drop(&mut self) {
        PARTS.set(self.0.take());
    }
}
