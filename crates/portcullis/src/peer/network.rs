//! A network by its address and the length of its prefix (RFC 4632 §3.1, RFC 4291 §2.3).

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Addresses that begin alike: `10.0.0.0/8`, `fd00::/8`, or one address alone.
///
/// An address of IPv4 that is written as one of IPv6 (`::ffff:10.0.0.1`) is the one of IPv4.
///
/// ```
/// use portcullis::Network;
///
/// let network: Network = "10.0.0.0/8".parse()?;
/// assert!(network.contains("10.1.2.3".parse()?) && network.contains("::ffff:10.1.2.3".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Network {
    first: IpAddr,
    prefix: u32,
}

/// It is no network: no address, a prefix that is none, or an address with bits behind the prefix, which is most often
/// one address for which the wrong prefix was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkError;

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is no address and no network such as 10.0.0.0/8, whose address has nothing behind the prefix")
    }
}

impl Error for NetworkError {}

impl Network {
    /// Whether the address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (own, length) = bits(self.first);
        let (other, its_length) = bits(address.to_canonical());
        let differing = (own ^ other).checked_shr(128_u32.saturating_sub(self.prefix));
        length == its_length && differing.unwrap_or(0) == 0
    }

    /// Whether it is more than anybody has to themselves: all there are of a kind (`0.0.0.0/0`), or wider than /8, the widest of
    /// the private networks.
    pub fn is_vast(&self) -> bool {
        self.prefix < 8
    }
}

/// An address from the highest bit on, and how many bits it has.
fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()).rotate_right(32), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let written: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let is_number = |text: &&str| !text.is_empty() && text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
        let prefix = match prefix {
            Some(text) => Some(text)
                .filter(is_number)
                .and_then(|text| text.parse().ok())
                .ok_or(NetworkError)?,
            None => bits(written).1,
        };
        let first = written.to_canonical();
        let (own, length) = bits(first);
        // Of one that is written as IPv6 and is IPv4 the first 96 bits are given.
        let given = bits(written).1.saturating_sub(length);
        let prefix: u32 = u32::checked_sub(prefix, given)
            .filter(|prefix| *prefix <= length)
            .ok_or(NetworkError)?;
        match own.checked_shl(prefix).unwrap_or(0) {
            0 => Ok(Self { first, prefix }),
            _ => Err(NetworkError),
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_network_or_has_bits_behind_its_prefix_is_refused() {
        for wrong in [
            "",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "10.0.0.1/8",
            "10.0.0/8",
            "::/129",
            "fe80::1/64",
            "fe80::%eth0/64",
            "::ffff:10.0.0.0/95",
            "localhost",
            "*",
            " 10.0.0.0/8",
        ] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_in_the_networks_that_begin_as_it_does() {
        for (network, within, without) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("192.0.2.0/31", "192.0.2.1", "192.0.2.2"),
            ("0.0.0.0/0", "203.0.113.9", "::1"),
            ("::/0", "2001:db8::1", "10.0.0.1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
            ("::1", "::1", "::2"),
            ("::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.1"),
            ("10.0.0.0/8", "::ffff:10.9.9.9", "::ffff:11.0.0.1"),
        ] {
            let parsed: Network = network.parse().expect(network);
            assert!(parsed.contains(within.parse().unwrap()), "{network} {within}");
            assert!(!parsed.contains(without.parse().unwrap()), "{network} {without}");
        }
        let written: Network = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(written.to_string(), "192.0.2.1/32");
    }
}
