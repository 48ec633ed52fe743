//! The end of the server, as handlers see it.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::FromRequestParts;
use futures_core::Stream;
use http::request::Parts;
use pin_project_lite::pin_project;

use super::{RUNNING, Shared};
use crate::openapi::{Describe, Operation};

/// The end of the [`Server`](super::Server) that serves a request, for handlers whose answer has no end of its own: a stream
/// of events, a WebSocket, a poll that waits. Taken as an argument, it says when the server was called to end; who then closes
/// need not be cut when [`Limits::grace`](super::Limits::grace) is over.
///
/// Where another server serves the application, or a test asks it without one, no end comes.
///
/// ```
/// use std::convert::Infallible;
///
/// use axum::response::sse::{Event, Sse};
/// use futures_util::stream::{self, Stream};
/// use portcullis::{ApiRouter, Ending, get};
///
/// async fn read_ticks(ending: Ending) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
///     let ticks = stream::repeat_with(|| Ok(Event::default().data("tick")));
///     Sse::new(ending.closes(ticks))
/// }
///
/// let app: ApiRouter = ApiRouter::new().api_route("/ticks", get(read_ticks));
/// ```
///
/// A WebSocket says why it goes:
///
/// ```
/// use axum::extract::ws::{CloseFrame, Message, WebSocketUpgrade, close_code};
/// use axum::response::Response;
/// use portcullis::Ending;
///
/// async fn echo(ending: Ending, socket: WebSocketUpgrade) -> Response {
///     socket.on_upgrade(async move |mut socket| {
///         loop {
///             tokio::select! {
///                 message = socket.recv() => match message {
///                     Some(Ok(message)) => drop(socket.send(message).await),
///                     _ => return,
///                 },
///                 () = ending.begins() => break,
///             }
///         }
///         let goodbye = CloseFrame { code: close_code::AWAY, reason: "the server ends".into() };
///         drop(socket.send(Message::Close(Some(goodbye))).await);
///     })
/// }
/// ```
#[derive(Clone, Default)]
pub struct Ending(Option<Arc<OfConnection>>);

/// One for each connection: the count of what all requests of a server share would be fought for.
struct OfConnection(Arc<Shared>);

impl Ending {
    pub(super) fn of(shared: &Arc<Shared>) -> Self {
        Self(Some(Arc::new(OfConnection(Arc::clone(shared)))))
    }

    /// Whether the server was called to end.
    pub fn has_begun(&self) -> bool {
        self.0.as_ref().is_some_and(|own| own.0.stage() != RUNNING)
    }

    /// Waits until the server is called to end; at once, if it was. Where there is no server of ours, for ever.
    pub async fn begins(&self) {
        match &self.0 {
            Some(own) => own.0.ends().await,
            None => std::future::pending().await,
        }
    }

    /// The same stream, which ends where the server does.
    pub fn closes<S: Stream>(self, stream: S) -> UntilEnding<S> {
        let end: Option<End> = self.0.is_some().then(|| {
            let end: End = Box::pin(async move { self.begins().await });
            end
        });
        UntilEnding { stream, end }
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ending").field("has_begun", &self.has_begun()).finish()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Ending {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

impl Describe for Ending {
    fn describe(_: &mut Operation) {}
}

type End = Pin<Box<dyn Future<Output = ()> + Send>>;

pin_project! {
    /// A stream that ends where its server does; made by [`Ending::closes`].
    pub struct UntilEnding<S> {
        #[pin]
        stream: S,
        end: Option<End>,
    }
}

impl<S> fmt::Debug for UntilEnding<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UntilEnding(..)")
    }
}

impl<S: Stream> Stream for UntilEnding<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        if let Some(end) = this.end
            && end.as_mut().poll(context).is_ready()
        {
            // Not to be polled again, and neither is whoever asks again answered with more.
            *this.end = Some(Box::pin(std::future::ready(())));
            return Poll::Ready(None);
        }
        this.stream.poll_next(context)
    }
}
