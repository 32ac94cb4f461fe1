//! The strict parser: origin patterns as people write them.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::borrow::Cow;

use crate::mistake::{NOT_LOWERCASE, NULL_ORIGIN, WITH_PATH, WITHOUT_SCHEME};
use crate::origin::{
    MAX_HOST_LEN, MAX_LABEL_LEN, MAX_SCHEME_LEN, default_port, is_label_byte, is_scheme,
    parse_port, split_authority,
};
use crate::pattern::is_extension_scheme;
use crate::repair::{repair, repair_wildcard};
use crate::violation::quoted;
use crate::{Help, Pattern, Port, Problem, Rule};

/// Nobody means a text longer than this as one origin. What is longer isn't looked at, so that it costs nothing.
const MAX_TEXT_LEN: usize = 1024;

/// A rule, what breaks it, and what to do where no text can be suggested.
struct Refusal {
    rule: Rule,
    problem: Cow<'static, str>,
    advice: Option<&'static str>,
}

impl Refusal {
    fn advising(self, advice: &'static str) -> Self {
        Self {
            advice: Some(advice),
            ..self
        }
    }
}

fn refused(rule: Rule, problem: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal {
        rule,
        problem: problem.into(),
        advice: None,
    }
}

/// What [`Pattern::parse`] does: the strict reading, and for what it refuses the best suggestion there is.
pub(crate) fn parse(text: &str) -> Result<Pattern<&str>, Problem> {
    read(text).map_err(
        |Refusal {
             rule,
             problem,
             advice,
         }| {
            let help = suggestion(text, rule)
                .map(Help::Write)
                .or_else(|| advice.map(|advice| Help::Do(advice.to_owned())));
            Problem {
                rule,
                problem: problem.into_owned(),
                help,
            }
        },
    )
}

/// The text that was meant, where that is clear. It is never one that would be refused in turn.
fn suggestion(text: &str, rule: Rule) -> Option<String> {
    if text.len() > MAX_TEXT_LEN {
        return None;
    }
    let guess = match rule {
        Rule::NullOrigin | Rule::FileOrigin => None,
        Rule::MisplacedWildcard => repair_wildcard(text),
        _ => repair(text),
    };
    guess.filter(|text| read(text).is_ok())
}

/// Reads `text` from left to right, and refuses it for the first thing that is wrong.
fn read(text: &str) -> Result<Pattern<&str>, Refusal> {
    check_text(text)?;
    let (scheme, authority) = split_scheme(text)?;
    let (subdomains, authority) = match authority.strip_prefix("*.") {
        Some(authority) => (true, authority),
        None => (false, authority),
    };
    let (host, port) = split_host(authority)?;
    check_characters(host)?;
    let address = host.starts_with('[');
    if scheme.bytes().any(|byte| byte.is_ascii_uppercase())
        || !address && host.bytes().any(|byte| byte.is_ascii_uppercase())
    {
        return Err(refused(Rule::OriginNotLowercase, NOT_LOWERCASE.problem));
    }
    if subdomains && (address || host.parse::<Ipv4Addr>().is_ok()) {
        return Err(
            refused(Rule::MisplacedWildcard, "an IP address has no subdomains")
                .advising("list the addresses one by one"),
        );
    }
    if address {
        check_ipv6(host)?;
    } else {
        check_labels(host, subdomains)?;
        check_ipv4(scheme, host)?;
        check_punycode(host)?;
    }
    let port = read_port(scheme, port)?;
    Ok(Pattern::from_parts(scheme, host, subdomains, port))
}

/// What is wrong with the text as a whole, before it has parts.
fn check_text(text: &str) -> Result<(), Refusal> {
    if text.len() > MAX_TEXT_LEN {
        return Err(refused(
            Rule::InvalidOrigin,
            "this is longer than any origin",
        ));
    }
    if text == "*" {
        return Err(
            refused(Rule::MisplacedWildcard, "`*` alone is no origin pattern")
                .advising("list the origins; only a policy can say `\"*\"`, for anyone"),
        );
    }
    // https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin: an opaque origin.
    if text.eq_ignore_ascii_case("null") {
        return Err(refused(Rule::NullOrigin, NULL_ORIGIN.problem).advising(NULL_ORIGIN.help));
    }
    if text
        .get(.."file:".len())
        .is_some_and(|start| start.eq_ignore_ascii_case("file:"))
    {
        return Err(refused(
            Rule::FileOrigin,
            "a page from a file has no origin of its own",
        )
        .advising(
            "serve the page over http, and list that origin, such as \"http://localhost:8000\"",
        ));
    }
    if is_regular_expression(text) {
        return Err(refused(
            Rule::MisplacedWildcard,
            "this is a regular expression, and origins are patterns",
        )
        .advising(
            "list the origins, or write \"https://*.example.com\" for all names under a domain",
        ));
    }
    match text
        .chars()
        .find(|character| character.is_whitespace() || character.is_control() || *character == ',')
    {
        None => Ok(()),
        Some(',') => Err(refused(Rule::InvalidOrigin, "an origin has no comma")
            .advising("write one origin per string")),
        Some(character) if character.is_whitespace() => {
            Err(refused(Rule::InvalidOrigin, "an origin has no spaces")
                .advising("leave them out, and write one origin per string"))
        }
        Some(_) => Err(refused(
            Rule::InvalidOrigin,
            "an origin has no control characters",
        )),
    }
}

