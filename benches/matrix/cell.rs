//! The cells of the matrix: a row is a request to an app, a column is a way to have CORS.

use crate::request::Ask;
use crate::{actix, tower};

/// Serves a number of requests, one after the other.
pub type Run = Box<dyn FnMut(u32)>;

/// The service that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The request is built and dropped.
    Building,
    /// The handlers without CORS.
    Bare,
    /// A minimal middleware that writes the headers by hand.
    ByHand,
    /// A preflight answered by a hand-written OPTIONS route.
    ByRoute,
    ActixCors,
    /// `#[cors]` alone.
    Resource,
    /// `#[cors]` and `Cors::annotated()`.
    App,
    /// The same with a fallback.
    Fallback,
    /// As `Building`, of a tower service.
    TowerBuilding,
    TowerBare,
    TowerHttp,
}

impl Subject {
    pub const ALL: [Self; 11] = [
        Self::Building,
        Self::Bare,
        Self::ByHand,
        Self::ByRoute,
        Self::ActixCors,
        Self::Resource,
        Self::App,
        Self::Fallback,
        Self::TowerBuilding,
        Self::TowerBare,
        Self::TowerHttp,
    ];

    /// The subjects with CORS.
    pub const COLUMNS: [Self; 7] = [
        Self::ByHand,
        Self::ByRoute,
        Self::ActixCors,
        Self::TowerHttp,
        Self::Resource,
        Self::App,
        Self::Fallback,
    ];

    /// The subject whose cost is subtracted: the same service without CORS. For a preflight, which that service cannot answer, it is the
    /// building of the request.
    pub const fn base(self, ask: Ask) -> Self {
        match (self, ask.is_preflight()) {
            (Self::TowerHttp, true) => Self::TowerBuilding,
            (Self::TowerHttp, false) => Self::TowerBare,
            (_, true) => Self::Building,
            (_, false) => Self::Bare,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Bare => "bare",
            Self::ByHand => "by hand",
            Self::ByRoute => "by route",
            Self::ActixCors => "actix-cors",
            Self::Resource => "#[cors]",
            Self::App => "Cors::annotated()",
            Self::Fallback => "with a fallback",
            Self::TowerBuilding => "tower building",
            Self::TowerBare => "tower bare",
            Self::TowerHttp => "tower-http",
        }
    }
}

/// The origins that the policy allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origins {
    /// A number of origins, each written out.
    Exact(usize),
    /// `https://*.example.com`
    Subdomains,
    /// An `OriginSet`, or its equivalent in the other subjects.
    Set,
}

/// A request to an app.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub name: &'static str,
    pub ask: Ask,
    pub origins: Origins,
    pub routes: usize,
    /// Whether the routes are in a scope.
    pub is_scoped: bool,
    pub paths: Paths,
    pub situation: Situation,
}

/// The paths of the routes. The request is for the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paths {
    Static,
    /// `/r{n}/{id}`, and the same path each time.
    Dynamic,
    /// `/r{n}/{id}`, and another path each time.
    DynamicAndNew,
    /// As before, behind a thousand static paths.
    Mixed,
}

/// The special condition of a row, if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation {
    Ordinary,
    /// The last route has no annotation.
    Unannotated,
    /// A middleware inside turns everything away.
    TurnedAway,
    /// Only the app's first request is measured.
    First,
}

const fn row(name: &'static str, ask: Ask, origins: Origins, routes: usize) -> Row {
    Row {
        name,
        ask,
        origins,
        routes,
        is_scoped: false,
        paths: Paths::Static,
        situation: Situation::Ordinary,
    }
}

const fn dynamic(name: &'static str, ask: Ask, paths: Paths, situation: Situation) -> Row {
    Row {
        paths,
        situation,
        ..row(name, ask, Origins::Exact(1), 100)
    }
}

