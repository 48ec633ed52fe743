//! From hyper's request to the router and back: the peer's address, the watch, and panics caught.

use std::any::Any;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::response::{IntoResponse, Response};
use axum::routing::future::RouteFuture;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Request, StatusCode, Version};
use hyper::body::{Frame, Incoming, SizeHint};
use tower_service::Service as _;

use super::ending::Ending;
use super::observe::{Observed, Observers};
use super::origin::Origin;
use super::watch::Watch;

/// The router as one connection sees it.
pub(super) struct Service {
    router: Router,
    origin: Origin,
    ending: Ending,
    watch: Arc<Watch>,
    head_bytes: usize,
    observers: Observers,
}

impl Service {
    pub(super) fn new(
        router: Router,
        (origin, ending): (Origin, Ending),
        (watch, head_bytes): (Arc<Watch>, usize),
    ) -> Self {
        Self {
            router,
            origin,
            ending,
            watch,
            head_bytes,
            observers: Observers::default(),
        }
    }

    /// These are told of its requests.
    pub(super) fn observed_by(mut self, observers: &Observers) -> Self {
        self.observers = Arc::clone(observers);
        self
    }
}

impl hyper::service::Service<Request<Incoming>> for Service {
    type Response = Response<Outgoing>;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, mut request: Request<Incoming>) -> Answering {
        let read = self.watch.request_begins();
        let watch = Arc::clone(&self.watch);
        let peer = self.origin.mark(&mut request);
        let mut observed = Observed::new(&self.observers, &request, peer.ip());
        // hyper asks only whether its buffer is full when the head still is not whole.
        let refused = if read > self.head_bytes && head_size(&request) > self.head_bytes {
            Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
        } else {
            (!names_one_host(&request)).then_some(StatusCode::BAD_REQUEST)
        };
        if let Some(status) = refused {
            // What would be read next may be anything.
            let close = [(CONNECTION, HeaderValue::from_static("close"))];
            return Answering::ready((status, close).into_response(), watch, observed);
        }
        request.extensions_mut().insert(self.ending.clone());
        let request = request.map(|body| {
            // No body, no box: most guarded requests.
            if body.is_end_stream() {
                Body::empty()
            } else {
                Body::new(Arriving {
                    body,
                    watch: Arc::clone(&watch),
                })
            }
        });
        let mut router = self.router.clone();
        let step = || catch_unwind(AssertUnwindSafe(|| router.call(request)));
        match Observed::step(&mut observed, step) {
            Ok(future) => Answering {
                future: Some(future),
                ready: None,
                watch: Some(watch),
                observed,
            },
            Err(panic) => Answering::ready(failed(&*panic), watch, observed),
        }
    }
}

/// The bytes of a head as it is usually written: one blank after each colon, none else that can be left out.
fn head_size(request: &Request<Incoming>) -> usize {
    let uri = request.uri();
    let target = [
        uri.path().len(),
        uri.query().map_or(0, |query| query.len().saturating_add(1)),
    ];
    let first = [request.method().as_str().len(), "  HTTP/1.1\r\n".len(), "\r\n".len()];
    let line = |(name, value): (&http::HeaderName, &HeaderValue)| {
        name.as_str()
            .len()
            .saturating_add(value.len())
            .saturating_add(": \r\n".len())
    };
    let lines = request.headers().iter().map(line);
    lines.chain(target).chain(first).fold(0, usize::saturating_add)
}

/// A request of HTTP/1.1 names its host, and names it once (RFC 9112 §3.2).
fn names_one_host(request: &Request<Incoming>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(_), None) => true,
        (None, _) => request.version() < Version::HTTP_11,
        (Some(_), Some(_)) => false,
    }
}

/// A request on its way through the router.
pub(super) struct Answering {
    future: Option<RouteFuture<Infallible>>,
    /// Answered before there was a future.
    ready: Option<Response>,
    watch: Option<Arc<Watch>>,
    observed: Option<Observed>,
}

impl Answering {
    fn ready(response: Response, watch: Arc<Watch>, observed: Option<Observed>) -> Self {
        Self {
            future: None,
            ready: Some(response),
            watch: Some(watch),
            observed,
        }
    }
}

impl Future for Answering {
    type Output = Result<Response<Outgoing>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let response = match (&mut this.future, this.ready.take()) {
            (Some(future), _) => {
                let step = || catch_unwind(AssertUnwindSafe(|| Pin::new(future).poll(cx)));
                match Observed::step(&mut this.observed, step) {
                    Ok(polled) => ready!(polled).unwrap_or_else(|never| match never {}),
                    Err(panic) => failed(&*panic),
                }
            }
            (None, Some(response)) => response,
            // Answered before.
            (None, None) => return Poll::Pending,
        };
        this.future = None;
        let watch = this.watch.take();
        if response.status() == StatusCode::SWITCHING_PROTOCOLS
            && let Some(watch) = &watch
        {
            watch.upgrade();
        }
        let mut observed = this.observed.take();
        if let Some(observed) = &mut observed {
            observed.status(response.status());
        }
        Poll::Ready(Ok(response.map(|body| Outgoing { body, watch, observed })))
    }
}

/// FastAPI's sentence for a handler that broke; the panic's own words go to the log alone.
fn failed(panic: &(dyn Any + Send)) -> Response {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text");
    tracing::error!(panic = words, "a handler panicked");
    let json = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (
        StatusCode::INTERNAL_SERVER_ERROR,
        json,
        r#"{"detail":"Internal Server Error"}"#,
    )
        .into_response()
}

/// A request's body, which tells the watch while the handler waits for it.
struct Arriving {
    body: Incoming,
    watch: Arc<Watch>,
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if polled.is_pending() && self.watch.is_body_late() {
            self.watch.wants_body(false);
            return Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::TimedOut).into())));
        }
        self.watch.wants_body(polled.is_pending());
        polled.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        self.watch.wants_body(false);
        if !self.body.is_end_stream() {
            self.watch.leave_unread();
        }
    }
}

/// A response's body, at whose end the connection is idle again.
pub(super) struct Outgoing {
    body: Body,
    watch: Option<Arc<Watch>>,
    observed: Option<Observed>,
}

impl HttpBody for Outgoing {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if let (Some(observed), Some(Ok(frame))) = (&mut self.observed, &polled) {
            observed.goes(frame.data_ref().map_or(0, Bytes::len));
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        if let Some(watch) = &self.watch {
            watch.response_ends();
        }
    }
}