/// Whether the text has what only regular expressions have, outside what may be a path.
fn is_regular_expression(text: &str) -> bool {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_operator = |character| matches!(character, '(' | ')' | '|' | '{' | '}' | '+' | '$');
    text.starts_with('^')
        || text.ends_with('$')
        || text.contains("\\.")
        || scheme.ends_with('?')
        || scheme.contains(['(', '|'])
        || authority.contains(is_operator)
}

/// The scheme, in whatever case, and the authority, which nothing follows.
fn split_scheme(text: &str) -> Result<(&str, &str), Refusal> {
    let Some((scheme, rest)) = text
        .split_once("://")
        .filter(|(scheme, _)| !scheme.contains(['/', '?', '#']))
    else {
        return Err(without_scheme());
    };
    if scheme.is_empty() {
        return Err(without_scheme());
    }
    if scheme.contains('*') {
        return Err(
            refused(Rule::MisplacedWildcard, "`*` can't stand for a scheme")
                .advising("list each scheme's origin, or leave out all but `https`"),
        );
    }
    // https://www.rfc-editor.org/rfc/rfc3986#section-3.1
    if scheme.len() > MAX_SCHEME_LEN {
        return Err(refused(
            Rule::InvalidOrigin,
            "the scheme is over 64 bytes long",
        ));
    }
    if !is_scheme(&scheme.to_ascii_lowercase()) {
        return Err(refused(
            Rule::InvalidOrigin,
            format!("{} is no scheme", quoted(scheme)),
        ));
    }
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
    if authority.is_empty() {
        return Err(without_host());
    }
    match tail.chars().next() {
        None => {}
        Some('?') => return Err(refused(Rule::OriginWithPath, "an origin has no query")),
        Some('#') => return Err(refused(Rule::OriginWithPath, "an origin has no fragment")),
        Some(_) => {
            return Err(refused(Rule::OriginWithPath, WITH_PATH.problem));
        }
    }
    if authority.contains('@') {
        return Err(refused(
            Rule::OriginWithUserinfo,
            "an origin has no user name and no password",
        ));
    }
    Ok((scheme, authority))
}

fn without_scheme() -> Refusal {
    refused(Rule::OriginWithoutScheme, WITHOUT_SCHEME.problem).advising(WITHOUT_SCHEME.help)
}

fn without_host() -> Refusal {
    refused(Rule::InvalidOrigin, "the host is empty")
        .advising("write scheme and host, such as \"https://app.example.com\"")
}

fn split_host(authority: &str) -> Result<(&str, Option<&str>), Refusal> {
    // https://url.spec.whatwg.org/#host-writing: the brackets tell the address from the port.
    if authority.bytes().filter(|&byte| byte == b':').count() > 1 && !authority.contains('[') {
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host);
        return Err(
            if [authority, host]
                .iter()
                .any(|host| host.parse::<Ipv6Addr>().is_ok())
            {
                refused(Rule::NoncanonicalIp, "an IPv6 address stands in brackets")
                    .advising("write it like \"http://[::1]:8080\"")
            } else {
                refused(
                    Rule::InvalidOrigin,
                    "an origin has at most one `:` after the host, for the port",
                )
            },
        );
    }
    split_authority(authority).ok_or_else(|| {
        refused(
            Rule::InvalidOrigin,
            "an IPv6 address stands between `[` and `]`, and only a port can follow it",
        )
    })
}

/// What has no place in any host. Upper case is the next step's.
fn check_characters(host: &str) -> Result<(), Refusal> {
    if host.is_empty() {
        return Err(without_host());
    }
    if host == "*" {
        return Err(
            refused(Rule::MisplacedWildcard, "`*` can't stand for a whole host").advising(
                "write \"https://*.example.com\" for all names under a domain, or \"*\" alone for anyone",
            ),
        );
    }
    if host.contains('*') {
        return Err(refused(
            Rule::MisplacedWildcard,
            "`*` stands for the whole first label of a domain, or for a port",
        )
        .advising("write it like \"https://*.example.com\" or \"https://example.com:*\""));
    }
    if !host.is_ascii() {
        return Err(refused(
            Rule::OriginNotAscii,
            "an origin is ASCII, a domain in its Punycode form",
        ));
    }
    if host.starts_with('[') {
        return Ok(());
    }
    match host
        .bytes()
        .find(|byte| *byte != b'.' && !is_label_byte(byte.to_ascii_lowercase()))
    {
        None => Ok(()),
        Some(byte) => {
            let character = quoted(&char::from(byte).to_string());
            Err(refused(
                Rule::InvalidOrigin,
                format!("{character} has no place in a host"),
            ))
        }
    }
}

