//! What the attribute promises for every input (`fuzz`), what it expands to (`snapshot`), and what `docs/rules.md` says of it
//! (`documented`).

mod documented;
mod errors;
mod fuzz;
mod snapshot;
