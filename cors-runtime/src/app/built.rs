//! Collects the parts of an app while it is built, since actix tells a middleware nothing of the app around it.

use std::cell::RefCell;
use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::rc::Rc;

use super::layer_declaration::LayerDeclaration;
use super::mount::AnnotatedApp;

thread_local! {
    /// The app that is being built, if a caller of `Built::watch` waits for it.
    static BUILT: RefCell<Option<Built>> = const { RefCell::new(None) };
}

/// The parts of one app.
#[derive(Default)]
pub(crate) struct Built {
    /// `None` where it has no annotated handler.
    pub(crate) app: Option<Rc<AnnotatedApp>>,
    pub(crate) layers: Vec<LayerDeclaration>,
}

impl Built {
    /// Notes the parts of the app that `build` builds. Other apps that the thread builds meanwhile are not noted.
    pub(crate) async fn watch<F: Future>(build: F) -> (F::Output, Self) {
        let mut build = pin!(build);
        let mut built = Self::default();
        let output = poll_fn(|context| {
            let watching = Watching(BUILT.replace(Some(mem::take(&mut built))));
            let polled = build.as_mut().poll(context);
            built = BUILT.take().unwrap_or_default();
            drop(watching);
            polled
        })
        .await;
        (output, built)
    }

    pub(crate) fn note_app(app: &Rc<AnnotatedApp>) {
        BUILT.with_borrow_mut(|built| {
            if let Some(built) = built {
                built.app = Some(Rc::clone(app));
            }
        });
    }

    pub(crate) fn note_layer(layer: LayerDeclaration) {
        BUILT.with_borrow_mut(|built| {
            if let Some(built) = built {
                built.layers.push(layer);
            }
        });
    }
}

/// Restores what an outer call was watching, also when the app's own code panics.
struct Watching(Option<Built>);

impl Drop for Watching {
    fn drop(&mut self) {
        BUILT.set(self.0.take());
    }
}
