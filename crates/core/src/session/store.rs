//! Where sessions are kept.

use std::future::Future;

use super::record::{Activity, Ahead, EndReason, Family, Rotation, Session};
use crate::record_id::{FamilyId, SessionId};
use crate::revocation::{Entry, Occasion, RevocationStore};
use crate::store::StoreError;
use crate::user::UserId;

/// Which sessions end, with all their families.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// This one.
    Session(SessionId),
    /// This one, if it is this user's.
    SessionOf(SessionId, UserId),
    /// All of a user, but for this one.
    OfUser(UserId, Option<SessionId>),
    /// All that began with a client.
    OfClient(String),
}

/// Where sessions, their families and what ends tokens are kept: one store, for each act is one step of it.
///
/// An act either happens as a whole or not at all, and its condition is looked at in the step that makes it: of two who
/// rotate the same generation one succeeds. What was acknowledged is durable, but for [`SessionStore::touch`]. Acts may be
/// asked again. Times are milliseconds since 1970, and come from the caller. Hold an implementation against
/// `session_store_contract!`.
pub trait SessionStore: RevocationStore {
    /// Adds a session and its first family; where the session is there already, nothing happens.
    fn begin(&self, session: &Session, family: &Family) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A family and its session, ended or not.
    fn family(&self, id: FamilyId) -> impl Future<Output = Result<Option<(Family, Session)>, StoreError>> + Send;

    /// Makes the next generation, if the family still has the generation and the digest that were `seen` and has not ended:
    /// the present digest becomes the parent, `confirmed` and `late` are no. Whether it did.
    fn rotate(&self, seen: &Family, next: &Rotation) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Sets a generation that is ahead of the stored one, if that is lower and the family has not ended; the parent is
    /// forgotten. Whether it did.
    fn roll_forward(&self, id: FamilyId, ahead: &Ahead) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Notes that the token before this generation was answered late, if it was not and the generation is not confirmed.
    /// Whether it did.
    fn answer_late(&self, id: FamilyId, generation: u32) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// A session, ended or not.
    fn session(&self, id: SessionId) -> impl Future<Output = Result<Option<Session>, StoreError>> + Send;

    /// A user's sessions that live at `now` and have a family that does, the one used last first.
    fn sessions_of(&self, user: &UserId, now: u64) -> impl Future<Output = Result<Vec<Session>, StoreError>> + Send;

    /// Sets the label of a user's session; whether there is such a living one.
    fn label(&self, id: SessionId, user: &UserId, label: &str)
    -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Ends sessions and their families that have not ended, adds [`Occasion::session`] for each of those and `also` in the
    /// same step, and says which they were.
    fn end(
        &self,
        which: &Ending,
        why: EndReason,
        occasion: Occasion,
        also: &[Entry],
    ) -> impl Future<Output = Result<Vec<SessionId>, StoreError>> + Send;

    /// Notes when sessions were used last (never back in time) and confirms the generations of their families. May be lost
    /// in a crash.
    fn touch(&self, used: &[Activity]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes at most `limit` sessions, with their families, that ended before `before` or should have; how many. One may
    /// stay for two weeks more.
    fn purge(&self, before: u64, limit: usize) -> impl Future<Output = Result<usize, StoreError>> + Send;
}
