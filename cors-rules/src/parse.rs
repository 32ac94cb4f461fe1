//! The strict parser: origin patterns as people write them.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::mistake::{NOT_LOWERCASE, NULL_ORIGIN, WITH_PATH, WITHOUT_SCHEME};
use crate::origin::{
    MAX_HOST_LEN, MAX_LABEL_LEN, MAX_SCHEME_LEN, default_port, is_label_byte, is_scheme,
    parse_port, split_authority,
};
use crate::pattern::is_extension_scheme;
use crate::repair::{repair, repair_wildcard};
use crate::violation::quoted;
use crate::{Help, Pattern, Port, Problem, Rule};

/// A longer text cannot be meant as one origin. It is refused before it is read.
const MAX_TEXT_LEN: usize = 1024;

/// A mistake whose only help is a [`suggestion`], if there is one.
fn refuse<T>(rule: Rule, problem: impl Into<String>) -> Result<T, Problem> {
    Err(Problem {
        rule,
        problem: problem.into(),
        help: None,
    })
}

fn invalid<T>(problem: impl Into<String>) -> Result<T, Problem> {
    refuse(Rule::InvalidOrigin, problem)
}

impl<'a> Pattern<&'a str> {
    /// Reads an element of `origins`. `"*"` is not a pattern.
    ///
    /// # Errors
    ///
    /// The first rule about origins that `text` breaks. If the intended text is clear, the help has it, and it is accepted.
    ///
    /// ```
    /// use cors_rules::{Help, Origin, Pattern, Rule};
    ///
    /// let pattern = Pattern::parse("https://*.example.com")?;
    /// let origin = Origin::parse(b"https://app.example.com").expect("a browser sends it");
    /// assert!(pattern.matches(&origin));
    ///
    /// let problem = Pattern::parse("https://Example.com:443/").unwrap_err();
    /// assert_eq!(problem.rule, Rule::OriginWithPath);
    /// assert_eq!(problem.help, Some(Help::Write("https://example.com".to_owned())));
    /// # Ok::<(), cors_rules::Problem>(())
    /// ```
    pub fn parse(text: &'a str) -> Result<Self, Problem> {
        // If there is a suggestion, the help shows it, and not the general advice.
        read(text).map_err(|problem| Problem {
            help: suggestion(text, problem.rule)
                .map(Help::Write)
                .or(problem.help),
            ..problem
        })
    }
}

/// The text that was meant, if that is clear. The parser accepts it.
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

