//! One row of the table, and how an engine may differ from it.

use crate::programs::engine::Engine;

/// Script on a page sends requests; servers receive them; script learns something of the answers.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) id: &'static str,
    /// The origin of the page.
    pub(super) on: &'static str,
    /// What script does, in words for the documentation.
    pub(super) does: &'static str,
    /// The script itself: see `page.js`.
    pub(super) script: &'static str,
    /// The requests that arrive by the standard, each with the status of its answer.
    pub(super) asks: &'static [&'static str],
    /// What script learns by the standard.
    pub(super) reads: &'static str,
    /// Whether `Sec-Fetch-Site` is compared as well.
    pub(super) with_sites: bool,
    pub(super) differs: &'static [Difference],
}

/// A difference between engines and the standard.
#[derive(Clone, Copy)]
pub(super) struct Difference {
    pub(super) engines: &'static [Engine],
    pub(super) asks: Option<&'static [&'static str]>,
    pub(super) reads: Option<&'static str>,
    pub(super) why: &'static str,
}

pub(super) const fn on(
    page: &'static str,
    id: &'static str,
    does: &'static str,
    script: &'static str,
    asks: &'static [&'static str],
    reads: &'static str,
) -> Row {
    Row {
        id,
        on: page,
        does,
        script,
        asks,
        reads,
        with_sites: false,
        differs: &[],
    }
}

impl Row {
    pub(super) const fn with_sites(self) -> Self {
        Self {
            with_sites: true,
            ..self
        }
    }

    pub(super) const fn but(self, differs: &'static [Difference]) -> Self {
        Self { differs, ..self }
    }

    /// The requests that an engine sends, and what script learns.
    pub(super) fn expected(&self, engine: Engine) -> (&'static [&'static str], &'static str) {
        let mut differs = self.differs.iter();
        let differs = differs.find(|differs| differs.engines.contains(&engine));
        (
            differs
                .and_then(|differs| differs.asks)
                .unwrap_or(self.asks),
            differs
                .and_then(|differs| differs.reads)
                .unwrap_or(self.reads),
        )
    }
}

impl Difference {
    pub(super) const fn asks(
        engines: &'static [Engine],
        asks: &'static [&'static str],
        why: &'static str,
    ) -> Self {
        Self {
            engines,
            asks: Some(asks),
            reads: None,
            why,
        }
    }

    pub(super) const fn both(
        engines: &'static [Engine],
        asks: &'static [&'static str],
        reads: &'static str,
        why: &'static str,
    ) -> Self {
        Self {
            engines,
            asks: Some(asks),
            reads: Some(reads),
            why,
        }
    }
}
