//! A line that says how far long work is: only where a person looks on.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// How often it is written anew.
const EVERY: Duration = Duration::from_millis(200);

/// Counts, and says so on standard error.
pub(crate) struct Progress {
    what: &'static str,
    count: usize,
    begun: Instant,
    said: Option<Instant>,
    seen: bool,
}

impl Progress {
    /// Of so many of these.
    pub(crate) fn new(what: &'static str) -> Self {
        Self {
            what,
            count: 0,
            begun: Instant::now(),
            said: None,
            seen: io::stderr().is_terminal(),
        }
    }

    /// So many more.
    pub(crate) fn add(&mut self, count: usize) {
        self.count = self.count.saturating_add(count);
        let since = self.said.unwrap_or(self.begun).elapsed();
        if !self.seen || since < EVERY {
            return;
        }
        self.said = Some(Instant::now());
        let seconds = self.begun.elapsed().as_millis().max(1);
        let rate = u128::try_from(self.count)
            .unwrap_or(0)
            .saturating_mul(1000)
            .checked_div(seconds)
            .unwrap_or(0);
        let _ = write!(
            io::stderr().lock(),
            "\r\u{1b}[K{} {} ({rate} a second)",
            self.count,
            self.what
        );
    }

    /// Takes the line away.
    pub(crate) fn end(&mut self) {
        if self.said.is_some() {
            let _ = write!(io::stderr().lock(), "\r\u{1b}[K");
        }
    }
}