/// The limits of DNS, see <https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4>. One trailing dot is an origin of
/// its own.
fn check_labels(host: &str, subdomains: bool) -> Result<(), Refusal> {
    // A pattern whose shortest name is too long would match nothing.
    if host.len() + if subdomains { 2 } else { 0 } > MAX_HOST_LEN {
        return Err(refused(
            Rule::InvalidOrigin,
            "the host is over 253 bytes long",
        ));
    }
    for label in host.strip_suffix('.').unwrap_or(host).split('.') {
        if label.is_empty() {
            return Err(refused(Rule::InvalidOrigin, "the host has a dot too many"));
        }
        if label.len() > MAX_LABEL_LEN {
            return Err(refused(
                Rule::InvalidOrigin,
                format!("the label {} is over 63 bytes long", quoted(label)),
            ));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(refused(
                Rule::InvalidOrigin,
                format!("the label {} begins or ends with `-`", quoted(label)),
            ));
        }
    }
    Ok(())
}

/// See <https://url.spec.whatwg.org/#ends-in-a-number-checker>; no top-level domain begins with a digit.
fn check_ipv4(scheme: &str, host: &str) -> Result<(), Refusal> {
    let last = host
        .strip_suffix('.')
        .unwrap_or(host)
        .rsplit('.')
        .next()
        .unwrap_or_default();
    // The identifier of an extension is no domain; Firefox makes UUIDs.
    let ends_in_a_number =
        last.starts_with(|first: char| first.is_ascii_digit()) && !is_extension_scheme(scheme);
    if ends_in_a_number && host.parse::<Ipv4Addr>().is_err() {
        return Err(refused(
            Rule::NoncanonicalIp,
            "a host whose last label begins with a digit is an IPv4 address, of four decimal numbers",
        )
        .advising("write it like \"http://127.0.0.1\", each number from 0 to 255, without a leading zero"));
    }
    Ok(())
}

/// See <https://url.spec.whatwg.org/#concept-ipv6-serializer>.
fn check_ipv6(host: &str) -> Result<(), Refusal> {
    let text = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let (unzoned, zone) = text
        .split_once('%')
        .map_or((text, None), |(address, zone)| (address, Some(zone)));
    let Ok(address) = unzoned.parse::<Ipv6Addr>() else {
        return Err(refused(
            Rule::InvalidOrigin,
            format!("{} is no IPv6 address", quoted(host)),
        ));
    };
    if zone.is_some() {
        return Err(refused(
            Rule::NoncanonicalIp,
            "the address of an origin has no zone",
        ));
    }
    if address.to_ipv4_mapped().is_some() {
        return Err(refused(
            Rule::NoncanonicalIp,
            "an IPv4 address is not written as an IPv6 one",
        ));
    }
    if host != format!("[{address}]") {
        return Err(refused(
            Rule::NoncanonicalIp,
            "an IPv6 address is written in lower case and as short as can be",
        ));
    }
    Ok(())
}

/// See <https://url.spec.whatwg.org/#concept-domain-to-ascii>: what browsers send is what that leaves as it is.
fn check_punycode(host: &str) -> Result<(), Refusal> {
    let mut encoded = host.split('.').filter(|label| label.starts_with("xn--"));
    let is_canonical = |name: &str| idna::domain_to_ascii(name).is_ok_and(|ascii| ascii == name);
    let Some(first) = encoded.clone().next() else {
        return Ok(());
    };
    if is_canonical(host) {
        return Ok(());
    }
    let wrong = encoded.find(|label| !is_canonical(label)).unwrap_or(first);
    Err(refused(
        Rule::InvalidOrigin,
        format!("{} is not valid Punycode", quoted(wrong)),
    )
    .advising("write the domain in its own letters, and the error says its Punycode"))
}

fn read_port(scheme: &str, port: Option<&str>) -> Result<Port, Refusal> {
    match port {
        None => Ok(Port::Default),
        Some("*") => Ok(Port::Any),
        Some(text) if text.contains('*') => Err(refused(
            Rule::MisplacedWildcard,
            "`*` stands for a whole port",
        )
        .advising("write `:*` for any port, or list the ports one by one")),
        Some(text) => match parse_port(text) {
            None => Err(refused(
                Rule::InvalidPort,
                "a port is a number from 1 to 65535, without a leading zero",
            )
            .advising("write `:*` for any port, or list an origin for each")),
            Some(port) if default_port(scheme) == Some(port) => Err(refused(
                Rule::DefaultPort,
                format!("{port} is the port that `{scheme}` has anyway"),
            )),
            Some(port) => Ok(Port::Exact(port)),
        },
    }
}
