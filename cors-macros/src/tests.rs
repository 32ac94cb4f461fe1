//! What the attribute promises for every input (`fuzz`), what it expands to (`snapshot`), and what `docs/rules.md` says of it
//! (`rules_page`).

mod errors;
mod fuzz;
mod rules_page;
mod snapshot;