/// Reads `text` from left to right, and returns the first mistake.
fn read(text: &str) -> Result<Pattern<&str>, Problem> {
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
        return Err(NOT_LOWERCASE.into());
    }
    if subdomains && (address || host.parse::<Ipv4Addr>().is_ok()) {
        return Err(Problem::new(
            Rule::MisplacedWildcard,
            "an IP address has no subdomains",
            "list the addresses one by one",
        ));
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

/// Checks the text as a whole, before it is split.
fn check_text(text: &str) -> Result<(), Problem> {
    if text.len() > MAX_TEXT_LEN {
        return invalid("this is longer than any origin");
    }
    if text == "*" {
        return Err(Problem::new(
            Rule::MisplacedWildcard,
            "`*` alone is not an origin pattern",
            "list the origins: only a policy can allow anyone, by `\"*\"`",
        ));
    }
    // https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin: an opaque origin.
    if text.eq_ignore_ascii_case("null") {
        return Err(NULL_ORIGIN.into());
    }
    if text
        .get(.."file:".len())
        .is_some_and(|start| start.eq_ignore_ascii_case("file:"))
    {
        return Err(Problem::new(
            Rule::FileOrigin,
            "a page from a file has no origin of its own",
            "serve the page over http, and list that origin, such as \"http://localhost:8000\"",
        ));
    }
    if is_regular_expression(text) {
        return Err(Problem::new(
            Rule::MisplacedWildcard,
            "an origin cannot be a regular expression",
            "list the origins, or write \"https://*.example.com\" for all names under a domain",
        ));
    }
    match text
        .chars()
        .find(|character| character.is_whitespace() || character.is_control() || *character == ',')
    {
        None => Ok(()),
        Some(',') => Err(Problem::new(
            Rule::InvalidOrigin,
            "an origin has no comma",
            "write one origin per string",
        )),
        Some(character) if character.is_whitespace() => Err(Problem::new(
            Rule::InvalidOrigin,
            "an origin has no spaces",
            "leave them out, and write one origin per string",
        )),
        Some(_) => invalid("an origin has no control characters"),
    }
}

/// Whether the text contains an operator of regular expressions, outside of a possible path.
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

/// The scheme, in upper or lower case, and the authority. Nothing may follow them.
fn split_scheme(text: &str) -> Result<(&str, &str), Problem> {
    let Some((scheme, rest)) = text
        .split_once("://")
        .filter(|(scheme, _)| !scheme.contains(['/', '?', '#']))
    else {
        return Err(WITHOUT_SCHEME.into());
    };
    if scheme.is_empty() {
        return Err(WITHOUT_SCHEME.into());
    }
    if scheme.contains('*') {
        return Err(Problem::new(
            Rule::MisplacedWildcard,
            "`*` cannot be the scheme",
            "list an origin for each scheme, or only the one with `https`",
        ));
    }
    // https://www.rfc-editor.org/rfc/rfc3986#section-3.1
    if scheme.len() > MAX_SCHEME_LEN {
        return invalid("the scheme is over 64 bytes long");
    }
    if !is_scheme(&scheme.to_ascii_lowercase()) {
        return invalid(format!("{} is not a scheme", quoted(scheme)));
    }
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len()));
    if authority.is_empty() {
        return Err(without_host());
    }
    match tail.chars().next() {
        None => {}
        Some('?') => return refuse(Rule::OriginWithPath, "an origin has no query"),
        Some('#') => return refuse(Rule::OriginWithPath, "an origin has no fragment"),
        Some(_) => return Err(WITH_PATH.into()),
    }
    if authority.contains('@') {
        return refuse(
            Rule::OriginWithUserinfo,
            "an origin has no user name and no password",
        );
    }
    Ok((scheme, authority))
}

fn without_host() -> Problem {
    Problem::new(
        Rule::InvalidOrigin,
        "the host is empty",
        "write a scheme and a host, such as \"https://app.example.com\"",
    )
}

fn split_host(authority: &str) -> Result<(&str, Option<&str>), Problem> {
    // https://url.spec.whatwg.org/#host-writing: the brackets tell the address from the port.
    if authority.bytes().filter(|&byte| byte == b':').count() > 1 && !authority.contains('[') {
        let host = authority
            .rsplit_once(':')
            .map_or(authority, |(host, _)| host);
        let mut hosts = [authority, host].into_iter();
        if !hosts.any(|host| host.parse::<Ipv6Addr>().is_ok()) {
            return invalid("an origin has at most one `:` after the host, for the port");
        }
        return Err(Problem::new(
            Rule::NoncanonicalIp,
            "an IPv6 address is written in brackets",
            "write it like \"http://[::1]:8080\"",
        ));
    }
    let what = "an IPv6 address is written between `[` and `]`, and only a port can follow it";
    split_authority(authority).map_or_else(|| invalid(what), Ok)
}

/// Checks for characters that no host contains. The caller checks for upper case.
fn check_characters(host: &str) -> Result<(), Problem> {
    if host.is_empty() {
        return Err(without_host());
    }
    if host == "*" {
        return Err(Problem::new(
            Rule::MisplacedWildcard,
            "`*` cannot be the whole host",
            "write \"https://*.example.com\" for all names under a domain, or \"*\" alone for anyone",
        ));
    }
    if host.contains('*') {
        return Err(Problem::new(
            Rule::MisplacedWildcard,
            "`*` can only be the whole first label of a domain, or the port",
            "write it like \"https://*.example.com\" or \"https://example.com:*\"",
        ));
    }
    if !host.is_ascii() {
        return refuse(
            Rule::OriginNotAscii,
            "an origin is ASCII: a domain is written in its Punycode form",
        );
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
            invalid(format!("a host cannot contain {character}"))
        }
    }
}

