//! What was answered, told to who keeps a log or counts.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::MatchedPath;
use http::header::USER_AGENT;
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use tokio::time::Instant;

use crate::matched;

/// A request as it was answered.
#[derive(Debug)]
#[non_exhaustive]
pub struct Exchange<'a> {
    /// Its method: whatever a client wrote.
    pub method: &'a Method,
    /// Its path as it was sent, without the query.
    pub path: &'a str,
    /// The route that answered, such as `/users/{username}`: one of those that there are. `None`: there was none, or it
    /// is one of axum's own that was put beside those of a [`Front`](crate::Front).
    pub route: Option<&'a str>,
    /// What it was answered; `None` where the client went before.
    pub status: Option<StatusCode>,
    /// Bytes of the answer's body that were taken off us.
    pub bytes: u64,
    /// From the request's head to the answer's last byte.
    pub took: Duration,
    /// Who asks.
    pub peer: IpAddr,
    /// What their program calls itself: whatever a client wrote.
    pub agent: Option<&'a HeaderValue>,
}

/// Who is told of every request once it was answered, on the thread that answered: it must not wait.
pub trait Observe: fmt::Debug + Send + Sync + 'static {
    /// A request was answered, or its client went.
    fn answered(&self, exchange: &Exchange<'_>);
}

/// All who are told.
pub(super) type Observers = Arc<[Arc<dyn Observe>]>;

/// One request on its way. It tells when it is dropped, wherever that is.
pub(super) struct Observed {
    observers: Observers,
    method: Method,
    uri: Uri,
    agent: Option<HeaderValue>,
    peer: IpAddr,
    begun: Instant,
    route: Option<MatchedPath>,
    status: Option<StatusCode>,
    bytes: u64,
}

impl Observed {
    /// From now on. Of the request nothing is copied that is not counted by reference.
    pub(super) fn new<B>(observers: &Observers, request: &Request<B>, peer: IpAddr) -> Option<Self> {
        if observers.is_empty() {
            return None;
        }
        Some(Self {
            observers: Arc::clone(observers),
            method: request.method().clone(),
            uri: request.uri().clone(),
            agent: request.headers().get(USER_AGENT).cloned(),
            peer,
            begun: Instant::now(),
            route: None,
            status: None,
            bytes: 0,
        })
    }

    /// A step of the router, which may say which route it takes.
    pub(super) fn step<T>(this: &mut Option<Self>, step: impl FnOnce() -> T) -> T {
        match this {
            Some(observed) => matched::asked(&mut observed.route, step),
            None => step(),
        }
    }

    /// What it is answered.
    pub(super) fn status(&mut self, status: StatusCode) {
        self.status = Some(status);
    }

    /// So much of the answer goes out.
    pub(super) fn goes(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }
}

impl Drop for Observed {
    fn drop(&mut self) {
        let exchange = Exchange {
            method: &self.method,
            path: self.uri.path(),
            route: self.route.as_ref().map(MatchedPath::as_str),
            status: self.status,
            bytes: self.bytes,
            took: self.begun.elapsed(),
            peer: self.peer,
            agent: self.agent.as_ref(),
        };
        for observer in &*self.observers {
            observer.answered(&exchange);
        }
    }
}
