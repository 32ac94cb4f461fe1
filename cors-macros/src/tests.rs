//! Tests of the attribute: properties for every input (`fuzz`), expansions (`snapshot`), small mistakes (`refused`), and the examples
//! of `docs/rules.md` (`rules_page`).

mod errors;
mod fuzz;
mod refused;
mod rules_page;
mod snapshot;

#[test]
fn an_editor_shows_every_key() {
    let rows = include_str!("lib.rs").lines();
    let shown = rows.filter_map(|row| row.strip_prefix("/// | `")?.split(['`', '(']).next());
    let mut shown: Vec<&str> = shown.collect();
    let mut keys: Vec<&str> = crate::args::KEYS.iter().map(|(key, ..)| *key).collect();
    shown.sort_unstable();
    keys.sort_unstable();
    assert_eq!(shown, keys);
}