/// The limits of DNS, see <https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4>. One trailing dot is allowed: the host with it is
/// another origin.
fn check_labels(host: &str, subdomains: bool) -> Result<(), Problem> {
    // A pattern whose shortest name is too long would match nothing.
    if host.len() + if subdomains { 2 } else { 0 } > MAX_HOST_LEN {
        return invalid("the host is over 253 bytes long");
    }
    for label in host.strip_suffix('.').unwrap_or(host).split('.') {
        if label.is_empty() {
            return invalid("the host has one dot too many");
        }
        if label.len() > MAX_LABEL_LEN {
            return invalid(format!("the label {} is over 63 bytes long", quoted(label)));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return invalid(format!(
                "the label {} begins or ends with `-`",
                quoted(label)
            ));
        }
    }
    Ok(())
}

/// See <https://url.spec.whatwg.org/#ends-in-a-number-checker>; no top-level domain begins with a digit.
fn check_ipv4(scheme: &str, host: &str) -> Result<(), Problem> {
    let last = host
        .strip_suffix('.')
        .unwrap_or(host)
        .rsplit('.')
        .next()
        .unwrap_or_default();
    // The host of an extension is an identifier, not a domain. In Firefox it is a UUID.
    let ends_in_a_number = last.starts_with(|first: char| first.is_ascii_digit())
        && !is_extension_scheme(scheme.as_bytes());
    if ends_in_a_number && host.parse::<Ipv4Addr>().is_err() {
        return Err(Problem::new(
            Rule::NoncanonicalIp,
            "a host whose last label begins with a digit must be an IPv4 address: four decimal numbers",
            "write it like \"http://127.0.0.1\", each number from 0 to 255, without a leading zero",
        ));
    }
    Ok(())
}

/// See <https://url.spec.whatwg.org/#concept-ipv6-serializer>.
fn check_ipv6(host: &str) -> Result<(), Problem> {
    let text = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let (unzoned, zone) = text
        .split_once('%')
        .map_or((text, None), |(address, zone)| (address, Some(zone)));
    let Ok(address) = unzoned.parse::<Ipv6Addr>() else {
        return invalid(format!("{} is not an IPv6 address", quoted(host)));
    };
    if zone.is_some() {
        return refuse(
            Rule::NoncanonicalIp,
            "an IPv6 address in an origin has no zone",
        );
    }
    if address.to_ipv4_mapped().is_some() {
        return refuse(
            Rule::NoncanonicalIp,
            "an IPv4 address is not written as an IPv6 address",
        );
    }
    if host != format!("[{address}]") {
        return refuse(
            Rule::NoncanonicalIp,
            "an IPv6 address is written in lower case and as short as possible",
        );
    }
    Ok(())
}

/// Browsers send the result of <https://url.spec.whatwg.org/#concept-domain-to-ascii>, so a host that it changes would never match.
fn check_punycode(host: &str) -> Result<(), Problem> {
    let mut encoded = host.split('.').filter(|label| label.starts_with("xn--"));
    let is_canonical = |name: &str| idna::domain_to_ascii(name).is_ok_and(|ascii| ascii == name);
    let Some(first) = encoded.clone().next() else {
        return Ok(());
    };
    if is_canonical(host) {
        return Ok(());
    }
    let wrong = encoded.find(|label| !is_canonical(label)).unwrap_or(first);
    Err(Problem::new(
        Rule::InvalidOrigin,
        format!("{} is not valid Punycode", quoted(wrong)),
        "write the domain in Unicode: the error then shows its Punycode form",
    ))
}

fn read_port(scheme: &str, port: Option<&str>) -> Result<Port, Problem> {
    match port {
        None => Ok(Port::Default),
        Some("*") => Ok(Port::Any),
        Some(text) if text.contains('*') => Err(Problem::new(
            Rule::MisplacedWildcard,
            "`*` can only be the whole port",
            "write `:*` for any port, or list the ports one by one",
        )),
        Some(text) => match parse_port(text) {
            None => Err(Problem::new(
                Rule::InvalidPort,
                "a port is a number from 1 to 65535, without a leading zero",
                "write `:*` for any port, or list an origin for each",
            )),
            Some(port) if default_port(scheme) == Some(port) => refuse(
                Rule::DefaultPort,
                format!("{port} is the default port of `{scheme}`"),
            ),
            Some(port) => Ok(Port::Exact(port)),
        },
    }
}
