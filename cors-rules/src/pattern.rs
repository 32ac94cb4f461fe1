//! Origin patterns: the elements of `origins`.

use core::fmt;

use crate::Origin;
use crate::const_check::is_ipv4;
#[cfg(feature = "rules")]
use crate::mistake::{INSECURE_ORIGIN, PUBLIC_SUFFIX};
#[cfg(feature = "rules")]
use crate::{Help, Problem};

/// One element of `origins` other than `"*"`: an origin, or a family of origins.
///
/// The text is `scheme://host`, then an optional port. `*.` before the host stands for one or more labels,
/// `:*` for any port. A pattern compares byte for byte, so it can match only origins that were parsed.
///
/// ```
/// use cors_rules::{Origin, Pattern, Port};
///
/// const TENANTS: Pattern = Pattern::from_parts("https", "tenants.example", true, Port::Default);
///
/// assert_eq!(TENANTS.to_string(), "https://*.tenants.example");
/// assert_eq!((TENANTS.scheme(), TENANTS.host(), TENANTS.port()), ("https", "tenants.example", Port::Default));
/// assert!(TENANTS.covers_subdomains() && !TENANTS.is_exact());
///
/// let matches = |origin: &str| Origin::parse(origin.as_bytes()).is_some_and(|origin| TENANTS.matches(&origin));
/// assert!(matches("https://one.tenants.example"));
/// assert!(!matches("https://tenants.example") && !matches("https://evil-tenants.example"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pattern<S = &'static str> {
    scheme: S,
    host: S,
    subdomains: bool,
    port: Port,
}

/// The ports that a [`Pattern`] matches.
///
/// ```
/// use cors_rules::{Origin, Pattern, Port};
///
/// let development = Origin::parse(b"http://localhost:5173").expect("a browser sends it");
/// let matches = |port| Pattern::from_parts("http", "localhost", false, port).matches(&development);
/// assert!(matches(Port::Any) && matches(Port::Exact(5173)));
/// assert!(!matches(Port::Default), "it is port 80");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// The scheme's default port, which browsers leave out.
    Default,
    /// This one.
    Exact(u16),
    /// Every port, the default one included: `:*`.
    Any,
}

impl<S> Pattern<S> {
    /// Builds a pattern from parts that `Pattern::parse` has checked, for constants that a macro emits.
    ///
    /// The parts are not checked again. `subdomains` stands for `*.`, which `host` does not contain. A pattern of wrong parts may
    /// match nothing, or other origins than those that it displays.
    #[must_use]
    pub const fn from_parts(scheme: S, host: S, subdomains: bool, port: Port) -> Self {
        Self {
            scheme,
            host,
            subdomains,
            port,
        }
    }
}

impl<S: AsRef<str>> Pattern<S> {
    /// Whether the pattern matches `origin`.
    ///
    /// `https://*.example.com` matches `https://a.example.com` and `https://b.a.example.com`, never
    /// `https://example.com`. See <https://fetch.spec.whatwg.org/#cors-check>, step 4: bytes are compared.
    #[must_use]
    pub fn matches(&self, origin: &Origin<'_>) -> bool {
        origin.scheme == self.scheme()
            && self.matches_host(origin.host)
            && self.matches_port(origin.port)
    }

    fn matches_host(&self, host: &str) -> bool {
        if !self.subdomains {
            return host == self.host();
        }
        // The dot is part of the comparison: `evilexample.com` is not under `example.com`.
        host.strip_suffix(self.host())
            .and_then(|labels| labels.strip_suffix('.'))
            .is_some_and(|labels| !labels.is_empty())
    }

    fn matches_port(&self, port: Option<u16>) -> bool {
        match self.port {
            Port::Default => port.is_none(),
            Port::Exact(exact) => port == Some(exact),
            Port::Any => true,
        }
    }

