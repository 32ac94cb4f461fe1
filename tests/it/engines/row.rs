//! One row of the table.

use crate::programs::engine::Engine;

/// What script does on a page, what the servers receive, and what script learns from it.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) id: &'static str,
    /// The origin of the page.
    pub(super) on: &'static str,
    /// In words.
    pub(super) does: &'static str,
    /// The same for the page: see `page.js`.
    pub(super) script: &'static str,
    /// By the standard, each with its status.
    pub(super) asks: &'static [&'static str],
    /// By the standard.
    pub(super) reads: &'static str,
    /// Whether `Sec-Fetch-Site` is compared as well.
    pub(super) with_sites: bool,
    pub(super) differs: &'static [Difference],
}

/// What engines do that is not what the standard says.
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

    /// What an engine does: which requests it sends, and what script reads.
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
