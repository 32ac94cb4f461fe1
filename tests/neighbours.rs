//! `Cors::annotated()` in front of what stands in real apps: authentication, limits, compression, sessions, files,
//! web sockets, TLS. Each server is a real one, on a loopback socket.

mod support;

#[path = "neighbours/account.rs"]
mod account;
#[path = "neighbours/bearer.rs"]
mod bearer;
#[path = "neighbours/bodies.rs"]
mod bodies;
#[path = "neighbours/http2.rs"]
mod http2;
#[path = "neighbours/last_word.rs"]
mod last_word;
#[path = "neighbours/paths.rs"]
mod paths;
#[path = "neighbours/refusals.rs"]
mod refusals;
#[path = "neighbours/rows.rs"]
mod rows;
#[path = "neighbours/second_tries.rs"]
mod second_tries;
#[path = "neighbours/servers.rs"]
mod servers;
#[path = "neighbours/sessions.rs"]
mod sessions;
#[path = "neighbours/sockets.rs"]
mod sockets;
