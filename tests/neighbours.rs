//! `Cors::annotated()` in front of what stands in real apps: authentication, limits, compression, sessions, files,
//! WebSockets, TLS. Each server is a real one, on a loopback socket.

mod support;

#[path = "neighbours/bearer.rs"]
mod bearer;
#[path = "neighbours/bodies.rs"]
mod bodies;
#[path = "neighbours/paths.rs"]
mod paths;
#[path = "neighbours/refusals.rs"]
mod refusals;
#[path = "neighbours/rows.rs"]
mod rows;
