//! A store of any type.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use super::record::{Activity, Ahead, EndReason, Family, Rotation, Session};
use super::store::{Ending, SessionStore};
use crate::audit::AuditRow;
use crate::record_id::{FamilyId, SessionId};
use crate::revocation::{Entry, Occasion, RevocationStore};
use crate::store::StoreError;
use crate::user::UserId;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// [`SessionStore`] behind a pointer, so that nothing else is generic over it.
pub(crate) trait ErasedSessions: Send + Sync + 'static {
    fn noting(&self, row: &AuditRow) -> Option<Arc<dyn ErasedSessions>>;
    fn begin<'a>(&'a self, session: &'a Session, family: &'a Family) -> Boxed<'a, ()>;
    fn family(&self, id: FamilyId) -> Boxed<'_, Option<(Family, Session)>>;
    fn rotate<'a>(&'a self, seen: &'a Family, next: &'a Rotation) -> Boxed<'a, bool>;
    fn roll_forward<'a>(&'a self, id: FamilyId, ahead: &'a Ahead) -> Boxed<'a, bool>;
    fn answer_late(&self, id: FamilyId, generation: u32) -> Boxed<'_, bool>;
    fn session(&self, id: SessionId) -> Boxed<'_, Option<Session>>;
    fn sessions_of<'a>(&'a self, user: &'a UserId, now: u64) -> Boxed<'a, Vec<Session>>;
    fn label<'a>(&'a self, id: SessionId, user: &'a UserId, label: &'a str) -> Boxed<'a, bool>;
    fn end<'a>(
        &'a self,
        which: &'a Ending,
        why: EndReason,
        occasion: Occasion,
        also: &'a [Entry],
    ) -> Boxed<'a, Vec<SessionId>>;
    fn touch<'a>(&'a self, used: &'a [Activity]) -> Boxed<'a, ()>;
    fn purge(&self, before: u64, limit: usize) -> Boxed<'_, usize>;
}

impl<S: SessionStore> ErasedSessions for S {
    fn noting(&self, row: &AuditRow) -> Option<Arc<dyn ErasedSessions>> {
        let noting = RevocationStore::noting(self, row)?;
        Some(Arc::new(noting))
    }

    fn begin<'a>(&'a self, session: &'a Session, family: &'a Family) -> Boxed<'a, ()> {
        Box::pin(SessionStore::begin(self, session, family))
    }

    fn family(&self, id: FamilyId) -> Boxed<'_, Option<(Family, Session)>> {
        Box::pin(SessionStore::family(self, id))
    }

    fn rotate<'a>(&'a self, seen: &'a Family, next: &'a Rotation) -> Boxed<'a, bool> {
        Box::pin(SessionStore::rotate(self, seen, next))
    }

    fn roll_forward<'a>(&'a self, id: FamilyId, ahead: &'a Ahead) -> Boxed<'a, bool> {
        Box::pin(SessionStore::roll_forward(self, id, ahead))
    }

    fn answer_late(&self, id: FamilyId, generation: u32) -> Boxed<'_, bool> {
        Box::pin(SessionStore::answer_late(self, id, generation))
    }

    fn session(&self, id: SessionId) -> Boxed<'_, Option<Session>> {
        Box::pin(SessionStore::session(self, id))
    }

    fn sessions_of<'a>(&'a self, user: &'a UserId, now: u64) -> Boxed<'a, Vec<Session>> {
        Box::pin(SessionStore::sessions_of(self, user, now))
    }

    fn label<'a>(&'a self, id: SessionId, user: &'a UserId, label: &'a str) -> Boxed<'a, bool> {
        Box::pin(SessionStore::label(self, id, user, label))
    }

    fn end<'a>(
        &'a self,
        which: &'a Ending,
        why: EndReason,
        occasion: Occasion,
        also: &'a [Entry],
    ) -> Boxed<'a, Vec<SessionId>> {
        Box::pin(SessionStore::end(self, which, why, occasion, also))
    }

    fn touch<'a>(&'a self, used: &'a [Activity]) -> Boxed<'a, ()> {
        Box::pin(SessionStore::touch(self, used))
    }

    fn purge(&self, before: u64, limit: usize) -> Boxed<'_, usize> {
        Box::pin(SessionStore::purge(self, before, limit))
    }
}
