//! One connection, from the first byte to the last.

use std::fmt;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::futures::Notified;
use tokio::time::{Instant, Sleep, sleep};

use super::limits::DEFAULT_HEAD_LINES;
use super::places::Place;
use super::service::Service;
use super::stream::{Stream, Tie};
use super::watch::{Timekeeper, Verdict, Watch};
use super::{ENDING, Ending, Limits, RUNNING, Shared};

/// Serves one connection to its end, or to where a handler takes it over (a WebSocket). The place it takes among the
/// server's connections is given back when its stream ends.
pub(super) async fn drive(
    mut tcp: TcpStream,
    connected: SocketAddr,
    app: Router,
    limits: Limits,
    (shared, watch, place): (Arc<Shared>, Arc<Watch>, Place),
) {
    // Answers are small and whole: waiting to fill a segment would only delay them. A failure costs time, no more.
    let _ = tcp.set_nodelay(true);
    let over = shared.ends();
    let origin = shared.belief.of((&mut tcp, &watch), connected, limits.head_time, over);
    let Some(origin) = origin.await else { return };
    let peer = origin.peer();
    let tie = Tie::new(Arc::clone(&shared), place);
    let io = TokioIo::new(Stream::new(tcp, Arc::clone(&watch), tie));
    let service = Service::new(
        app,
        (origin, Ending::of(&shared)),
        (Arc::clone(&watch), head_bytes(&limits)),
    );
    let service = service.observed_by(&shared.observers);
    let mut connection = builder(&limits).serve_connection(io, service).with_upgrades();

    let timekeeper = Timekeeper::new(limits);
    let timer = pin!(sleep(timekeeper.tick()));
    let changed = pin!(shared.changed.notified());
    let mut alarm = Alarm::new(&shared, timekeeper, (timer, changed));
    let end = poll_fn(|cx| {
        loop {
            if let Poll::Ready(result) = Pin::new(&mut connection).poll(cx) {
                return Poll::Ready(Some(result));
            }
            match alarm.poll(cx, &watch) {
                Alert::None => return Poll::Pending,
                Alert::Cut => return Poll::Ready(None),
                Alert::End => Pin::new(&mut connection).graceful_shutdown(),
                Alert::Look => {}
            }
        }
    })
    .await;
    let Some(end) = end else { return };
    let broken = is_broken(&end, &peer);
    // Without parts it was upgraded: the stream is the handler's now, with its place among the connections.
    if let Some(parts) = connection.into_parts()
        && (broken || watch.is_unread())
    {
        parts.io.into_inner().linger().await;
    }
}

/// Whether the client may still be sending what nobody reads: a head that is too large or malformed, after hyper has
/// answered it.
fn is_broken(end: &hyper::Result<()>, peer: &impl fmt::Display) -> bool {
    let Err(error) = end else { return false };
    tracing::debug!(%peer, %error, "a connection broke off");
    error.is_parse()
}

/// hyper takes no less than 8 KiB, and panics.
fn head_bytes(limits: &Limits) -> usize {
    limits.head_bytes.max(8 << 10)
}

fn builder(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder.max_buf_size(head_bytes(limits));
    // Answers are small: head and body copied into one buffer leave in one plain write, which costs the kernel less
    // than a list of two.
    builder.writev(false);
    if limits.head_lines != DEFAULT_HEAD_LINES {
        builder.max_headers(limits.head_lines);
    }
    builder
}

/// What wakes a connection beside its client.
enum Alert {
    None,
    /// The server ends: no further request on this connection.
    End,
    /// Something changed that the connection must see.
    Look,
    /// The connection is to be cut.
    Cut,
}

/// The connection's timer and its server's call to end. Both are asked only when they have something to say: a
/// request costs a look at two atomics.
struct Alarm<'a, 's> {
    shared: &'s Shared,
    timekeeper: Timekeeper,
    timer: Pin<&'a mut Sleep>,
    changed: Pin<&'a mut Notified<'s>>,
    /// Whom timer and call are to wake.
    waker: Option<Waker>,
    stage: u8,
}

impl<'a, 's> Alarm<'a, 's> {
    fn new(
        shared: &'s Shared,
        timekeeper: Timekeeper,
        (timer, changed): (Pin<&'a mut Sleep>, Pin<&'a mut Notified<'s>>),
    ) -> Self {
        Self {
            shared,
            timekeeper,
            timer,
            changed,
            waker: None,
            stage: RUNNING,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, watch: &Watch) -> Alert {
        if watch.is_unwanted() && watch.goes() {
            return Alert::Cut;
        }
        // Timer and call know this waker already, and neither has come.
        let known = self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
        if known && !self.timer.is_elapsed() && self.shared.stage() == self.stage {
            return Alert::None;
        }
        self.waker = Some(cx.waker().clone());
        watch.wake_with(cx.waker());
        if watch.is_unwanted() && watch.goes() {
            return Alert::Cut;
        }
        while self.changed.as_mut().poll(cx).is_ready() {
            self.changed.set(self.shared.changed.notified());
        }
        // Read after the call was asked, so that none is missed.
        let stage = self.shared.stage();
        if stage != self.stage {
            self.stage = stage;
            return if stage == ENDING { Alert::End } else { Alert::Cut };
        }
        if self.timer.as_mut().poll(cx).is_pending() {
            return Alert::None;
        }
        if let Some(next) = Instant::now().checked_add(self.timekeeper.tick()) {
            self.timer.as_mut().reset(next);
        }
        self.waker = None;
        match self.timekeeper.look(watch) {
            Verdict::Cut => Alert::Cut,
            Verdict::Fine | Verdict::EndBody => Alert::Look,
        }
    }
}
