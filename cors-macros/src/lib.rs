//! The `#[cors]` attribute. Use it through `cors-runtime`, which has the items that its expansion calls.
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

// The documentation is here because editors show that of this function, not that of the `pub use` in cors-runtime. rust-analyzer leaves
// out an included file, so the keys stand here as well. The examples run as tests of cors-runtime, and the links lead there.
#[doc = include_str!("attribute.md")]
///
/// # The keys in short
///
/// ```text
/// #[cors(origins = ["https://app.example.com", "https://*.example.com"], credentials, max_age = 600)]
/// ```
///
/// | key | value | meaning |
/// | --- | --- | --- |
/// | `origins` | list | who may read: `"https://app.example.com"`, `"https://*.example.com"`, `"http://localhost:*"`, `dev("http://localhost:5173")`, the path of a `const` string or list, or of a `static` source; `"*"` alone is anyone |
/// | `methods` | list | what preflights may ask for; by default the methods of the route |
/// | `headers` | list | the request headers that script may set; `"*"` is all but `authorization` |
/// | `expose_headers` | list | the response headers that script may read |
/// | `credentials` | flag | the browser sends cookies, and lets script read the response |
/// | `max_age` | seconds | how long browsers keep the answer to a preflight |
/// | `policy` | path | a named policy to start from |
/// | `enforce` | flag | cross-origin requests that the policy does not allow get 403, and the handler does not run |
/// | `allow(…)` | rules | switches rules off |
/// | `off` | flag, alone | the handler is closed to other origins |
/// | `crate` | path | where cors-runtime is, if not at `::cors_runtime` |
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
