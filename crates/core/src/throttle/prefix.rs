//! From an address to the networks that it is in.

use std::net::IpAddr;

/// A network: a beginning of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Prefix {
    /// How many bits of it count; for IPv4 more than any of IPv6.
    kind: u8,
    bytes: [u8; 8],
}

/// Behind the bits of IPv6.
const V4: u8 = 128;

impl Prefix {
    pub(crate) fn kind(&self) -> u8 {
        self.kind
    }

    pub(crate) fn bytes(&self) -> &[u8; 8] {
        &self.bytes
    }
}

/// The networks of an address, the widest first: of IPv6 a /48, a /56 and a /64, of IPv4 a /24 and the address itself. One
/// of IPv4 inside IPv6 is one of IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Prefixes {
    pub(crate) site: Option<Prefix>,
    pub(crate) network: Prefix,
    pub(crate) address: Prefix,
}

impl Prefixes {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, d] = address.octets();
                let prefix = |kind, d| Prefix {
                    kind,
                    bytes: [a, b, c, d, 0, 0, 0, 0],
                };
                Self {
                    site: None,
                    network: prefix(V4 | 24, 0),
                    address: prefix(V4 | 32, d),
                }
            }
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                let prefix = |kind, g, h| Prefix {
                    kind,
                    bytes: [a, b, c, d, e, f, g, h],
                };
                Self {
                    site: Some(prefix(48, 0, 0)),
                    network: prefix(56, g, 0),
                    address: prefix(64, g, h),
                }
            }
        }
    }

    /// What is remembered as the network of somebody who logged in: a /24 or a /48.
    pub(crate) fn home(&self) -> Prefix {
        self.site.unwrap_or(self.network)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Prefixes {
        Prefixes::of(address.parse().expect("an address"))
    }

    #[test]
    fn addresses_of_one_network_are_told_apart_only_where_they_should_be() {
        let (one, same, other) = (of("192.0.2.1"), of("192.0.2.9"), of("192.0.3.1"));
        assert!(one.address != same.address && one.network == same.network && one.home() == same.home());
        assert!(one.network != other.network);
        assert_eq!(one, of("::ffff:192.0.2.1"));
        let one = of("2001:db8:1:200::1");
        let (same_64, same_56, same_48) = (of("2001:db8:1:200:f::"), of("2001:db8:1:2ff::"), of("2001:db8:1:300::"));
        assert_eq!(one, same_64);
        assert!(one.address != same_56.address && one.network == same_56.network);
        assert!(one.network != same_48.network && one.site == same_48.site && one.home() == same_48.home());
        assert_ne!(one.home(), of("2001:db8:2:200::1").home());
    }

    #[test]
    fn no_network_of_one_kind_is_one_of_another() {
        let zeros = of("::");
        assert!(zeros.site != Some(zeros.network) && zeros.network != zeros.address);
        let zeros = (of("0.0.0.0"), zeros);
        assert_ne!(zeros.0.address, zeros.1.address);
    }
}
