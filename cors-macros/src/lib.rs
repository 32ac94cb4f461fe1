//! The `#[cors]` attribute. Use it through `cors-runtime`, which holds what its expansion calls.
//!
//! Each stage is a file, and `attribute` is the driver. `item` parses the annotated item, `args` the attribute's keys and `value`
//! their values, `route` the route attribute. `check` applies the rules of `cors-rules`. `expand` writes the registration of a
//! handler, `named` a named policy, `table` the policy's table, `doc_section` the section for the documentation. `module` passes the
//! keys of a module on to its handlers. `diagnostic` reports mistakes; the item is then emitted unchanged, so that no other
//! error follows.

mod args;
mod attribute;
mod check;
mod diagnostic;
mod doc_section;
mod expand;
mod item;
mod module;
mod named;
mod route;
mod table;
#[cfg(test)]
mod tests;
mod value;

use proc_macro::TokenStream;

// The documentation is here because editors show that of this function, not that of the `pub use` in cors-runtime. Its examples
// run as tests of cors-runtime, and its links lead there.
#[doc = include_str!("attribute.md")]
#[proc_macro_attribute]
pub fn cors(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::cors(args.into(), item.into()).into()
}

/// The second pass of `#[cors]`, after the attributes between it and the route attribute have been expanded.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn cors_on_route(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::cors_on_route(args.into(), item.into()).into()
}
