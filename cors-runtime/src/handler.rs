//! One annotated handler: its resource, and the middleware around it.

mod middleware;
mod route;

pub use self::route::Route;
