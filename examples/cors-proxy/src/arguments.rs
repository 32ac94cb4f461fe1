//! The command line.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::Path,
    time::Duration,
};

use cors_runtime::OriginSet;
use ipnet::IpNet;
use lexopt::{Error, Parser, ValueExt as _, prelude::*};
use reqwest::Certificate;

use crate::policy::PAGES;

/// The text of `--help`.
pub const HELP: &str = "\
A CORS proxy: script on a listed page asks it for /https://api.example.com/v1/x, and reads what that listed upstream answers.

Usage: cors-proxy --page ORIGIN... --upstream ORIGIN... [OPTIONS]

Options:
  --page ORIGIN           a page that may use the proxy
  --upstream ORIGIN       a server that requests are passed on to
  --authorization ORIGIN  an upstream that gets the page's Authorization
  --cookies ORIGIN        an upstream that gets the cookies that the browser sends to the proxy
  --address NETWORK       addresses that the name of an upstream may have although they are not public, such as 127.0.0.1 or
                          10.0.0.0/8
  --max-body BYTES        of a request, and of a response [default: 10485760]
  --timeout SECONDS       from the head of a request to the last byte of its response [default: 30]
  --ca FILE               for https: trust the certificates in this PEM file beside the system's
  --listen IP:PORT        [default: 127.0.0.1:8090]
  -h, --help              print this

The first five can be repeated. ORIGIN is https://app.example.com, https://*.example.com or http://localhost:*.
";

/// The arguments of the proxy, without the pages, which are in a `static`.
#[derive(Debug)]
pub struct Arguments {
    /// The address on which it listens.
    pub listen: SocketAddr,
    pub(crate) upstreams: OriginSet,
    /// The upstreams that get the page's `Authorization`.
    pub(crate) authorization: Option<OriginSet>,
    /// The upstreams that get the browser's cookies.
    pub(crate) cookies: Option<OriginSet>,
    pub(crate) addresses: Vec<IpNet>,
    pub(crate) max_body: u64,
    pub(crate) timeout: Duration,
    pub(crate) authorities: Vec<Certificate>,
}

impl Arguments {
    /// Reads the arguments, and sets the pages. `None` is a request for help.
    ///
    /// # Errors
    /// If an argument is wrong. The error says what to write instead.
    pub fn parse(mut parser: Parser) -> Result<Option<Self>, Error> {
        let (mut pages, mut upstreams) = (Vec::new(), Vec::new());
        let (mut authorization, mut cookies) = (Vec::new(), Vec::new());
        let mut arguments = Self {
            listen: ([127, 0, 0, 1], 8090).into(),
            upstreams: OriginSet::new(),
            authorization: None,
            cookies: None,
            addresses: Vec::new(),
            max_body: 10 << 20,
            timeout: Duration::from_secs(30),
            authorities: Vec::new(),
        };
        while let Some(argument) = parser.next()? {
            match argument {
                Long("page") => pages.push(parser.value()?.string()?),
                Long("upstream") => upstreams.push(parser.value()?.string()?),
                Long("authorization") => authorization.push(parser.value()?.string()?),
                Long("cookies") => cookies.push(parser.value()?.string()?),
                Long("address") => arguments
                    .addresses
                    .push(parser.value()?.parse_with(network)?),
                Long("max-body") => arguments.max_body = parser.value()?.parse()?,
                Long("timeout") => arguments.timeout = parser.value()?.parse_with(seconds)?,
                Long("ca") => arguments
                    .authorities
                    .extend(read(Path::new(&parser.value()?))?),
                Long("listen") => arguments.listen = parser.value()?.parse()?,
                Short('h') | Long("help") => return Ok(None),
                _ => return Err(argument.unexpected()),
            }
        }
        if pages.is_empty() || upstreams.is_empty() {
            return Err("name at least one --page and one --upstream".into());
        }
        if pages.iter().chain(&upstreams).any(|origin| origin == "*") {
            return Err(
                "\"*\" would make it an open proxy: name the pages and the upstreams".into(),
            );
        }
        let pages = PAGES.replace(pages);
        pages.map_err(|error| format!("--page: {error}"))?;
        arguments.upstreams = set("--upstream", &upstreams)?.unwrap_or_default();
        arguments.authorization = set("--authorization", &authorization)?;
        arguments.cookies = set("--cookies", &cookies)?;
        Ok(Some(arguments))
    }

    /// The secret headers that this upstream gets.
    pub(crate) fn secrets_for(&self, upstream: &str) -> Vec<&'static str> {
        let lists = [
            ("authorization", &self.authorization),
            ("cookie", &self.cookies),
        ];
        let is_given =
            |list: &Option<OriginSet>| list.as_ref().is_some_and(|list| list.contains(upstream));
        lists
            .into_iter()
            .filter(|(_, list)| is_given(list))
            .map(|(name, _)| name)
            .collect()
    }
}

/// `None` if no origin is listed.
fn set(option: &str, origins: &[String]) -> Result<Option<OriginSet>, Error> {
    let set = OriginSet::new().allow_insecure_origins();
    let replaced = set.replace(origins);
    replaced.map_err(|error| format!("{option}: {error}"))?;
    Ok((!origins.is_empty()).then_some(set))
}

fn network(text: &str) -> Result<IpNet, &'static str> {
    let address = |_| text.parse::<IpAddr>().map(IpNet::from);
    text.parse()
        .or_else(address)
        .map_err(|_| "write an address or a network, such as 127.0.0.1 or 10.0.0.0/8")
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|time| !time.is_zero())
        .ok_or("write a number of seconds above 0")
}

fn read(file: &Path) -> Result<Vec<Certificate>, Error> {
    let failed = |why: &dyn std::fmt::Display| format!("--ca {}: {why}", file.display());
    let pem = fs::read(file).map_err(|error| failed(&error))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| failed(&error))?;
    if certificates.is_empty() {
        return Err(failed(&"there is no certificate in it").into());
    }
    Ok(certificates)
}
