//! What the attribute promises for every input (`fuzz`), what it expands to (`snapshot`), what it says of small mistakes (`refused`),
//! and what `docs/rules.md` says of it (`rules_page`).

mod errors;
mod fuzz;
mod refused;
mod rules_page;
mod snapshot;
