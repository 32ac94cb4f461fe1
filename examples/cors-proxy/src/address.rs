//! Resolves the name of an upstream only to public and listed addresses.

use std::{
    net::IpAddr,
    sync::{Arc, LazyLock},
};

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::error::Stop;

/// Resolves names as the system does.
#[derive(Debug)]
pub struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let addresses: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Looks a host name up, and returns only those of its addresses that are public, or that the operator has listed.
///
/// The client connects to an address that this returns, and does not look the name up again. So the checked address is the one that is
/// used, even if the name's server changes its answer (DNS rebinding). An address in a URL is not looked up: such an upstream is listed
/// by its address.
pub(crate) struct Checked<R> {
    names: R,
    listed: Arc<[IpNet]>,
}

impl<R> Checked<R> {
    pub(crate) fn new(names: R, listed: &[IpNet]) -> Self {
        Self {
            names,
            listed: listed.into(),
        }
    }
}

impl<R: Resolve> Resolve for Checked<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let found = self.names.resolve(name);
        let listed = self.listed.clone();
        Box::pin(async move {
            let is_listed = |ip| listed.iter().any(|network| network.contains(&ip));
            let addresses: Vec<_> = found
                .await?
                .filter(|address| {
                    let ip = address.ip().to_canonical();
                    is_public(ip) || is_listed(ip)
                })
                .collect();
            if addresses.is_empty() {
                return Err(Stop::NoListedAddress.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Networks of the IANA special-purpose address registries, and multicast. The IPv6 networks are those inside of `2000::/3`, because
/// no address outside of it is public.
static SPECIAL: LazyLock<Vec<IpNet>> = LazyLock::new(|| {
    let networks = [
        "0.0.0.0/8",       // this network
        "10.0.0.0/8",      // private
        "100.64.0.0/10",   // shared by the customers of a provider
        "127.0.0.0/8",     // loopback
        "169.254.0.0/16",  // link-local, where clouds serve their metadata
        "172.16.0.0/12",   // private
        "192.0.0.0/24",    // protocol assignments
        "192.0.2.0/24",    // documentation
        "192.88.99.0/24",  // 6to4 relays
        "192.168.0.0/16",  // private
        "198.18.0.0/15",   // benchmarking
        "198.51.100.0/24", // documentation
        "203.0.113.0/24",  // documentation
        "224.0.0.0/4",     // multicast
        "240.0.0.0/4",     // reserved, broadcast
        "2001::/23",       // protocol assignments, Teredo
        "2001:db8::/32",   // documentation
        "2002::/16",       // 6to4, with any IPv4 address inside
        "3fff::/20",       // documentation
    ];
    let network = |text: &str| text.parse().expect("a network");
    networks.into_iter().map(network).collect()
});

/// Whether anyone on the Internet can reach this address. `ip` must be canonical: no IPv4 address in the form of IPv6.
fn is_public(ip: IpAddr) -> bool {
    let is_global_unicast = match ip {
        IpAddr::V4(_) => true,
        IpAddr::V6(ip) => ip.octets()[0] >> 5 == 0b001,
    };
    is_global_unicast && !SPECIAL.iter().any(|network| network.contains(&ip))
}

#[cfg(test)]
mod tests {
    use super::is_public;

    #[test]
    fn special_networks_are_not_public_and_their_neighbours_are() {
        for (ip, expected) in [
            ("1.1.1.1", true),
            ("9.255.255.255", true),
            ("10.0.0.0", false),
            ("10.255.255.255", false),
            ("11.0.0.0", true),
            ("100.63.255.255", true),
            ("100.64.0.0", false),
            ("100.127.255.255", false),
            ("100.128.0.0", true),
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("127.0.0.1", false),
            ("127.255.255.255", false),
            ("169.254.169.254", false),
            ("172.15.255.255", true),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("172.32.0.0", true),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("192.88.99.1", false),
            ("192.168.1.1", false),
            ("198.17.255.255", true),
            ("198.19.255.255", false),
            ("198.51.100.7", false),
            ("203.0.113.7", false),
            ("223.255.255.255", true),
            ("224.0.0.1", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700::1111", true),
            ("::", false),
            ("::1", false),
            ("64:ff9b::a00:1", false),
            ("100::1", false),
            ("2001::1", false),
            ("2001:200::1", true),
            ("2001:db8::1", false),
            ("2002:7f00:1::1", false),
            ("3fff::1", false),
            ("3fff:1000::1", true),
            ("fc00::1", false),
            ("fd12::1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
            // The caller makes these canonical.
            ("::ffff:127.0.0.1", false),
            ("::ffff:1.1.1.1", true),
        ] {
            let parsed: std::net::IpAddr = ip.parse().expect(ip);
            assert_eq!(is_public(parsed.to_canonical()), expected, "{ip}");
        }
    }
}
