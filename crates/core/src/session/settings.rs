//! The choices.

use std::time::Duration;

/// What becomes of a refresh token that was used before, after the window for retries, while nobody has used what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LateRetry {
    /// It is taken for stolen: the session ends.
    End,
    /// It is answered again, once and within an hour, if it comes from the same network (/24, /64) and no access token that
    /// came with its successor was seen: the answer was lost. A thief on the same network is the price.
    #[default]
    SameNetwork,
}

/// How long sessions live and what is forgiven.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionSettings {
    /// A session ends when it was not refreshed for so long; 14 days.
    pub idle: Duration,
    /// It ends so long after its login in any case; 90 days.
    pub absolute: Duration,
    /// For so long a used refresh token gives the same successor again; 30 seconds. It is counted from its first use and
    /// never anew.
    pub window: Duration,
    /// What comes after the window.
    pub late_retry: LateRetry,
    /// Whether a refresh token that is newer than what the store knows rolls the store forward: it was restored from a
    /// copy. Off for those whose secret may be known to others.
    pub accept_ahead: bool,
}

impl Default for SessionSettings {
    fn default() -> Self {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        Self {
            idle: DAY.saturating_mul(14),
            absolute: DAY.saturating_mul(90),
            window: Duration::from_secs(30),
            late_retry: LateRetry::default(),
            accept_ahead: true,
        }
    }
}

impl SessionSettings {
    /// The same, and a retry that comes late ends the session.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.late_retry = LateRetry::End;
        self
    }

    /// With another time after which an unused session ends.
    #[must_use]
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// With another time after which every session ends.
    #[must_use]
    pub fn absolute(mut self, absolute: Duration) -> Self {
        self.absolute = absolute;
        self
    }

    /// With another window for retries.
    #[must_use]
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// With another answer to late retries.
    #[must_use]
    pub fn late_retry(mut self, late_retry: LateRetry) -> Self {
        self.late_retry = late_retry;
        self
    }

    /// With or without rolling the store forward.
    #[must_use]
    pub fn accept_ahead(mut self, accepted: bool) -> Self {
        self.accept_ahead = accepted;
        self
    }
}
