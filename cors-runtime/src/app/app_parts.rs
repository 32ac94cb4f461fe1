//! Collects the parts of an app while it is being built, since actix tells a middleware nothing of the app around it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::rc::Rc;

use super::annotated_app::AnnotatedApp;
use super::layer_declaration::LayerDeclaration;

thread_local! {
    /// The layers of the app that is being built, if a caller of `AppParts::collect` waits for it.
    static LAYERS: RefCell<Option<Vec<LayerDeclaration>>> = const { RefCell::new(None) };
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
        let mut is_first_poll = true;
        let output = poll_fn(|context| {
            let last = AnnotatedApp::last_number();
            let watching = Watching(LAYERS.replace(Some(mem::take(&mut parts.layers))));
            let polled = build.as_mut().poll(context);
            parts.layers = LAYERS.take().unwrap_or_default();
            drop(watching);
            // actix registers the handlers first. After that, the app's own code may build other apps.
            if mem::take(&mut is_first_poll) {
                parts.app = AnnotatedApp::numbered(last + 1);
            }
            polled
        })
        .await;
        (output, parts)
    }

    pub(crate) fn note_layer(layer: LayerDeclaration) {
        LAYERS.with_borrow_mut(|layers| {
            if let Some(layers) = layers {
                layers.push(layer);
            }
        });
    }
}

/// Restores what an outer call was watching, also when the app's own code panics.
struct Watching(Option<Vec<LayerDeclaration>>);

impl Drop for Watching {
    fn drop(&mut self) {
        LAYERS.set(self.0.take());
    }
}
