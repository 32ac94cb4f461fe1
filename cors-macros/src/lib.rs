//! The `#[cors]` attribute. Use it through `cors-runtime`, which holds what its expansion calls.
//!
//! The stages, one file each: `args` reads the attribute's keys, `item` what it stands on, `route` finds the route
//! attribute, `check` asks the rules of `cors-rules`, `expand` writes the tables and the registration. On an error
//! `diagnostic` says what is wrong and where, and the item is emitted as it was, so that nothing else fails with it.

mod args;
mod attribute;
mod check;
mod diagnostic;
mod docs;
#[cfg(test)]
mod documented;
mod expand;
#[cfg(test)]
mod fuzz;
mod item;
mod module;
mod named;
mod route;
#[cfg(test)]
mod snapshot;
mod table;
mod value;

use proc_macro::TokenStream;

// Here, where an editor looks: it does not show the documentation of a `pub use`. The examples are tests of cors-runtime, and
// the links are those of its pages.
#[doc = include_str!("attribute.md")]
#[proc_macro_attribute]
pub fn cors(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::cors(args.into(), item.into()).into()
}

/// `#[cors]` once more, after every attribute between it and the route attribute has had its turn.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn cors_on_route(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::cors_on_route(args.into(), item.into()).into()
}
