//! What the questions are asked about.

use crate::api_key::record::ApiKeyRecord;
use crate::api_key::store::ApiKeyRoom;
use crate::record_id::ApiKeyId;
use crate::scope::ScopeSet;
use crate::session::Digest;
use crate::user::UserId;

/// When the keys of the questions are made.
pub(super) const NOW: u64 = 1_800_000_000_000;

/// Room for many, where nothing goes.
pub(super) const MUCH: ApiKeyRoom = room(1_000, 0);

/// Room for so many that are good; what was past at `before` goes.
pub(super) const fn room(good: usize, before: u64) -> ApiKeyRoom {
    ApiKeyRoom {
        good,
        made: 1_000,
        since: 0,
        before,
    }
}

pub(super) fn id(n: u8) -> ApiKeyId {
    ApiKeyId::from_bytes([n; 16])
}

/// A key without an end that was never used.
pub(super) fn key(n: u8, user: &str) -> ApiKeyRecord {
    ApiKeyRecord {
        id: id(n),
        user: UserId::from(user),
        epoch: 7,
        name: format!("key {n}"),
        scopes: ScopeSet::empty(),
        key: 1,
        digest: Digest([n; 32]),
        created: NOW,
        expires: None,
        used: None,
        ended: None,
    }
}

/// One of which nothing is as it is by default.
pub(super) fn full(n: u8, user: &str) -> ApiKeyRecord {
    ApiKeyRecord {
        epoch: 1_800_000_000_123,
        name: "\u{e4} '; DROP TABLE keys; --".to_owned(),
        scopes: ScopeSet::stored("b a users:read").unwrap_or_default(),
        key: 200,
        expires: Some(NOW.saturating_add(5_000)),
        used: Some(NOW.saturating_add(60_000)),
        ended: Some(NOW.saturating_add(61_000)),
        ..key(n, user)
    }
}
