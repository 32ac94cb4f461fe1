//! The proxy between raw connections: it passes on what it should, and nothing else.

#[path = "proxy/addresses.rs"]
mod addresses;
#[path = "proxy/client.rs"]
mod client;
#[path = "proxy/command_line.rs"]
mod command_line;
#[path = "proxy/limits.rs"]
mod limits;
#[path = "proxy/passing.rs"]
mod passing;
#[path = "proxy/redirects.rs"]
mod redirects;
#[path = "proxy/strangers.rs"]
mod strangers;
#[path = "proxy/targets.rs"]
mod targets;
#[path = "proxy/upstream.rs"]
mod upstream;
