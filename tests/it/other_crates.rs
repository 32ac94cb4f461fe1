//! `Cors::annotated()` around the middleware and handlers of real apps: authentication, limits, compression, sessions, files,
//! uploads, web sockets, traces, `OpenAPI` documents, TLS. Each server is a real one, on a loopback socket.

pub mod account;
pub mod bearer;
mod bodies;
mod documented;
mod http2;
mod last_word;
mod limited;
mod paths;
mod refusals;
pub mod rows;
mod second_tries;
mod servers;
mod sessions;
mod sockets;
mod swagger;
mod traced;
mod uploads;
