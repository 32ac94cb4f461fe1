//! The `Origin` header of a request.

use core::net::Ipv6Addr;

/// The longest scheme that is accepted. Real ones are much shorter.
pub(crate) const MAX_SCHEME_LEN: usize = 64;
/// The longest host that DNS can name.
pub(crate) const MAX_HOST_LEN: usize = 253;
/// The longest label that DNS can name.
pub(crate) const MAX_LABEL_LEN: usize = 63;
/// Scheme, `://`, host, `:65535`.
pub(crate) const MAX_ORIGIN_LEN: usize = MAX_SCHEME_LEN + 3 + MAX_HOST_LEN + 6;

/// A tuple origin as browsers serialise it: `https://example.com:8443`.
///
/// See <https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin>.
///
/// ```
/// use cors_rules::Origin;
///
/// let origin = Origin::parse(b"http://localhost:5173").expect("a browser sends it");
/// assert_eq!(origin, Origin { scheme: "http", host: "localhost", port: Some(5173) });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// Lower-case, without the `://`.
    pub scheme: &'a str,
    /// A domain, an IPv4 address, or an IPv6 address in its brackets.
    pub host: &'a str,
    /// `None` is the scheme's default port.
    pub port: Option<u16>,
}

impl<'a> Origin<'a> {
    /// Reads the value of an `Origin` header.
    ///
    /// `None` for a value that can match no pattern: the opaque origin `null`, several origins, and anything that no
    /// browser sends (upper case, a path, userinfo, a default port, an empty label, any other byte out of place).
    ///
    /// Reads at most as many bytes as the longest origin has, and allocates nothing.
    ///
    /// ```
    /// use cors_rules::Origin;
    ///
    /// let origin = Origin::parse(b"https://app.example.com:8443").expect("a browser sends it");
    /// assert_eq!((origin.host, origin.port), ("app.example.com", Some(8443)));
    /// assert_eq!(Origin::parse(b"https://app.example.com/"), None);
    /// ```
    #[must_use]
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        if value.len() > MAX_ORIGIN_LEN {
            return None;
        }
        let text = core::str::from_utf8(value).ok()?;
        // A scheme contains no colon.
        let colon = value.iter().position(|&byte| byte == b':')?;
        let (scheme, rest) = text.split_at_checked(colon)?;
        let authority = rest.strip_prefix("://")?;
        let (host, port) = if authority.starts_with('[') {
            split_authority(authority).filter(|(host, _)| is_ipv6(host))?
        } else {
            let (host, port) = authority.split_at_checked(name_len(authority))?;
            let port = if port.is_empty() {
                None
            } else {
                Some(port.strip_prefix(':')?)
            };
            (host, port)
        };
        if !is_scheme(scheme) || host.is_empty() || host.len() > MAX_HOST_LEN {
            return None;
        }
        let port = match port {
            None => None,
            Some(digits) => {
                Some(parse_port(digits).filter(|&port| default_port(scheme) != Some(port))?)
            }
        };
        Some(Self { scheme, host, port })
    }
}

/// Splits `host:port`. The host keeps the brackets of an IPv6 address.
pub(crate) fn split_authority(authority: &str) -> Option<(&str, Option<&str>)> {
    if authority.starts_with('[') {
        let (host, rest) = authority.split_at(authority.find(']')? + 1);
        if rest.is_empty() {
            Some((host, None))
        } else {
            Some((host, Some(rest.strip_prefix(':')?)))
        }
    } else {
        Some(match authority.split_once(':') {
            None => (authority, None),
            Some((host, port)) => (host, Some(port)),
        })
    }
}

/// A scheme in lower case, see <https://www.rfc-editor.org/rfc/rfc3986#section-3.1>.
pub(crate) fn is_scheme(scheme: &str) -> bool {
    scheme.len() <= MAX_SCHEME_LEN
        && scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'+' | b'-' | b'.'))
}

/// A number from 1 to 65535, without a leading zero.
pub(crate) fn parse_port(digits: &str) -> Option<u16> {
    let canonical = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    if canonical { digits.parse().ok() } else { None }
}

/// The port that browsers leave out, see <https://url.spec.whatwg.org/#default-port>.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        "ftp" => Some(21),
        _ => None,
    }
}

/// Whether browsers can send the byte in a label of a host.
pub(crate) const fn is_label_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')
}

/// An IPv6 address in its brackets, see <https://url.spec.whatwg.org/#concept-ipv6-serializer>: no upper case, no dotted
/// quad.
fn is_ipv6(host: &str) -> bool {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .is_some_and(|address| {
            address
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b':'))
                && address.parse::<Ipv6Addr>().is_ok()
        })
}

/// The length of the domain at the start of `authority`: labels with a dot between them, and perhaps one at the end.
fn name_len(authority: &str) -> usize {
    let mut label = 0;
    for (index, byte) in authority.bytes().enumerate() {
        if IS_LABEL_BYTE[usize::from(byte)] && label < MAX_LABEL_LEN {
            label += 1;
        } else if byte == b'.' && label > 0 {
            label = 0;
        } else {
            return index;
        }
    }
    authority.len()
}

/// [`is_label_byte`] as a table, which is faster: the `Origin` of each request is read byte by byte.
static IS_LABEL_BYTE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte <= u8::MAX as usize {
        #[expect(clippy::cast_possible_truncation, reason = "at most `u8::MAX`")]
        let is_label_byte = is_label_byte(byte as u8);
        table[byte] = is_label_byte;
        byte += 1;
    }
    table
};