    /// Whether the pattern is a single origin, so that its text is the value of the header.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        !self.subdomains && self.port != Port::Any
    }

    /// The scheme, lower-case.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.scheme.as_ref()
    }

    /// The host without `*.`, see [`Self::covers_subdomains`].
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.as_ref()
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> Port {
        self.port
    }

    /// Whether the host begins with `*.`: the pattern matches all names under the host, and not the host itself.
    #[must_use]
    pub fn covers_subdomains(&self) -> bool {
        self.subdomains
    }

    /// Whether the host is the user's own machine.
    ///
    /// ```
    /// use cors_rules::{Pattern, Port};
    ///
    /// let is_loopback = |host| Pattern::from_parts("http", host, false, Port::Any).is_loopback();
    /// assert!(is_loopback("localhost") && is_loopback("app.localhost") && is_loopback("127.0.0.1"));
    /// assert!(!is_loopback("192.168.1.20"));
    /// ```
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(self.host().as_bytes())
    }

    /// Whether someone on the network can impersonate an origin of this pattern: the condition of the rule
    /// `insecure_origin_with_credentials`.
    ///
    /// That is impossible with `https`, for a browser extension, and on the machine itself.
    ///
    /// ```
    /// use cors_rules::{Pattern, Port};
    ///
    /// let is_insecure = |scheme, host| Pattern::from_parts(scheme, host, false, Port::Any).is_insecure();
    /// assert!(is_insecure("http", "app.example.com"));
    /// assert!(!is_insecure("https", "app.example.com") && !is_insecure("http", "localhost"));
    /// ```
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        is_insecure(self.scheme().as_bytes(), self.host().as_bytes())
    }
}

/// Domains under which strangers have names, and which are missing from the public suffix list: an Azure machine is
/// `NAME.REGION.cloudapp.azure.com`, an Oracle service `NAME.SERVICE.REGION.oraclecloud.com`.
#[cfg(feature = "rules")]
const UNLISTED: [&str; 3] = ["azure.com", "cloudapp.azure.com", "oraclecloud.com"];

/// Whether `host` is a public suffix, or the public suffix list has a rule that is longer than `host` and ends with it.
///
/// The list is a tree of labels, read from the last one. A lookup asks for another label only if the tree has one there. If it asks
/// for more labels than `host` has, there are rules below `host`.
///
/// `find` is compiled to thousands of functions for each type of iterator. This type is that of cors-tester's call as well.
#[cfg(feature = "rules")]
fn is_or_has_public_suffix(host: &str) -> bool {
    use psl::Psl;

    let mut wants_more = false;
    let labels = host.rsplit('.').map(str::as_bytes);
    let mut labels = labels.chain(core::iter::from_fn(|| {
        wants_more = true;
        None
    }));
    let labels: &mut dyn Iterator<Item = &[u8]> = &mut labels;
    psl::List.find(labels).len == host.len() || wants_more
}

/// See [`Pattern::is_insecure`]. Nobody can impersonate an origin with `https`, a browser extension, or the machine itself.
pub(crate) const fn is_insecure(scheme: &[u8], host: &[u8]) -> bool {
    !matches!(scheme, b"https") && !is_extension_scheme(scheme) && !is_loopback(host)
}

/// The schemes of browser extensions. Their hosts are identifiers, not names of machines.
pub(crate) const fn is_extension_scheme(scheme: &[u8]) -> bool {
    matches!(
        scheme,
        b"chrome-extension" | b"moz-extension" | b"safari-web-extension"
    )
}

/// Whether `host` is the user's own machine, see
/// <https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>.
pub(crate) const fn is_loopback(host: &[u8]) -> bool {
    match host {
        b"[::1]" => true,
        [b'1', b'2', b'7', b'.', ..] if is_ipv4(host) => true,
        _ => is_localhost(host),
    }
}

