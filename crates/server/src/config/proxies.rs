//! The settings of what stands between clients and the server.

use portcullis::{ForwardedHeader, Network, TrustedProxies};

use super::Settings;
use super::key::Key;
use crate::failure::{Failure, Outcome};

/// Which proxies are believed, and how they say whom they ask for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ProxyChoices {
    networks: Vec<Network>,
    header: ForwardedHeader,
    proxy_protocol: bool,
}

impl Settings {
    /// What is believed of proxies.
    ///
    /// # Errors
    /// Headers of the PROXY protocol are to be read, and nobody is listed who may send them.
    pub(crate) fn trusted_proxies(&self) -> Outcome<TrustedProxies> {
        let ProxyChoices {
            networks,
            header,
            proxy_protocol,
        } = &self.proxies;
        let proxies = TrustedProxies::new(networks.iter().copied()).header(*header);
        match (proxy_protocol, networks.is_empty()) {
            (true, true) => Err(Failure::usage(
                "proxy_protocol is on, and no proxy is listed that may use it",
                "List the proxies in trusted_proxies.",
            )),
            (true, false) => Ok(proxies.proxy_protocol()),
            (false, _) => Ok(proxies),
        }
    }
}

impl ProxyChoices {
    /// The header, if one was chosen and nobody is listed who may send it.
    pub(super) fn header_of_nobody(&self) -> Option<String> {
        let chosen = self.header != ForwardedHeader::default();
        (chosen && self.networks.is_empty()).then(|| self.header.name().to_string())
    }
}

/// `trusted_proxies`.
pub(super) const TRUSTED: Key = Key {
    name: "trusted_proxies",
    flag: "trusted-proxies",
    value: "NETWORKS",
    default: "[]",
    help: "Which proxies are believed when they say whom they ask for: their addresses, or networks such as 10.0.0.0/8",
    take: |settings, raw| {
        let networks = raw
            .list()
            .and_then(|items| items.iter().map(|item| item.parse().ok()).collect());
        networks
            .map(|networks| settings.proxies.networks = networks)
            .ok_or("addresses or networks such as 127.0.0.1, 10.0.0.0/8 or fd00::/8, with nothing behind the prefix")
    },
};

/// `forwarded_header`.
pub(super) const HEADER: Key = Key {
    name: "forwarded_header",
    flag: "forwarded-header",
    value: "x-forwarded-for|forwarded",
    default: "\"x-forwarded-for\"",
    help: "The one header in which trusted proxies say whom they ask for; the other is never read",
    take: |settings, raw| {
        let all = [ForwardedHeader::XForwardedFor, ForwardedHeader::Forwarded];
        let header = raw
            .text()
            .and_then(|text| all.into_iter().find(|header| header.name().as_str() == text));
        header
            .map(|header| settings.proxies.header = header)
            .ok_or("x-forwarded-for or forwarded")
    },
};

/// `proxy_protocol`.
pub(super) const PROXY_PROTOCOL: Key = Key {
    name: "proxy_protocol",
    flag: "proxy-protocol",
    value: "true|false",
    default: "false",
    help: "Whether trusted proxies begin each connection with a PROXY header, version 2 (HAProxy: send-proxy-v2)",
    take: |settings, raw| {
        raw.truth()
            .map(|on| settings.proxies.proxy_protocol = on)
            .ok_or("true or false")
    },
};
