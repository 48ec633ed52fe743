//! The connection's stream, which tells its watch what goes through it.

use std::future::Future as _;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::futures::OwnedNotified;
use tokio::time::timeout;

use super::places::Place;
use super::watch::Watch;
use super::{OVER, Shared};

/// How much of a request that was answered early is still taken off the client, and for how long.
const LINGER_BYTES: usize = 16 << 20;
const LINGER_TIME: Duration = Duration::from_secs(2);

/// A TCP stream under watch.
pub(super) struct Stream {
    tcp: TcpStream,
    watch: Arc<Watch>,
    tie: Tie,
}

/// What ties a stream to its server: its place among the connections and, once a handler has taken the stream over and
/// no task of ours drives it any more, the server's end.
pub(super) struct Tie {
    shared: Arc<Shared>,
    _place: Place,
    /// For the side that reads, and the side that writes; made when first asked.
    ends: [Option<Pin<Box<OwnedNotified>>>; 2],
}

const READS: usize = 0;
const WRITES: usize = 1;

impl Tie {
    pub(super) fn new(shared: Arc<Shared>, place: Place) -> Self {
        Self {
            shared,
            _place: place,
            ends: [None, None],
        }
    }

    /// An error if the server is over; otherwise whoever asks is woken when it is.
    fn hold(&mut self, side: usize, cx: &mut Context<'_>) -> io::Result<()> {
        let Some(end) = self.ends.get_mut(side) else {
            return Ok(());
        };
        let changed = &self.shared.changed;
        while end
            .get_or_insert_with(|| Box::pin(Arc::clone(changed).notified_owned()))
            .as_mut()
            .poll(cx)
            .is_ready()
        {
            *end = None;
        }
        // Read after the call was asked, so that none is missed.
        if self.shared.stage() == OVER {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }
}

impl Stream {
    pub(super) fn new(tcp: TcpStream, watch: Arc<Watch>, tie: Tie) -> Self {
        Self { tcp, watch, tie }
    }

    fn hold(&mut self, side: usize, cx: &mut Context<'_>) -> io::Result<()> {
        if self.watch.is_upgraded() {
            return self.tie.hold(side, cx);
        }
        Ok(())
    }

    /// Ends our side and reads what the client is still sending: a connection that is closed over unread bytes is
    /// reset, and the client then loses the answer (RFC 9112 §9.6).
    pub(super) async fn linger(mut self) {
        let reading = async {
            self.tcp.shutdown().await?;
            let (mut scrap, mut left) = (vec![0; 16 << 10], LINGER_BYTES);
            while left > 0 {
                match self.tcp.read(&mut scrap).await? {
                    0 => break,
                    read => left = left.saturating_sub(read),
                }
            }
            Ok::<(), io::Error>(())
        };
        // An error or a silent client: either way there is nobody left to answer.
        let _ = timeout(LINGER_TIME, reading).await;
    }

    fn wrote(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match &result {
            Poll::Ready(Ok(_)) => self.watch.bytes_written(),
            Poll::Pending => self.watch.write_blocked(),
            Poll::Ready(Err(_)) => {}
        }
        result
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.hold(READS, cx)?;
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.tcp).poll_read(cx, buf))?;
        match buf.filled().len().saturating_sub(before) {
            0 => {}
            bytes => self.watch.bytes_read(bytes),
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.hold(WRITES, cx)?;
        let result = Pin::new(&mut self.tcp).poll_write(cx, buf);
        self.wrote(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.hold(WRITES, cx)?;
        let result = Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs);
        self.wrote(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}