#[rustfmt::skip]
pub const ROWS: [Row; 30] = [
    row("actual, allowed", Ask::Allowed, Origins::Exact(1), 1),
    row("actual, refused", Ask::Refused, Origins::Exact(1), 1),
    row("actual, no Origin", Ask::NoOrigin, Origins::Exact(1), 1),
    row("preflight, allowed", Ask::Preflight, Origins::Exact(1), 1),
    row("preflight, refused", Ask::PreflightRefused, Origins::Exact(1), 1),
    row("64 KiB of commas", Ask::Commas, Origins::Exact(1), 1),
    row("64 KiB of lines", Ask::Lines, Origins::Exact(1), 1),
    row("64 KiB of blanks", Ask::Blanks, Origins::Exact(1), 1),
    row("10 origins", Ask::Allowed, Origins::Exact(10), 1),
    row("100 origins", Ask::Allowed, Origins::Exact(100), 1),
    row("1,000 origins", Ask::Allowed, Origins::Exact(1_000), 1),
    row("10,000 origins", Ask::Allowed, Origins::Exact(10_000), 1),
    row("subdomain pattern", Ask::Allowed, Origins::Subdomains, 1),
    row("OriginSet of 100", Ask::Allowed, Origins::Set, 1),
    row("100 routes", Ask::Allowed, Origins::Exact(1), 100),
    row("1,000 routes", Ask::Allowed, Origins::Exact(1), 1_000),
    Row { is_scoped: true, ..row("100 in a scope", Ask::Allowed, Origins::Exact(1), 100) },
    row("preflight, 100 routes", Ask::Preflight, Origins::Exact(1), 100),
    row("preflight, 1,000 routes", Ask::Preflight, Origins::Exact(1), 1_000),
    dynamic("100 dynamic", Ask::Allowed, Paths::DynamicAndNew, Situation::Ordinary),
    dynamic("preflight, 100 dynamic, a new path", Ask::Preflight, Paths::DynamicAndNew, Situation::Ordinary),
    dynamic("preflight, 100 dynamic, a known path", Ask::Preflight, Paths::Dynamic, Situation::Ordinary),
    dynamic("unannotated, 100 dynamic", Ask::Allowed, Paths::DynamicAndNew, Situation::Unannotated),
    Row { routes: 300, ..dynamic("unannotated, 300 dynamic", Ask::Allowed, Paths::DynamicAndNew, Situation::Unannotated) },
    dynamic("401, 100 dynamic, a known path", Ask::Allowed, Paths::Dynamic, Situation::TurnedAway),
    Row { is_scoped: true, ..dynamic("100 dynamic in a scope", Ask::Allowed, Paths::DynamicAndNew, Situation::Ordinary) },
    Row { is_scoped: true, ..dynamic("preflight, 100 dynamic in a scope, a new path", Ask::Preflight, Paths::DynamicAndNew, Situation::Ordinary) },
    Row { is_scoped: true, ..dynamic("preflight, 100 dynamic in a scope, a known path", Ask::Preflight, Paths::Dynamic, Situation::Ordinary) },
    Row { routes: 300, ..dynamic("the first preflight, 1,300 routes", Ask::Preflight, Paths::Mixed, Situation::First) },
    Row { routes: 300, ..dynamic("a later preflight, 1,300 routes", Ask::Preflight, Paths::Mixed, Situation::Ordinary) },
];

/// One measurement.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    pub row: Row,
    pub subject: Subject,
}

impl Cell {
    pub fn name(self) -> String {
        format!("{} / {}", self.row.name, self.subject.name())
    }

    /// Sets the cell up, and returns the function to measure.
    pub fn run(self) -> Run {
        match self.subject {
            Subject::TowerBuilding | Subject::TowerBare | Subject::TowerHttp => {
                tower::run(self.row, self.subject)
            }
            _ => actix::run(self.row, self.subject),
        }
    }

    fn exists(self) -> bool {
        match self.subject {
            Subject::ByRoute => self.row.ask.is_preflight() && self.row.paths == Paths::Static,
            // A tower service has no router of its own.
            Subject::TowerBuilding | Subject::TowerBare | Subject::TowerHttp => {
                self.row.routes == 1
            }
            Subject::Fallback => self.row.situation == Situation::Unannotated,
            // Without an answer to the preflight, there is no cost to compare.
            Subject::ByHand | Subject::ActixCors => self.row.paths != Paths::Mixed,
            _ => true,
        }
    }
}

/// The cells with this word in their names.
pub fn named(word: &str) -> Vec<Cell> {
    ROWS.iter()
        .flat_map(|&row| Subject::ALL.map(|subject| Cell { row, subject }))
        .filter(|cell| cell.exists() && cell.name().contains(word))
        .collect()
}
