//! A row that says that the secrets of before were wiped, and which rows and seals there were.
//!
//! Nobody can look any more whether those were made by a server of ours. But each seal names the hash of the one before,
//! and such a row that of the last one: as long as the chain leads up to it, they are what they were then.

use super::anchor::Anchor;
use super::event::{AuditEvent, AuditKind};
use super::keys::AuditKeys;
use super::row::{AuditRow, Position, StoredRow};
use super::seal::Seal;
use crate::cause::Cause;
use crate::secrets::SecretNumber;

/// The members of its detail: the last seal of before, as an anchor, and where its last row stands.
const SEAL: &str = "seal";
const UPTO: &str = "upto";

/// What the row says.
pub(super) struct Reset {
    /// The secret that vouches for it; all before it were wiped.
    key: SecretNumber,
    /// The last seal of before.
    seal: Anchor,
    /// Where its last row stands.
    pub(super) upto: Position,
    /// When, in milliseconds since 1970.
    pub(super) at: u64,
}

impl Reset {
    /// What is to be written down, where this is the last seal.
    pub(super) fn event(cause: Cause, last: &Seal) -> AuditEvent {
        AuditEvent::new(AuditKind::KeysReset, cause)
            .with(SEAL, Anchor::of(last).to_string())
            .with(UPTO, last.upto)
    }

    /// What a row of ours says; `None`: nothing of the kind, or it is not ours.
    pub(super) fn told_by(keys: &AuditKeys, row: &AuditRow) -> Option<Self> {
        if row.what() != Some(AuditKind::KeysReset) || keys.is_ours(row) != Some(true) {
            return None;
        }
        let detail: serde_json::Value = serde_json::from_str(row.detail.as_deref()?).ok()?;
        Some(Self {
            key: row.key,
            seal: detail.get(SEAL)?.as_str()?.parse().ok()?,
            upto: detail.get(UPTO)?.as_u64()?,
            at: row.at,
        })
    }

    /// Which secret vouches for it.
    pub(super) fn key(&self) -> SecretNumber {
        self.key
    }

    /// Whether a secret was wiped.
    pub(super) fn wiped(&self, key: SecretNumber) -> bool {
        key < self.key
    }

    /// Whether a row was there before, vouched for with a secret that was wiped.
    pub(super) fn binds(&self, stored: &StoredRow) -> bool {
        self.wiped(stored.row.key) && stored.position <= self.upto
    }

    /// The number of the last seal of before.
    pub(super) fn sealed(&self) -> u64 {
        self.seal.number
    }

    /// Whether another seal stands in the place of the last one of before.
    pub(super) fn misses(&self, seal: &Seal) -> bool {
        seal.number == self.seal.number && seal.hash() != self.seal.hash
    }
}
