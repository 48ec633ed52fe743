//! Who asks, where proxies stand between: the one place that says so, for sessions, logs and limits alike.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{Extensions, HeaderMap};

mod forwarded;
mod network;

pub use forwarded::ForwardedHeader;
pub use network::{Network, NetworkError};

/// Which proxies are believed when they say whom they ask for. By default nobody is: then the peer is whoever connected.
///
/// A [`Server`](crate::Server) puts the peer where handlers find it, `ConnectInfo<SocketAddr>` (with port 0 where a
/// header said it). Behind another accept loop a layer of the application's own does:
///
/// ```
/// use std::net::SocketAddr;
///
/// use axum::extract::{ConnectInfo, Request};
/// use portcullis::TrustedProxies;
///
/// let proxies = TrustedProxies::new(["10.0.0.0/8".parse()?]);
/// let app: axum::Router = axum::Router::new().layer(axum::middleware::map_request(move |mut request: Request| {
///     if let Some(ConnectInfo(connected)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
///         let peer = proxies.peer(connected.ip(), request.headers());
///         request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer, 0)));
///     }
///     std::future::ready(request)
/// }));
/// # Ok::<(), portcullis::NetworkError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<Network>,
    header: ForwardedHeader,
    proxy_protocol: bool,
}

impl TrustedProxies {
    /// Believes the proxies in these networks, by `X-Forwarded-For`. Networks in which clients may be too are no networks
    /// of proxies: whoever is in one can be anybody.
    pub fn new(networks: impl IntoIterator<Item = Network>) -> Self {
        Self {
            networks: networks.into_iter().collect(),
            ..Self::default()
        }
    }

    /// By another header. The other one is never read: a proxy that knows one of them passes on what clients write into
    /// the other.
    #[must_use]
    pub fn header(mut self, header: ForwardedHeader) -> Self {
        self.header = header;
        self
    }

    /// These proxies begin each connection with the header of the PROXY protocol, version 2, as HAProxy does with
    /// `send-proxy-v2`; one that does not is cut off. Others cannot send one. The address in it is then the one that
    /// connected: a header of HTTP is believed if it is one of a trusted proxy again.
    #[must_use]
    pub fn proxy_protocol(mut self) -> Self {
        self.proxy_protocol = true;
        self
    }

    /// Whether whoever connects from there must begin with a PROXY header.
    pub fn sends_proxy_header(&self, connected: IpAddr) -> bool {
        self.proxy_protocol && self.is_trusted(connected)
    }

    /// The networks.
    pub fn networks(&self) -> &[Network] {
        &self.networks
    }

    pub(crate) fn is_trusted(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// Who asks: whoever connected or, where that is a trusted proxy, whom it says it asks for. The header is walked from
    /// the right, where each proxy writes; the first address that is not trusted is the one, what is no address ends the
    /// walk before it, and where every hop is trusted it is the leftmost. Addresses of IPv4 are such, however written.
    pub fn peer(&self, connected: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut peer = connected.to_canonical();
        let mut hops = self.header.hops(headers);
        while self.is_trusted(peer) {
            match hops.next().flatten() {
                Some(hop) => peer = hop,
                None => break,
            }
        }
        peer
    }
}

/// Beside a request: whoever connected looks like a proxy that nobody listed. Many may stand behind the one address.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unlisted;

/// Whether a request that came from there straight looks like a proxy's: no client on the Internet has such an address.
pub(crate) fn looks_forwarded(headers: &HeaderMap) -> bool {
    ForwardedHeader::is_any_in(headers)
}

/// Whether an address is of this machine or of a private network.
pub(crate) fn is_near(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// Who asks, as far as the server or a layer told.
pub(crate) fn of(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip())
}

#[cfg(test)]
mod tests;
