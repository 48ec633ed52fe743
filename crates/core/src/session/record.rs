//! What is stored of a session and of a family of refresh tokens. Times are milliseconds since 1970.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::record_id::{FamilyId, SessionId};
use crate::scope::ScopeSet;
use crate::user::UserId;

/// As times are stored.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// When something was used, as it is noted: to the minute.
pub(crate) fn to_the_minute(time: Duration) -> u64 {
    const MINUTE: u64 = 60_000;
    millis(time).saturating_div(MINUTE).saturating_mul(MINUTE)
}

/// Why a session or a family ended. The numbers are stored and never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// Its user logged out.
    Logout,
    /// Its refresh token was revoked (RFC 7009).
    Revoked,
    /// An administrator ended it.
    Administrator,
    /// A refresh token was used again, and not by its owner.
    Replay,
    /// The user's password or epoch changed, or the user was disabled or deleted.
    UserChanged,
    /// The client was disabled or deleted.
    ClientChanged,
}

impl EndReason {
    const ALL: [Self; 6] = [
        Self::Logout,
        Self::Revoked,
        Self::Administrator,
        Self::Replay,
        Self::UserChanged,
        Self::ClientChanged,
    ];

    /// The number it is stored as.
    pub const fn number(self) -> u8 {
        match self {
            Self::Logout => 1,
            Self::Revoked => 2,
            Self::Administrator => 3,
            Self::Replay => 4,
            Self::UserChanged => 5,
            Self::ClientChanged => 6,
        }
    }

    /// What it is called where it is written down.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Revoked => "revoked",
            Self::Administrator => "administrator",
            Self::Replay => "replay",
            Self::UserChanged => "user_changed",
            Self::ClientChanged => "client_changed",
        }
    }

    /// The reason of this number; `None`: one of a newer version.
    pub fn of_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }
}

/// That it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: u64,
    /// Why; `None`: for a reason that only a newer version knows.
    pub why: Option<EndReason>,
}

/// What lasts from a login to a logout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The `sid` of its access tokens.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The user's epoch when it began: when the user has another, it has ended.
    pub epoch: u64,
    /// The client that it began with; `None`: the server's own.
    pub client: Option<Arc<str>>,
    /// What its user calls it; empty until then.
    pub label: String,
    /// What the program that logged in called itself.
    pub agent: Option<Arc<str>>,
    /// When it began.
    pub created: u64,
    /// From where.
    pub first_address: Option<IpAddr>,
    /// From where it was used last.
    pub last_address: Option<IpAddr>,
    /// When it was used last, to the minute.
    pub seen: u64,
    /// When it ends in any case.
    pub ends: u64,
    /// That it ended before.
    pub ended: Option<Ended>,
}

impl Session {
    /// Whether it lives at `now`.
    pub fn lives(&self, now: u64) -> bool {
        self.ended.is_none() && now < self.ends
    }
}

/// A keyed digest of a refresh token. Compared in constant time.
#[derive(Clone, Copy)]
pub struct Digest(pub [u8; 32]);

impl PartialEq for Digest {
    fn eq(&self, other: &Self) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for Digest {}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

/// The number of the secret that digests and successors of a family are made with.
pub type FamilyKey = u8;

/// A family of refresh tokens, of which one is good: one row, however often it is refreshed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Which one.
    pub id: FamilyId,
    /// The session that it keeps alive.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The client that it is bound to; `None`: the server's own.
    pub client: Option<Arc<str>>,
    /// The most that its access tokens may do.
    pub scopes: ScopeSet,
    /// Whom its access tokens are for, if not us.
    pub audience: Option<String>,
    /// The user's epoch when it began.
    pub epoch: u64,
    /// How often it was refreshed.
    pub generation: u32,
    /// The secret in use.
    pub key: FamilyKey,
    /// The digest of the good token.
    pub digest: Digest,
    /// That of the one before.
    pub parent: Option<Digest>,
    /// What, with the token before, gives the good one.
    pub nonce: [u8; 16],
    /// When it was refreshed last.
    pub rotated: u64,
    /// When it ends if it is not refreshed before.
    pub idle: u64,
    /// When it ends in any case.
    pub ends: u64,
    /// Whether an access token that came with the good one was seen: its holder has got the answer.
    pub confirmed: bool,
    /// Whether the token before was answered late already, with this generation.
    pub late: bool,
    /// A keyed tag of the network that it was refreshed from last.
    pub network: Option<u32>,
    /// That it ended.
    pub ended: Option<Ended>,
}

impl Family {
    /// Whether it can be refreshed at `now`, if its session lives.
    pub fn lives(&self, now: u64) -> bool {
        self.ended.is_none() && now < self.idle.min(self.ends)
    }
}

/// The step from one generation to the next: what is written where a family is still what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The secret that the new token is made with.
    pub key: FamilyKey,
    /// The digest of the new token.
    pub digest: Digest,
    /// See [`Family::nonce`].
    pub nonce: [u8; 16],
    /// Now.
    pub rotated: u64,
    /// See [`Family::idle`].
    pub idle: u64,
    /// See [`Family::network`].
    pub network: Option<u32>,
}

/// A generation that a store does not know yet, of which a token exists: the store was restored from an older copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ahead {
    /// The token's generation.
    pub generation: u32,
    /// The secret that it was made with.
    pub key: FamilyKey,
    /// The digest of the token.
    pub digest: Digest,
}

/// That a session was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Which one.
    pub session: SessionId,
    /// The generation that the access token came with: its holder has got that answer.
    pub generation: Option<u32>,
    /// When, to the minute.
    pub seen: u64,
    /// From where.
    pub address: Option<IpAddr>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_keep_their_numbers() {
        for reason in EndReason::ALL {
            assert_eq!(EndReason::of_number(reason.number()), Some(reason));
        }
        assert_eq!(EndReason::of_number(0), None);
    }

    #[test]
    fn a_digest_is_not_shown() {
        assert_eq!(format!("{:?}", Digest([7; 32])), "Digest(..)");
    }
}
