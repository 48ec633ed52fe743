//! Whom the requests of one connection come from.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::extract::ConnectInfo;
use http::Request;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::proxy::{self, ProxyError};
use super::seldom::Seldom;
use super::watch::Watch;
use crate::peer::{TrustedProxies, Unlisted, is_near, looks_forwarded};

/// How often it is told that a proxy is not listed.
const UNLISTED_TOLD_EVERY: Duration = Duration::from_secs(60 * 60);

/// How often it is told that a PROXY header cannot be read.
const BROKEN_TOLD_EVERY: Duration = Duration::from_secs(60);

/// What a server believes, and what it told of that.
#[derive(Debug)]
pub(super) struct Belief {
    proxies: TrustedProxies,
    unlisted: Seldom,
    broken: Seldom,
}

impl Belief {
    pub(super) fn new(proxies: TrustedProxies) -> Self {
        Self {
            proxies,
            unlisted: Seldom::every(UNLISTED_TOLD_EVERY),
            broken: Seldom::every(BROKEN_TOLD_EVERY),
        }
    }

    /// Who is behind a connection, after the PROXY header if one is to come; `None`: it is not to be served. Who is late
    /// with it, or stands in another's way, goes; `over` is ready when the server ends.
    pub(super) async fn of(
        self: &Arc<Self>,
        (tcp, watch): (&mut TcpStream, &Watch),
        connected: SocketAddr,
        within: Duration,
        over: impl Future<Output = ()>,
    ) -> Option<Origin> {
        if !self.proxies.sends_proxy_header(connected.ip()) {
            return Some(Origin::new(self, connected));
        }
        let mut reading = pin!(timeout(within, proxy::read(tcp)));
        let mut over = pin!(over);
        let read = poll_fn(|cx| {
            watch.wake_with(cx.waker());
            if over.as_mut().poll(cx).is_ready() || (watch.is_unwanted() && watch.goes()) {
                return Poll::Ready(None);
            }
            reading.as_mut().poll(cx).map(Some)
        });
        match read.await? {
            Ok(Ok(source)) => return Some(Origin::new(self, source.unwrap_or(connected))),
            // Nobody but a port scan, or a check whether somebody listens.
            Ok(Err(ProxyError::Broken(error))) => {
                tracing::debug!(proxy = %connected.ip(), %error, "no PROXY header came")
            }
            Ok(Err(error)) if self.broken.is_due() => {
                tracing::warn!(proxy = %connected.ip(), "connections of a trusted proxy are closed, for the PROXY header cannot be taken: {error}");
            }
            Ok(Err(_)) | Err(_) => {}
        }
        None
    }
}

/// Who is behind one connection.
#[derive(Debug)]
pub(super) struct Origin {
    belief: Arc<Belief>,
    peer: SocketAddr,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Its headers say nothing.
    Client,
    /// The same, but it is so near that it may be a proxy that was forgotten.
    Near,
    /// It says whom it asks for.
    Proxy,
}

impl Origin {
    fn new(belief: &Arc<Belief>, peer: SocketAddr) -> Self {
        let kind = match peer.ip() {
            address if belief.proxies.is_trusted(address) => Kind::Proxy,
            address if is_near(address) => Kind::Near,
            _ => Kind::Client,
        };
        Self {
            belief: Arc::clone(belief),
            peer: SocketAddr::new(peer.ip().to_canonical(), peer.port()),
            kind,
        }
    }

    /// Who connected, as far as it is known.
    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Puts who asks beside the request, for handlers and everything else.
    pub(super) fn mark<B>(&self, request: &mut Request<B>) -> SocketAddr {
        let mut peer = self.peer;
        match self.kind {
            Kind::Client => {}
            Kind::Proxy => {
                let asks = self.belief.proxies.peer(peer.ip(), request.headers());
                if asks != peer.ip() {
                    peer = SocketAddr::new(asks, 0);
                }
            }
            Kind::Near if looks_forwarded(request.headers()) => {
                request.extensions_mut().insert(Unlisted);
                if self.belief.unlisted.is_due() {
                    tracing::warn!(
                        proxy = %peer.ip(),
                        "a proxy says whom it asks for and is not believed, so all its clients look like one: list it (trusted_proxies)"
                    );
                }
            }
            Kind::Near => {}
        }
        request.extensions_mut().insert(ConnectInfo(peer));
        peer
    }
}
