//! Expansions as files that a reviewer reads: `tests/expansion/<name>.rs` is the handler, `<name>.expanded.rs` its expansion.
//! `CORS_REGENERATE=1 cargo test -p cors-macros` writes the latter anew.

use std::path::Path;
use std::{env, fs};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Item;

#[test]
fn every_handler_expands_to_what_its_file_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansion");
    let mut seen = 0;
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        let name = path.to_string_lossy().into_owned();
        if name.ends_with(".expanded.rs") {
            continue;
        }
        seen += 1;
        let expanded = expand(&fs::read_to_string(&path).expect("the file can be read"));
        let snapshot = path.with_extension("expanded.rs");
        if env::var_os("CORS_REGENERATE").is_some() {
            fs::write(&snapshot, &expanded).expect("the file can be written");
        }
        let expected = fs::read_to_string(&snapshot).unwrap_or_default();
        assert!(
            expanded == expected,
            "{name} expands to something else:\n{expanded}"
        );
    }
    assert_ne!(seen, 0);
}

/// Expands the one annotated item of a file.
fn expand(source: &str) -> String {
    let mut file = syn::parse_file(source).expect("the file is Rust");
    let item = file.items.pop().expect("the file has an item");
    let mut tokens = item.to_token_stream();
    let args = take_attribute(&mut tokens);
    let expanded = crate::attribute::cors(args, tokens);
    prettyplease::unparse(&syn::parse2(expanded).expect("the expansion is Rust"))
}

/// Takes `#[cors(…)]` from the item, as the compiler does before it calls the macro.
fn take_attribute(item: &mut TokenStream) -> TokenStream {
    let mut parsed: Item = syn::parse2(item.clone()).expect("an item");
    let attrs = match &mut parsed {
        Item::Fn(function) => &mut function.attrs,
        Item::Mod(module) => &mut module.attrs,
        Item::Struct(policy) => &mut policy.attrs,
        _ => panic!("no item that the attribute stands on"),
    };
    let index = attrs
        .iter()
        .position(|attr| attr.path().is_ident("cors"))
        .expect("an attribute");
    let attr = attrs.remove(index);
    *item = parsed.to_token_stream();
    attr.parse_args().unwrap_or_default()
}
