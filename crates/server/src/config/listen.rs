//! Where to listen: an address, or the name of a host, and a port.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use portcullis::Server;

use crate::failure::{Failure, OrFail as _, Outcome};

/// `127.0.0.1:8000`, `[::]:8000` or `localhost:8000`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listen(String);

impl Default for Listen {
    fn default() -> Self {
        Self("127.0.0.1:8000".to_owned())
    }
}

impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unfit = "it is no address such as 127.0.0.1:8000, [::]:8000 or localhost:8000";
        if text.parse::<SocketAddr>().is_ok() {
            return Ok(Self(text.to_owned()));
        }
        let (host, port) = text.rsplit_once(':').ok_or(unfit)?;
        let host = host.strip_suffix('.').unwrap_or(host);
        let is_label = |label: &str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            !label.is_empty() && label.len() <= 63 && label.bytes().all(plain)
        };
        let is_name = host.len() <= 253 && host.split('.').all(is_label);
        // A name whose last label is a number is an address that was mistyped.
        let is_number = host
            .rsplit('.')
            .next()
            .is_none_or(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
        let is_port = port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
        match is_name && !is_number && is_port {
            true => Ok(Self(text.to_owned())),
            false => Err(unfit),
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Listen {
    /// The addresses that it means, those of IPv4 first.
    pub(crate) async fn addresses(&self) -> Outcome<Vec<SocketAddr>> {
        let what = format!("{self} has no address");
        self.look_up().await.or_fail(what, "Look at listen in the settings.")
    }

    async fn look_up(&self) -> std::io::Result<Vec<SocketAddr>> {
        let mut addresses: Vec<SocketAddr> = tokio::net::lookup_host(&self.0).await?.collect();
        addresses.sort_by_key(|address| matches!(address.ip(), IpAddr::V6(_)));
        Ok(addresses)
    }

    /// Listens there, as the setting of this flag says; of a name's addresses on the first that this machine has, those of
    /// IPv4 before those of IPv6.
    pub(crate) async fn bind(&self, who: &str, flag: &str) -> Outcome<Server> {
        let what = format!("{who} cannot listen on {self}");
        let remedy = format!("Choose another address with --{flag}.");
        let addresses = self.look_up().await.or_fail(&what, &remedy)?;
        let mut failed = None;
        for address in addresses {
            match Server::bind(address).await {
                Ok(server) => return Ok(server),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Err(match failed {
            Some(error) => Failure::new(what, remedy).because(error),
            None => Failure::new(format!("{what}: the name has no address"), remedy),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_names_with_a_port_are_taken_and_nothing_else() {
        for good in [
            "127.0.0.1:0",
            "[::1]:8000",
            "localhost:8000",
            "db-1.example.com.:65535",
            "0.0.0.0:80",
        ] {
            assert_eq!(
                good.parse::<Listen>().map(|listen| listen.to_string()).as_deref(),
                Ok(good)
            );
        }
        for bad in [
            "",
            "localhost",
            ":8000",
            "8000",
            "localhost:",
            "localhost:65536",
            "localhost:+80",
            "a b:80",
            "a..b:80",
            "127.0.0.1.1:80",
            "256.0.0.1:80",
            "::1:8000",
            "http://localhost:80",
            "localhost:80/",
        ] {
            assert!(bad.parse::<Listen>().is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_name_is_listened_on_by_its_first_address() {
        let listen: Listen = "localhost:0".parse().expect("taken");
        let server = listen.bind("the test", "listen").await.expect("bound");
        assert!(server.local_addr().ip().is_loopback());
        let nowhere: Listen = "nowhere.invalid:0".parse().expect("taken");
        let refused = nowhere
            .bind("the test", "listen")
            .await
            .map(|_| ())
            .expect_err("refused");
        let error = refused.to_string();
        assert!(error.contains("cannot listen on nowhere.invalid:0"), "{error}");
    }
}
