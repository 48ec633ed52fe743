//! What is stored of a key, and what follows from it.

use std::fmt;

use portcullis_jose::Algorithm;

/// For how long, in seconds, a key verifies beyond the end of its last token: for servers whose clocks differ, and for
/// the moment that passes until each has seen a change.
const SLACK: u64 = 60;

/// A signing key as it is stored. Times are whole seconds since 1970.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its id: the `kid` of what it signs.
    pub id: String,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// When it was made.
    pub created: u64,
    /// From when on it signs; until then it is only published.
    pub activates: u64,
    /// When it was ended by hand. That it was is a fact, whatever a clock says; the time is for display.
    pub ended: Option<u64>,
    /// The longest life, in seconds, of the tokens that it signs.
    pub token_lifetime: u64,
    /// The private key, encrypted ([`MasterKey::seal`](super::MasterKey::seal)); empty once it is of no more use.
    pub sealed: Vec<u8>,
}

impl KeyRecord {
    /// Whether it is over for good, at every time and by every clock: it was ended by hand, or wiped.
    pub fn is_over(&self) -> bool {
        self.ended.is_some() || self.sealed.is_empty()
    }

    /// Whether it ever signs: one that was ended before it began is nobody's successor.
    fn begins(&self) -> bool {
        self.ended.is_none_or(|ended| ended >= self.activates)
    }
}

impl fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRecord")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm)
            .field("activates", &self.activates)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// Where a key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Published, and not yet used.
    Next,
    /// Signs.
    Active,
    /// Signs no more; verifies until its last token has ended.
    Retiring,
    /// Over: its tokens are refused.
    Retired,
}

impl KeyState {
    /// Its name: `next`, `active`, `retiring` or `retired`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A key at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStatus {
    /// What is stored of it.
    pub record: KeyRecord,
    /// Where it is in its life.
    pub state: KeyState,
    /// When it stops signing, if that is known: when its successor begins, or when it was ended.
    pub signs_until: Option<u64>,
    /// When its tokens are refused, if that is known.
    pub ends: Option<u64>,
}

impl KeyStatus {
    /// When it ends by itself, did nobody end it by hand.
    fn natural_end(record: &KeyRecord, successor: u64) -> u64 {
        successor.saturating_add(record.token_lifetime).saturating_add(SLACK)
    }

    fn new(record: &KeyRecord, successor: Option<u64>, now: u64) -> Self {
        let signs_until = successor.into_iter().chain(record.ended).min();
        let natural = successor.map(|successor| Self::natural_end(record, successor));
        let ends = natural.into_iter().chain(record.ended).min();
        let reached = |time: Option<u64>| time.is_some_and(|time| now >= time);
        let state = if record.is_over() || reached(ends) {
            KeyState::Retired
        } else if reached(signs_until) {
            KeyState::Retiring
        } else if now < record.activates {
            KeyState::Next
        } else {
            KeyState::Active
        };
        Self {
            record: record.clone(),
            state,
            signs_until,
            ends,
        }
    }

    /// Since when it is in its state.
    pub fn since(&self) -> u64 {
        let since = match self.state {
            KeyState::Next => None,
            KeyState::Active => Some(self.record.activates),
            KeyState::Retiring => self.signs_until,
            KeyState::Retired => self.ends,
        };
        since.unwrap_or(self.record.created)
    }

    /// Until when it is in its state, if that is known.
    pub fn until(&self) -> Option<u64> {
        match self.state {
            KeyState::Next => Some(self.record.activates),
            KeyState::Active => self.signs_until,
            KeyState::Retiring => self.ends,
            KeyState::Retired => None,
        }
    }
}

/// The keys at the moment `now` (seconds since 1970). `records` stand in the order in which they were added, and so do the
/// keys.
///
/// Each key signs until one that was added later begins. At most one is active: the last that has begun and is not over.
/// What was ended by hand or wiped is over, also by a clock that stands before that.
pub fn timeline(records: &[KeyRecord], now: u64) -> Vec<KeyStatus> {
    let mut successor: Option<u64> = None;
    let newest_first = records.iter().rev().map(|record| {
        let status = KeyStatus::new(record, successor, now);
        let begins = record.begins().then_some(record.activates);
        successor = successor.into_iter().chain(begins).min();
        status
    });
    let mut keys: Vec<_> = newest_first.collect();
    keys.reverse();
    keys
}

#[cfg(test)]
mod tests;
