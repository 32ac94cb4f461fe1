//! The origins that an attacker would try.

use psl::{List, Psl};
use url::{Host, Url};

/// A name that no server trusts. `.example` is reserved, see RFC 2606.
const STRANGER: &str = "cors-tester.example";
const LABEL: &str = "cors-tester";
/// A port that no server lists.
const PORT: u16 = 47_115;

/// A kind of origin that a server may allow by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attack {
    AnyOrigin,
    NullOrigin,
    NameBefore,
    NameBehind,
    AnyCharacterForADot,
    HttpForHttps,
    AnySubdomain,
    AnyPort,
}

impl Attack {
    pub(crate) const ALL: [Self; 8] = [
        Self::AnyOrigin,
        Self::NullOrigin,
        Self::NameBefore,
        Self::NameBehind,
        Self::AnyCharacterForADot,
        Self::HttpForHttps,
        Self::AnySubdomain,
        Self::AnyPort,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AnyOrigin => "any_origin",
            Self::NullOrigin => "null_origin",
            Self::NameBefore => "name_before",
            Self::NameBehind => "name_behind",
            Self::AnyCharacterForADot => "any_character_for_a_dot",
            Self::HttpForHttps => "http_for_https",
            Self::AnySubdomain => "any_subdomain",
            Self::AnyPort => "any_port",
        }
    }
}

/// An origin that is tried.
pub(crate) struct Attempt {
    pub(crate) attack: Attack,
    pub(crate) origin: String,
    /// The people who can have a page of this origin, for the report.
    pub(crate) who: String,
    /// Whether the page is on the user's own machine.
    pub(crate) is_loopback: bool,
}

/// The origins to try for a server with the origin `own` that is meant to allow `trusted`.
pub(crate) fn attempts(own: &str, trusted: &[String]) -> Vec<Attempt> {
    let mut attempts = vec![
        attempt(
            Attack::AnyOrigin,
            format!("https://{STRANGER}"),
            "every site",
        ),
        attempt(
            Attack::AnyOrigin,
            format!("http://{STRANGER}"),
            "every site",
        ),
        attempt(
            Attack::NullOrigin,
            "null".to_owned(),
            "every site, through a sandboxed frame",
        ),
    ];
    for origin in trusted.iter().map(String::as_str).chain([own]) {
        for next in resembling(origin) {
            let is_known = trusted.contains(&next.origin) || next.origin == own;
            let is_there = attempts.iter().any(|there| there.origin == next.origin);
            if !is_known && !is_there {
                attempts.push(next);
            }
        }
    }
    attempts
}

fn attempt(attack: Attack, origin: String, who: impl Into<String>) -> Attempt {
    Attempt {
        attack,
        origin,
        who: who.into(),
        is_loopback: false,
    }
}

/// The part of a name that somebody registers: a public suffix and the label in front of it.
fn registrable(name: &str) -> &str {
    let mut labels = name.rsplit('.').map(str::as_bytes);
    // As in cors-rules, so that the list is not compiled for another type.
    let labels: &mut dyn Iterator<Item = &[u8]> = &mut labels;
    let suffix = List.find(labels).len;
    let Some(before) = name[..name.len() - suffix].strip_suffix('.') else {
        return name;
    };
    &name[before.rfind('.').map_or(0, |dot| dot + 1)..]
}

/// The origins that resemble a trusted one.
fn resembling(origin: &str) -> Vec<Attempt> {
    let Ok(url) = Url::parse(origin) else {
        return Vec::new();
    };
    let (Some(host), "http" | "https") = (url.host(), url.scheme()) else {
        return Vec::new();
    };
    let scheme = url.scheme();
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    let name = host.to_string();
    let at = |host: &str| format!("{scheme}://{host}{port}");
    let mut all = Vec::new();
    if !matches!(host, Host::Ipv6(_)) {
        for behind in [
            format!("{name}.{STRANGER}"),
            format!("{name}{LABEL}.example"),
        ] {
            let who = format!("whoever owns {behind}");
            all.push(attempt(Attack::NameBehind, at(&behind), who));
        }
    }
    if matches!(host, Host::Domain(_)) {
        let domain = registrable(&name);
        let before = format!("{LABEL}{domain}");
        let who = format!("whoever registers {before}");
        all.push(attempt(Attack::NameBefore, at(&before), who));
        if let Some(own) = name
            .strip_suffix(domain)
            .and_then(|own| own.strip_suffix('.'))
        {
            let joined = format!("{own}x{domain}");
            let registered = registrable(&joined);
            let who = format!("whoever registers {registered}");
            all.push(attempt(Attack::AnyCharacterForADot, at(&joined), who));
        }
        let who = format!("every page under {domain}, also one that was taken over");
        for above in [&name, domain] {
            let below = format!("{LABEL}.{above}");
            all.push(attempt(Attack::AnySubdomain, at(&below), who.clone()));
        }
    }
    if scheme == "https" {
        let who = format!("whoever is on the network between the user and {name}");
        all.push(attempt(
            Attack::HttpForHttps,
            format!("http://{name}{port}"),
            who,
        ));
    }
    let who = format!("every program that serves pages on {name}");
    all.push(attempt(
        Attack::AnyPort,
        format!("{scheme}://{name}:{PORT}"),
        who,
    ));
    let is_loopback = match host {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    for attempt in &mut all {
        let stays = matches!(
            attempt.attack,
            Attack::HttpForHttps | Attack::AnyPort | Attack::AnySubdomain
        );
        attempt.is_loopback = is_loopback && stays;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::resembling;

    #[test]
    fn origins_that_resemble_a_trusted_one_belong_to_others() {
        #[rustfmt::skip]
        let table: &[(&str, &[&str])] = &[
            ("https://app.example.com", &[
                "NameBehind https://app.example.com.cors-tester.example",
                "NameBehind https://app.example.comcors-tester.example",
                "NameBefore https://cors-testerexample.com",
                "AnyCharacterForADot https://appxexample.com",
                "AnySubdomain https://cors-tester.app.example.com",
                "AnySubdomain https://cors-tester.example.com",
                "HttpForHttps http://app.example.com",
                "AnyPort https://app.example.com:47115",
            ]),
            // Anyone can have a name under `github.io`.
            ("https://a.b.github.io:8443", &[
                "NameBehind https://a.b.github.io.cors-tester.example:8443",
                "NameBehind https://a.b.github.iocors-tester.example:8443",
                "NameBefore https://cors-testerb.github.io:8443",
                "AnyCharacterForADot https://axb.github.io:8443",
                "AnySubdomain https://cors-tester.a.b.github.io:8443",
                "AnySubdomain https://cors-tester.b.github.io:8443",
                "HttpForHttps http://a.b.github.io:8443",
                "AnyPort https://a.b.github.io:47115",
            ]),
            ("http://127.0.0.1:8080", &[
                "NameBehind http://127.0.0.1.cors-tester.example:8080",
                "NameBehind http://127.0.0.1cors-tester.example:8080",
                "AnyPort http://127.0.0.1:47115",
            ]),
            ("http://[::1]", &["AnyPort http://[::1]:47115"]),
            ("chrome-extension://abc", &[]),
            ("null", &[]),
        ];
        for (origin, expected) in table {
            let found: Vec<String> = resembling(origin)
                .iter()
                .map(|attempt| format!("{:?} {}", attempt.attack, attempt.origin))
                .collect();
            assert_eq!(&found, expected, "{origin}");
        }
    }
}
