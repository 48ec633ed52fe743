//! Hosts of databases.

/// Whether a name of a host is that of this one.
pub(crate) fn is_this_host(name: &str) -> bool {
    let address: Option<std::net::IpAddr> = name.trim_matches(['[', ']']).parse().ok();
    name == "localhost" || address.is_some_and(|address| address.is_loopback())
}
