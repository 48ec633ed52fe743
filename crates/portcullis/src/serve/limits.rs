//! The limits of the accept loop.

#[cfg(doc)]
use std::io;
use std::time::Duration;

/// What a client may take of time, bytes and connections.
///
/// A limit of time is kept to within a quarter of the shortest of them (at most a second).
///
/// ```
/// use std::time::Duration;
/// use portcullis::Limits;
///
/// let limits = Limits::default().grace(Duration::from_secs(3)).connections(100);
/// assert_eq!(limits.connections, 100);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// From the first byte of a request, or from the connection, to the end of its head. Then the connection is cut.
    /// Default 10 s.
    pub head_time: Duration,
    /// The longest pause in a body that the handler waits for. Then the handler is given an error of kind
    /// [`io::ErrorKind::TimedOut`] (`POST /token` answers 408). Default 10 s.
    pub body_pause: Duration,
    /// The time that a handler may wait for a body in all, with the same end. Default 60 s.
    pub body_time: Duration,
    /// The longest pause in taking a response off us. Then the connection is cut. Default 30 s.
    pub write_pause: Duration,
    /// How long a connection may stay open between requests. Default 75 s.
    pub idle: Duration,
    /// How long the requests in flight have to finish after the call to end. Default 10 s.
    pub grace: Duration,
    /// Bytes of a request's head: beyond it 431. At least 8 KiB. Default 64 KiB. Counted as it is usually written, without
    /// blanks that could be left out.
    pub head_bytes: usize,
    /// Lines in a request's head: beyond it 431. Default 100.
    pub head_lines: usize,
    /// Connections at a time, as far as the system's limit of open files leaves room for them: that is raised as far as
    /// it can be and needs to be, and some files are kept for others. Beyond it the connection that has been idle for
    /// longest makes room, then one that does not send the request it began; where all are busy, further ones wait in the
    /// system's queue. Default 8,192.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_time: Duration::from_secs(10),
            body_pause: Duration::from_secs(10),
            body_time: Duration::from_secs(60),
            write_pause: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            grace: Duration::from_secs(10),
            head_bytes: 64 << 10,
            head_lines: DEFAULT_HEAD_LINES,
            connections: 8_192,
        }
    }
}

/// hyper's own default, for which it needs no allocation.
pub(super) const DEFAULT_HEAD_LINES: usize = 100;

macro_rules! setters {
    ($($name:ident: $unit:ty),+ $(,)?) => {
        impl Limits {
            $(
                #[doc = concat!("The same with another [`", stringify!($name), "`](Self#structfield.", stringify!($name), ").")]
                #[must_use]
                pub fn $name(mut self, $name: $unit) -> Self {
                    self.$name = $name;
                    self
                }
            )+
        }
    };
}
setters!(
    head_time: Duration,
    body_pause: Duration,
    body_time: Duration,
    write_pause: Duration,
    idle: Duration,
    grace: Duration,
    head_bytes: usize,
    head_lines: usize,
    connections: usize,
);
