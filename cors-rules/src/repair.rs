//! Suggestions for refused origins. The refused text is read as a browser reads a URL.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::origin::{default_port, is_scheme, split_authority};
use crate::pattern::{is_extension_scheme, is_loopback};

/// The origin of the URL `text` as browsers write it, in canonical form.
///
/// This is a guess that may break a rule itself. The caller has to parse it.
pub(crate) fn repair(text: &str) -> Option<String> {
    let text = text.trim();
    if text.contains(|character: char| character == ',' || character.is_whitespace()) {
        // It may be several origins, and a suggestion must not drop one.
        return None;
    }
    let (scheme, rest) = split_scheme(text)?;
    let authority = rest
        .trim_start_matches(['/', '\\'])
        .split(['/', '\\', '?', '#'])
        .next()?;
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, authority)| authority);
    let (subdomains, authority) = match authority.strip_prefix("*.") {
        Some(authority) => ("*.", authority),
        None => ("", authority),
    };
    let (host, port) = split_authority(authority)?;
    let host = canonical_host(scheme.as_deref(), host)?;
    // A server on the developer's machine rarely has a certificate.
    let scheme = scheme.unwrap_or_else(|| {
        if is_loopback(host.as_bytes()) {
            "http"
        } else {
            "https"
        }
        .to_owned()
    });
    let port = canonical_port(&scheme, port)?;
    Some(format!("{scheme}://{subdomains}{host}{port}"))
}

/// The pattern that is probably meant by a `*` in place of the scheme, or directly before a domain. This is a guess as well.
pub(crate) fn repair_wildcard(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let scheme = if scheme == "*" { "https" } else { scheme };
    let glued = rest
        .strip_prefix('*')
        .filter(|domain| domain.starts_with(|first: char| first.is_ascii_alphanumeric()));
    Some(match glued {
        Some(domain) => format!("{scheme}://*.{domain}"),
        None => format!("{scheme}://{rest}"),
    })
}

/// Splits off the scheme, in lower case, if there is one. `https:/example.com` and `https:example.com` have one, too. `None` if the
/// scheme is not valid.
fn split_scheme(text: &str) -> Option<(Option<String>, &str)> {
    match text.split_once(':') {
        Some((scheme, rest))
            if rest.starts_with("//")
                && !scheme.is_empty()
                && !scheme.contains(['/', '?', '#']) =>
        {
            Some(scheme.to_ascii_lowercase())
                .filter(|scheme| is_scheme(scheme))
                .map(|scheme| (Some(scheme), rest))
        }
        // Digits may be the port of a host called `http`.
        Some((scheme, rest))
            if !rest.starts_with(|first: char| first.is_ascii_digit())
                && (scheme.eq_ignore_ascii_case("https")
                    || scheme.eq_ignore_ascii_case("http")) =>
        {
            Some((Some(scheme.to_ascii_lowercase()), rest))
        }
        _ => Some((None, text.strip_prefix(':').unwrap_or(text))),
    }
}

/// See <https://url.spec.whatwg.org/#concept-host-parser>; percent-encoding is not decoded.
fn canonical_host(scheme: Option<&str>, host: &str) -> Option<String> {
    if let Some(address) = host.strip_prefix('[') {
        let address = address.strip_suffix(']')?;
        let address: Ipv6Addr = address.split('%').next()?.parse().ok()?;
        return Some(match address.to_ipv4_mapped() {
            Some(address) => address.to_string(),
            None => format!("[{address}]"),
        });
    }
    let domain = idna::domain_to_ascii(host).ok()?;
    let address = if scheme.is_some_and(|scheme| is_extension_scheme(scheme.as_bytes())) {
        None
    } else {
        parse_ipv4(&domain)
    };
    Some(address.map_or(domain, |address| address.to_string()))
}

/// See <https://url.spec.whatwg.org/#concept-ipv4-parser>: up to four numbers, the last of which fills the remaining bytes.
fn parse_ipv4(host: &str) -> Option<Ipv4Addr> {
    let numbers: Option<Vec<u32>> = host
        .strip_suffix('.')
        .unwrap_or(host)
        .split('.')
        .map(parse_ipv4_number)
        .collect();
    let numbers = numbers?;
    let (&last, first) = numbers.split_last()?;
    if first.len() > 3 || first.iter().any(|&number| number > 255) {
        return None;
    }
    let mut address = u64::from(last);
    if address >= 1 << (8 * (4 - first.len())) {
        return None;
    }
    for (number, shift) in first.iter().zip([24, 16, 8]) {
        address |= u64::from(*number) << shift;
    }
    u32::try_from(address).ok().map(Ipv4Addr::from)
}

/// See <https://url.spec.whatwg.org/#ipv4-number-parser>: hexadecimal after `0x`, octal after `0`.
fn parse_ipv4_number(text: &str) -> Option<u32> {
    let (digits, radix) = if let Some(digits) = text.strip_prefix("0x") {
        (digits, 16)
    } else if text.len() > 1 && text.starts_with('0') {
        (&text[1..], 8)
    } else {
        (text, 10)
    };
    match digits {
        "" if radix == 16 => Some(0),
        // `from_str_radix` accepts a sign.
        _ if digits.starts_with('+') => None,
        _ => u32::from_str_radix(digits, radix).ok(),
    }
}

/// The port with its colon; empty if browsers leave it out.
fn canonical_port(scheme: &str, port: Option<&str>) -> Option<String> {
    let digits = match port {
        None | Some("") => return Some(String::new()),
        Some("*") => return Some(":*".to_owned()),
        Some(port) => port.trim_start_matches('0'),
    };
    let port: u16 = digits.parse().ok()?;
    Some(if default_port(scheme) == Some(port) {
        String::new()
    } else {
        format!(":{port}")
    })
}