/// `localhost` or a name under it, see <https://www.rfc-editor.org/rfc/rfc6761#section-6.3>.
pub(crate) const fn is_localhost(host: &[u8]) -> bool {
    let host = match host {
        [host @ .., b'.'] => host,
        _ => host,
    };
    matches!(
        host.split_last_chunk(),
        Some(([] | [.., b'.'], b"localhost"))
    )
}

impl<S: AsRef<str>> fmt::Display for Pattern<S> {
    /// The text as it is written in a policy: `https://*.example.com:*`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subdomains = if self.subdomains { "*." } else { "" };
        write!(f, "{}://{subdomains}{}", self.scheme(), self.host())?;
        match self.port {
            Port::Default => Ok(()),
            Port::Exact(port) => write!(f, ":{port}"),
            Port::Any => f.write_str(":*"),
        }
    }
}

#[cfg(feature = "rules")]
impl Pattern<&str> {
    /// The same pattern with owned text.
    ///
    /// ```
    /// use cors_rules::{Pattern, Problem};
    ///
    /// fn first(list: &str) -> Result<Pattern<String>, Problem> {
    ///     let element = list.split(',').next().unwrap_or_default().to_owned();
    ///     Pattern::parse(&element).map(Pattern::into_owned)
    /// }
    ///
    /// assert_eq!(first("https://one.example,https://two.example")?.host(), "one.example");
    /// # Ok::<(), Problem>(())
    /// ```
    #[must_use]
    pub fn into_owned(self) -> Pattern<String> {
        let Self {
            scheme,
            host,
            subdomains,
            port,
        } = self;
        Pattern {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
            subdomains,
            port,
        }
    }
}

#[cfg(feature = "rules")]
impl<S: AsRef<str>> Pattern<S> {
    /// Whether strangers can register a name that this pattern matches: the condition of the rule
    /// `public_suffix_with_credentials`.
    ///
    /// True for `*.` before
    /// - a public suffix, from either section of the [list](https://publicsuffix.org),
    /// - a name with public suffixes below it (`amazonaws.com`, because of `s3.amazonaws.com`),
    /// - a few names that are missing from the list (`azure.com`),
    /// - a single label that is not in the list, other than `localhost`.
    ///
    /// ```
    /// use cors_rules::Pattern;
    ///
    /// assert!(Pattern::parse("https://*.github.io")?.is_public_suffix(), "anyone can register a name there");
    /// assert!(!Pattern::parse("https://*.example.com")?.is_public_suffix());
    /// assert!(!Pattern::parse("https://user.github.io")?.is_public_suffix(), "this is one origin");
    /// # Ok::<(), cors_rules::Problem>(())
    /// ```
    #[must_use]
    pub fn is_public_suffix(&self) -> bool {
        if !self.subdomains || is_localhost(self.host().as_bytes()) {
            return false;
        }
        let host = self.host().strip_suffix('.').unwrap_or(self.host());
        is_or_has_public_suffix(host) || UNLISTED.contains(&host)
    }

    /// The rules that this pattern breaks together with `credentials`, whether they are allowed or not.
    pub(crate) fn problems_with_credentials(&self) -> impl Iterator<Item = Problem> {
        let insecure = self.is_insecure().then(|| Problem {
            help: Some(self.over_https()),
            ..INSECURE_ORIGIN.into()
        });
        let public_suffix = self.is_public_suffix().then(|| Problem {
            help: Some(Help::Do("put `*.` before a domain of your own".to_owned())),
            ..PUBLIC_SUFFIX.into()
        });
        insecure.into_iter().chain(public_suffix)
    }

    /// Suggests `https`, unless there is a port: the secure origin may have another one.
    fn over_https(&self) -> Help {
        if self.scheme() == "http" && self.port == Port::Default {
            let secure = Pattern {
                scheme: "https",
                host: self.host(),
                subdomains: self.subdomains,
                port: self.port,
            };
            Help::Write(secure.to_string())
        } else {
            Help::Do("serve that origin over `https`".to_owned())
        }
    }
}
