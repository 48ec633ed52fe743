//! What the questions are asked about.

#![allow(clippy::arithmetic_side_effects, reason = "with small numbers of its own")]

use std::sync::Arc;
use std::time::Duration;

use crate::record_id::{FamilyId, SessionId};
use crate::revocation::{Entry, Occasion};
use crate::session::record::{Activity, Digest, EndReason, Ended, Family, Rotation, Session};
use crate::session::store::{Ending, SessionStore};
use crate::store::StoreError;
use crate::user::UserId;

pub(super) const HOUR: u64 = 60 * 60 * 1_000;
pub(super) const DAY: u64 = 24 * HOUR;

/// When the sessions of these questions begin: a Sunday in September of 2020.
pub(super) const BEGUN: u64 = 1_600_000_000_000;

/// When something ends here.
pub(super) const OCCASION: Occasion = Occasion {
    now: Duration::from_millis(BEGUN + HOUR),
    lifetime: Duration::from_secs(1_800),
};

pub(super) const ENDED: Ended = Ended {
    at: BEGUN + HOUR,
    why: Some(EndReason::Logout),
};

pub(super) fn session_id(n: u8) -> SessionId {
    SessionId::from_bytes([n; 16])
}

pub(super) fn family_id(n: u8) -> FamilyId {
    FamilyId::from_bytes([n ^ 0x80; 16])
}

/// The n-th session, of a user and a client, with its family.
pub(super) fn begun(n: u8, user: &str, client: Option<&str>) -> (Session, Family) {
    let session = Session {
        id: session_id(n),
        user: UserId::from(user),
        epoch: 3,
        client: client.map(Arc::from),
        label: String::new(),
        agent: None,
        created: BEGUN,
        first_address: None,
        last_address: None,
        seen: BEGUN,
        ends: BEGUN + 90 * DAY,
        ended: None,
    };
    let family = Family {
        id: family_id(n),
        session: session.id,
        user: session.user.clone(),
        client: session.client.clone(),
        scopes: ["items", "me"].into_iter().collect(),
        audience: None,
        epoch: 3,
        generation: 0,
        key: 1,
        digest: Digest([0; 32]),
        parent: None,
        nonce: [0; 16],
        rotated: BEGUN,
        idle: BEGUN + 14 * DAY,
        ends: session.ends,
        confirmed: false,
        late: false,
        network: None,
        ended: None,
    };
    (session, family)
}

/// The step to a generation whose parts are all of this byte.
pub(super) fn step(n: u8) -> Rotation {
    Rotation {
        key: n,
        digest: Digest([n; 32]),
        nonce: [n; 16],
        rotated: BEGUN + u64::from(n),
        idle: BEGUN + 14 * DAY + u64::from(n),
        network: Some(u32::MAX - u32::from(n)),
    }
}

/// The family after a step.
pub(super) fn stepped(family: &Family, next: &Rotation) -> Family {
    Family {
        generation: family.generation + 1,
        key: next.key,
        digest: next.digest,
        parent: Some(family.digest),
        nonce: next.nonce,
        rotated: next.rotated,
        idle: next.idle,
        network: next.network,
        confirmed: false,
        late: false,
        ..family.clone()
    }
}

pub(super) fn used(n: u8, generation: Option<u32>, minutes: u64, address: Option<&str>) -> Activity {
    Activity {
        session: session_id(n),
        generation,
        seen: BEGUN + minutes * 60_000,
        address: address.and_then(|address| address.parse().ok()),
    }
}

pub(super) async fn begin<S: SessionStore>(store: &S, n: u8) -> Result<Family, StoreError> {
    let (session, family) = begun(n, "alice", None);
    store.begin(&session, &family).await?;
    Ok(family)
}

/// The n-th family as it is stored; an empty answer is none of the store's mistakes and told as such.
pub(super) async fn family<S: SessionStore>(store: &S, n: u8) -> Result<Family, StoreError> {
    let found = store.family(family_id(n)).await?;
    found
        .map(|(family, _)| family)
        .ok_or_else(|| StoreError::corrupt("the family is gone"))
}

pub(super) async fn session<S: SessionStore>(store: &S, n: u8) -> Result<Session, StoreError> {
    let found = store.session(session_id(n)).await?;
    found.ok_or_else(|| StoreError::corrupt("the session is gone"))
}

pub(super) async fn end<S: SessionStore>(store: &S, which: Ending) -> Result<Vec<SessionId>, StoreError> {
    let mut ended = store.end(&which, EndReason::Logout, OCCASION, &[]).await?;
    ended.sort();
    Ok(ended)
}

pub(super) async fn revoked<S: SessionStore>(store: &S) -> Result<Vec<Entry>, StoreError> {
    let mut entries = store.since(None).await?.entries;
    entries.sort_by_key(|entry| (entry.kind, entry.subject, entry.value));
    Ok(entries)
}
