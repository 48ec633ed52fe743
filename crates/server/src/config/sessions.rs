//! The settings of sessions and of what ends tokens.

use std::time::Duration;

use portcullis_core::{LateRetry, SessionSettings, StaleFeed};

use super::key::Key;

/// How much is asked of everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Profile {
    /// What most want.
    #[default]
    Standard,
    /// As little trust as can be: no password grant, no late retries, no token taken while it is not known what ended.
    Strict,
}

/// How long sessions live and what is forgiven.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SessionChoices {
    pub(crate) profile: Profile,
    idle_days: u32,
    days: u32,
    late_retry: Option<LateRetry>,
    stale: Option<StaleFeed>,
}

impl Default for SessionChoices {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            idle_days: 14,
            days: 90,
            late_retry: None,
            stale: None,
        }
    }
}

impl SessionChoices {
    /// What sessions are kept by.
    pub(crate) fn settings(&self) -> SessionSettings {
        let late_retry = self.late_retry.unwrap_or(match self.profile {
            Profile::Standard => LateRetry::SameNetwork,
            Profile::Strict => LateRetry::End,
        });
        SessionSettings::default()
            .idle(days(self.idle_days))
            .absolute(days(self.days))
            .late_retry(late_retry)
    }

    /// What becomes of tokens while it is not known what ended just now.
    pub(crate) fn stale(&self) -> StaleFeed {
        self.stale.unwrap_or(match self.profile {
            Profile::Standard => StaleFeed::Serve,
            Profile::Strict => StaleFeed::Refuse,
        })
    }

    /// After how many days a session ends that nobody uses, and any.
    pub(super) fn idle_and_days(&self) -> (u32, u32) {
        (self.idle_days, self.days)
    }

    /// Whether a login may be a name and a password in a form.
    pub(crate) fn takes_passwords(&self) -> bool {
        self.profile == Profile::Standard
    }
}

fn days(days: u32) -> Duration {
    Duration::from_secs(u64::from(days).saturating_mul(24 * 60 * 60))
}

pub(super) const PROFILE: Key = Key {
    name: "profile",
    flag: "profile",
    value: "standard|strict",
    default: "\"standard\"",
    help: "How much is trusted; strict: no password grant, late_retry \"end\", stale_revocations \"refuse\"",
    take: |settings, raw| {
        settings.sessions.profile = match raw.text() {
            Some("standard") => Profile::Standard,
            Some("strict") => Profile::Strict,
            _ => return Err("standard or strict"),
        };
        Ok(())
    },
};

pub(super) const IDLE_DAYS: Key = Key {
    name: "session_idle_days",
    flag: "session-idle-days",
    value: "DAYS",
    default: "14",
    help: "After how many days without a refresh a session ends, 1 to 3650",
    take: |settings, raw| {
        raw.number(1..=3_650)
            .map(|days| settings.sessions.idle_days = days)
            .ok_or("a whole number from 1 to 3650")
    },
};

pub(super) const DAYS: Key = Key {
    name: "session_days",
    flag: "session-days",
    value: "DAYS",
    default: "90",
    help: "After how many days a session ends in any case, 1 to 3650",
    take: |settings, raw| {
        raw.number(1..=3_650)
            .map(|days| settings.sessions.days = days)
            .ok_or("a whole number from 1 to 3650")
    },
};

pub(super) const LATE_RETRY: Key = Key {
    name: "late_retry",
    flag: "late-retry",
    value: "same_network|end",
    default: "\"same_network\"",
    help: "A used refresh token after 30 s: answered once more within an hour on the same network if its answer was lost, \
           or the end of the session; unset: by the profile",
    take: |settings, raw| {
        settings.sessions.late_retry = match raw.text() {
            Some("same_network") => Some(LateRetry::SameNetwork),
            Some("end") => Some(LateRetry::End),
            _ => return Err("same_network or end"),
        };
        Ok(())
    },
};

pub(super) const STALE_REVOCATIONS: Key = Key {
    name: "stale_revocations",
    flag: "stale-revocations",
    value: "serve|refuse",
    default: "\"serve\"",
    help: "While the database does not tell what was revoked just now: take good tokens, or answer 503; unset: by the profile",
    take: |settings, raw| {
        settings.sessions.stale = match raw.text() {
            Some("serve") => Some(StaleFeed::Serve),
            Some("refuse") => Some(StaleFeed::Refuse),
            _ => return Err("serve or refuse"),
        };
        Ok(())
    },
};
