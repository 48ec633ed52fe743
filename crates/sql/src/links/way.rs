//! The ways to the hosts of a URL, each alone.

use std::fmt;
use std::net::IpAddr;

use tokio::net::lookup_host;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// A port that a URL does not tell.
const PORT: u16 = 5432;

/// The way to one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way {
    host: Option<Host>,
    address: Option<IpAddr>,
    port: u16,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.host, self.address) {
            (Some(Host::Tcp(name)), _) => write!(f, "{name}:{}", self.port),
            (Some(Host::Unix(path)), _) => write!(f, "{}:{}", path.display(), self.port),
            (None, Some(address)) => write!(f, "{address}:{}", self.port),
            (None, None) => f.write_str("nowhere"),
        }
    }
}

impl Way {
    /// Where it is now; `None`: in the file system.
    pub(super) async fn addresses(&self) -> std::io::Result<Vec<Option<IpAddr>>> {
        match (&self.host, self.address) {
            (Some(Host::Tcp(name)), None) => {
                let found = lookup_host((name.as_str(), self.port)).await?;
                Ok(found.map(|address| Some(address.ip())).collect())
            }
            (_, address) => Ok(vec![address]),
        }
    }

    /// What the URL says, for this host at this address alone.
    pub(super) fn config(&self, whole: &Config, address: Option<IpAddr>) -> Config {
        let mut one = common(whole);
        match &self.host {
            Some(Host::Tcp(name)) => one.host(name),
            Some(Host::Unix(path)) => one.host_path(path),
            None => &mut one,
        };
        if let Some(address) = address {
            one.hostaddr(address);
        }
        one.port(self.port);
        one
    }
}

/// The hosts of a URL, each with its port. `None`: their numbers do not fit.
pub(super) fn ways(config: &Config) -> Option<Vec<Way>> {
    let (hosts, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    let count = hosts.len().max(addresses.len());
    let fits = |length: usize| length <= 1 || length == count;
    if !fits(ports.len()) || ![0, count].contains(&hosts.len()) || ![0, count].contains(&addresses.len()) {
        return None;
    }
    let port = |at| ports.get(at).or(ports.first()).copied().unwrap_or(PORT);
    let way = |at| Way {
        host: hosts.get(at).cloned(),
        address: addresses.get(at).copied(),
        port: port(at),
    };
    Some((0..count).map(way).collect())
}

/// What holds for every host.
fn common(whole: &Config) -> Config {
    let mut one = Config::new();
    if let Some(user) = whole.get_user() {
        one.user(user);
    }
    if let Some(password) = whole.get_password() {
        one.password(password);
    }
    if let Some(name) = whole.get_dbname() {
        one.dbname(name);
    }
    if let Some(options) = whole.get_options() {
        one.options(options);
    }
    if let Some(name) = whole.get_application_name() {
        one.application_name(name);
    }
    if let Some(limit) = whole.get_connect_timeout() {
        one.connect_timeout(*limit);
    }
    if let Some(limit) = whole.get_tcp_user_timeout() {
        one.tcp_user_timeout(*limit);
    }
    one.ssl_mode(whole.get_ssl_mode())
        .ssl_negotiation(whole.get_ssl_negotiation())
        .channel_binding(whole.get_channel_binding())
        .keepalives(whole.get_keepalives())
        .keepalives_idle(whole.get_keepalives_idle());
    if let Some(interval) = whole.get_keepalives_interval() {
        one.keepalives_interval(interval);
    }
    if let Some(retries) = whole.get_keepalives_retries() {
        one.keepalives_retries(retries);
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(url: &str) -> Option<Vec<String>> {
        let ways = ways(&url.parse().unwrap())?;
        Some(ways.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn each_host_has_its_port_or_the_only_one_or_the_usual_one() {
        assert_eq!(said("postgres://a,b:6432/db").unwrap(), ["a:5432", "b:6432"]);
        assert_eq!(said("host=a,b port=6432").unwrap(), ["a:6432", "b:6432"]);
        assert_eq!(said("host=a,b hostaddr=::1,::2").unwrap(), ["a:5432", "b:5432"]);
        assert_eq!(said("host=a,b,c port=1,2"), None);
        assert_eq!(said("host=a,b hostaddr=::1"), None);
    }

    #[test]
    fn what_the_url_says_holds_for_each_host_alone() {
        let url = "postgres://app:secret@a,b:6432/db?options=-c%20x.y%3D1&application_name=us&connect_timeout=7\
            &tcp_user_timeout=3&keepalives_idle=4&keepalives_interval=9&keepalives_retries=8&sslmode=require\
            &channel_binding=require";
        let whole: Config = url.parse().unwrap();
        let way = ways(&whole).unwrap().remove(1);
        let one = way.config(&whole, Some([127, 0, 0, 1].into()));
        let expected: Config = url.replace("a,b:6432", "b:6432").parse().unwrap();
        let mut expected = expected;
        expected.hostaddr([127, 0, 0, 1].into());
        assert_eq!(one, expected);
    }
}
