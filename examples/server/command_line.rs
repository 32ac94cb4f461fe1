//! The arguments, the listeners and the output of the program.

use std::{
    io::{self, Write as _},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
};

use lexopt::prelude::*;

pub(crate) const HELP: &str = "\
An API and, on another origin, a page that sends it cross-origin requests.

Usage: server [--api ADDR] [--page ADDR]...

Options:
  --api ADDR   where the API listens [default: 127.0.0.1:8080]
  --page ADDR  where the page is served, once for each origin that it is to have
               [default: 127.0.0.1:8081 and 127.0.0.1:8082]
  -h, --help   print this

ADDR is IP:PORT. Port 0 takes a free one.

Environment:
  PARTNER_ORIGINS  the partners' origins, separated by commas
";

pub(crate) struct Arguments {
    pub(crate) api: SocketAddr,
    /// Never empty.
    pub(crate) pages: Vec<SocketAddr>,
}

impl Arguments {
    /// `None` is a request for help.
    pub(crate) fn parse(mut parser: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut arguments = Self {
            api: (Ipv4Addr::LOCALHOST, 8080).into(),
            pages: Vec::new(),
        };
        let address = |value: &str| {
            value
                .parse::<SocketAddr>()
                .map_err(|_| "write IP:PORT, such as 127.0.0.1:8080")
        };
        while let Some(argument) = parser.next()? {
            match argument {
                Long("api") => arguments.api = parser.value()?.parse_with(address)?,
                Long("page") => arguments.pages.push(parser.value()?.parse_with(address)?),
                Short('h') | Long("help") => return Ok(None),
                _ => return Err(argument.unexpected()),
            }
        }
        if arguments.pages.is_empty() {
            let page = |port| (Ipv4Addr::LOCALHOST, port).into();
            arguments.pages = vec![page(8081), page(8082)];
        }
        Ok(Some(arguments))
    }
}

/// A listener, and the URL under which a browser on this machine reaches it.
pub(crate) fn listen(address: SocketAddr, option: &str) -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(address).map_err(|error| {
        let message = match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "{address} is already in use (another server? choose another with {option} ADDR)"
            ),
            _ => format!("cannot listen on {address}: {error}"),
        };
        io::Error::new(error.kind(), message)
    })?;
    let mut address = listener.local_addr()?;
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok((listener, format!("http://{address}")))
}

/// Prints the text at once. Unlike `println!`, it does not panic if nobody reads.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
