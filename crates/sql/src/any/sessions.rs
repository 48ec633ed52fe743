//! Sessions in either database, with what ends tokens.

use portcullis_core::{
    Activity, Ahead, AuditRow, Batch, Cursor, EndReason, Ending, Entry, Family, FamilyId, Occasion, RevocationStore,
    Rotation, Session, SessionId, SessionStore, StoreError, UserId,
};

use super::either::{either, noting, of};
use crate::postgres::PostgresSessions;
use crate::sqlite::SqliteSessions;

either!(
    /// Sessions in either database, and what ends their tokens. Cheap to clone.
    AnySessions,
    SqliteSessions,
    PostgresSessions
);

impl SessionStore for AnySessions {
    async fn begin(&self, session: &Session, family: &Family) -> Result<(), StoreError> {
        of!(self, store => store.begin(session, family).await)
    }

    async fn family(&self, id: FamilyId) -> Result<Option<(Family, Session)>, StoreError> {
        of!(self, store => store.family(id).await)
    }

    async fn rotate(&self, seen: &Family, next: &Rotation) -> Result<bool, StoreError> {
        of!(self, store => store.rotate(seen, next).await)
    }

    async fn roll_forward(&self, id: FamilyId, ahead: &Ahead) -> Result<bool, StoreError> {
        of!(self, store => store.roll_forward(id, ahead).await)
    }

    async fn answer_late(&self, id: FamilyId, generation: u32) -> Result<bool, StoreError> {
        of!(self, store => store.answer_late(id, generation).await)
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        of!(self, store => store.session(id).await)
    }

    async fn sessions_of(&self, user: &UserId, now: u64) -> Result<Vec<Session>, StoreError> {
        of!(self, store => store.sessions_of(user, now).await)
    }

    async fn label(&self, id: SessionId, user: &UserId, label: &str) -> Result<bool, StoreError> {
        of!(self, store => store.label(id, user, label).await)
    }

    async fn end(
        &self,
        which: &Ending,
        why: EndReason,
        occasion: Occasion,
        also: &[Entry],
    ) -> Result<Vec<SessionId>, StoreError> {
        of!(self, store => store.end(which, why, occasion, also).await)
    }

    async fn touch(&self, used: &[Activity]) -> Result<(), StoreError> {
        of!(self, store => store.touch(used).await)
    }

    async fn purge(&self, before: u64, limit: usize) -> Result<usize, StoreError> {
        of!(self, store => store.purge(before, limit).await)
    }
}

impl RevocationStore for AnySessions {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        noting!(self, RevocationStore, row)
    }

    async fn revoke(&self, new: &[Entry]) -> Result<(), StoreError> {
        of!(self, store => store.revoke(new).await)
    }

    async fn since(&self, cursor: Option<&Cursor>) -> Result<Batch, StoreError> {
        of!(self, store => store.since(cursor).await)
    }

    async fn forget(&self, now: u64, limit: usize) -> Result<usize, StoreError> {
        of!(self, store => store.forget(now, limit).await)
    }
}
