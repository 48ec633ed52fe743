//! The accept loop: HTTP/1 with limits on time, size and number, and a graceful end.
//!
//! A handler may take a connection over (WebSockets): it keeps its place among the connections, none of the limits of time
//! holds for it, and what is still open when the grace is over is cut.
//!
//! `axum::serve` has no time-out for a half-sent head. Here every connection has one timer, which looks a few times
//! per limit at what the connection has done since; nothing is armed, boxed or asked of the clock per request.

mod connection;
mod ending;
mod error;
mod files;
mod limits;
mod observe;
mod origin;
mod places;
mod proxy;
mod seldom;
mod service;
mod signals;
mod stream;
mod watch;

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpStream, ToSocketAddrs};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

pub use ending::{Ending, UntilEnding};
pub use error::ServeError;
pub use limits::Limits;
use observe::Observers;
pub use observe::{Exchange, Observe};
use origin::Belief;
use places::{Place, Places};
use seldom::Seldom;
pub use signals::end_signal;
use watch::Watch;

use crate::peer::TrustedProxies;

/// How long to wait after an accept that failed for want of files or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// How often that is logged.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Serves `app` on `addr` (`"127.0.0.1:8000"`) with the default [`Limits`] until SIGTERM or Ctrl-C ([`end_signal`]), and then lets
/// the requests in flight finish.
///
/// # Errors
/// The address cannot be listened on, or the signals cannot.
///
/// ```no_run
/// # async fn example() -> Result<(), portcullis::ServeError> {
/// let app = axum::Router::new().route("/", axum::routing::get(async || "hello"));
/// portcullis::serve("127.0.0.1:8000", app).await
/// # }
/// ```
pub async fn serve(addr: impl ToSocketAddrs + fmt::Display, app: Router) -> Result<(), ServeError> {
    let server = Server::bind(addr).await?;
    let end = end_signal()?;
    tracing::info!(addr = %server.local_addr(), "listening");
    server.run(app, end).await;
    Ok(())
}

/// A server that listens and does not accept yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    addr: SocketAddr,
    limits: Limits,
    proxies: TrustedProxies,
    observers: Vec<Arc<dyn Observe>>,
}

impl Server {
    /// Listens on `addr`; port 0 takes a free one, which [`Server::local_addr`] tells.
    ///
    /// # Errors
    /// [`ServeError::Bind`].
    pub async fn bind(addr: impl ToSocketAddrs + fmt::Display) -> Result<Self, ServeError> {
        let text = addr.to_string();
        let bound = TcpListener::bind(addr).await.and_then(Self::of);
        bound.map_err(|source| ServeError::Bind { addr: text, source })
    }

    /// Takes over a listener.
    ///
    /// # Errors
    /// [`ServeError::Bind`] if it has no address.
    pub fn from_listener(listener: TcpListener) -> Result<Self, ServeError> {
        Self::of(listener).map_err(|source| ServeError::Bind {
            addr: "the given listener".to_owned(),
            source,
        })
    }

    fn of(listener: TcpListener) -> io::Result<Self> {
        let addr = listener.local_addr()?;
        Ok(Self {
            listener,
            addr,
            limits: Limits::default(),
            proxies: TrustedProxies::default(),
            observers: Vec::new(),
        })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Other limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Believes these proxies when they say whom they ask for; nobody by default.
    #[must_use]
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = proxies;
        self
    }

    /// Tells this one, too, of every request that is answered.
    #[must_use]
    pub fn observe(mut self, observer: Arc<dyn Observe>) -> Self {
        self.observers.push(observer);
        self
    }

    /// Serves `app` until `end` is ready; then accepts no more, closes idle connections, lets requests in flight
    /// finish for at most [`Limits::grace`], and cuts the rest. Dropping the future cuts all at once.
    ///
    /// WebSockets, and whatever else takes a connection over after 101, count as connections and as requests in flight until
    /// they end. Those and streams of events learn from [`Ending`] that it is time to.
    ///
    /// Handlers find who asks as `axum::extract::ConnectInfo<SocketAddr>`: whoever connected or, behind
    /// [trusted proxies](Self::trusted_proxies), whom those ask for. A handler that panics is answered
    /// with 500 and logged.
    pub async fn run(self, app: Router, end: impl Future<Output = ()>) {
        let Self {
            listener,
            limits,
            proxies,
            observers,
            ..
        } = self;
        let shared = Arc::new(Shared {
            stage: AtomicU8::new(RUNNING),
            changed: Arc::new(Notify::new()),
            belief: Arc::new(Belief::new(proxies)),
            observers: observers.into(),
        });
        let cut_all = CutAll(Arc::clone(&shared));
        let places = Places::new(files::connections(limits.connections));
        {
            let mut end = pin!(end);
            let mut accepting = pin!(accept(&listener, &places, |stream, peer, (watch, place)| {
                let (app, shared) = (app.clone(), Arc::clone(&shared));
                tokio::spawn(connection::drive(stream, peer, app, limits, (shared, watch, place)));
            }));
            tokio::select! {
                () = &mut accepting => {}
                () = &mut end => {}
            }
        }
        drop(listener);
        shared.enter(ENDING);
        if timeout(limits.grace, places.all_free()).await.is_err() {
            tracing::warn!(grace = ?limits.grace, "requests were still in flight at the end and are cut");
        }
        drop(cut_all);
    }
}

/// Accepts for ever. A connection is accepted before it has a place, so that it is known that somebody waits: only then
/// an idle one goes for it. Where none can, further ones stay in the system's queue.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Places>,
    start: impl Fn(TcpStream, SocketAddr, (Arc<Watch>, Place)),
) {
    let told = Seldom::every(TOLD_EVERY);
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let watch = Arc::new(Watch::default());
                let Some(place) = places.take(&watch).await else { return };
                start(stream, peer, (watch, place));
            }
            Err(error) if concerns_one_client(&error) => {}
            Err(error) => {
                if told.is_due() {
                    tracing::error!(%error, "cannot accept connections for the moment; idle ones are closed");
                }
                places.make_room();
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Errors of a connection that was gone before it was accepted; all others (no files, no memory) would come back at
/// once.
fn concerns_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}

/// The stages of a server.
const RUNNING: u8 = 0;
/// Requests in flight finish, idle connections close.
const ENDING: u8 = 1;
/// All connections are cut.
const OVER: u8 = 2;

/// What the connections see of their server.
struct Shared {
    stage: AtomicU8,
    changed: Arc<Notify>,
    belief: Arc<Belief>,
    observers: Observers,
}

impl Shared {
    fn stage(&self) -> u8 {
        self.stage.load(Ordering::Acquire)
    }

    fn enter(&self, stage: u8) {
        self.stage.store(stage, Ordering::Release);
        self.changed.notify_waiters();
    }

    /// Ready when the server ends.
    async fn ends(&self) {
        loop {
            let changed = self.changed.notified();
            if self.stage() != RUNNING {
                return;
            }
            changed.await;
        }
    }
}

/// Cuts all connections when it is dropped, and so when the server's future is.
struct CutAll(Arc<Shared>);

impl Drop for CutAll {
    fn drop(&mut self) {
        self.0.enter(OVER);
    }
}

#[cfg(test)]
mod tests;
