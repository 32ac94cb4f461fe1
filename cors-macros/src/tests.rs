//! Tests of the attribute: properties for every input (`fuzz`), expansions (`snapshot`), and the examples of `docs/rules.md`
//! (`rules_page`).

mod errors;
mod fuzz;
mod rules_page;
mod snapshot;
