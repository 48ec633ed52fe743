//! Sessions in memory: for tests, and for applications whose sessions may end with the process.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::record::{Activity, Ahead, EndReason, Ended, Family, Rotation, Session, millis};
use super::store::{Ending, SessionStore};
use crate::record_id::{FamilyId, SessionId};
use crate::revocation::{Batch, Cursor, Entry, MemoryEntries, Occasion, RevocationStore};
use crate::store::StoreError;
use crate::user::UserId;

/// Sessions kept in memory, gone when the program ends. Clones share the same sessions.
#[derive(Debug, Clone, Default)]
pub struct MemorySessions {
    rows: Arc<Mutex<Rows>>,
}

#[derive(Debug, Default)]
#[cfg_attr(test, derive(Clone))]
struct Rows {
    sessions: BTreeMap<SessionId, Session>,
    families: HashMap<FamilyId, Family>,
    /// The families of each session.
    families_of: HashMap<SessionId, Vec<FamilyId>>,
    sessions_of: HashMap<UserId, BTreeSet<SessionId>>,
    revocations: MemoryEntries,
}

impl Rows {
    fn begin(&mut self, session: &Session, family: &Family) {
        // Asked again: whatever became of them meanwhile stays.
        if self.sessions.contains_key(&session.id) {
            return;
        }
        self.sessions.insert(session.id, session.clone());
        self.sessions_of
            .entry(session.user.clone())
            .or_default()
            .insert(session.id);
        self.families.insert(family.id, family.clone());
        self.families_of.entry(session.id).or_default().push(family.id);
    }

    fn families(&self, session: SessionId) -> impl Iterator<Item = &Family> {
        let ids = self.families_of.get(&session).into_iter().flatten();
        ids.filter_map(|id| self.families.get(id))
    }

    /// A family that has not ended, if `seen` holds for it.
    fn living(&mut self, id: FamilyId, seen: impl FnOnce(&Family) -> bool) -> Option<&mut Family> {
        let family = self.families.get_mut(&id)?;
        (family.ended.is_none() && seen(family)).then_some(family)
    }

    /// Whether a session lives, and with it a family.
    fn lives(&self, session: &Session, now: u64) -> bool {
        session.lives(now) && self.families(session.id).any(|family| family.lives(now))
    }

    fn named(&self, which: &Ending) -> Vec<SessionId> {
        let of_user = |user: &UserId| self.sessions_of.get(user).into_iter().flatten().copied();
        let named: Vec<SessionId> = match which {
            Ending::Session(id) => vec![*id],
            Ending::SessionOf(id, user) => of_user(user).filter(|own| own == id).collect(),
            Ending::OfUser(user, but) => of_user(user).filter(|own| Some(*own) != *but).collect(),
            Ending::OfClient(client) => {
                let began = |session: &&Session| session.client.as_deref() == Some(client);
                self.sessions.values().filter(began).map(|session| session.id).collect()
            }
        };
        let lasts = |id: &SessionId| self.sessions.get(id).is_some_and(|session| session.ended.is_none());
        named.into_iter().filter(lasts).collect()
    }

    fn end(&mut self, id: SessionId, ended: Ended) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.ended = Some(ended);
        }
        for family in self.families_of.get(&id).into_iter().flatten() {
            if let Some(family) = self.families.get_mut(family) {
                family.ended = family.ended.or(Some(ended));
            }
        }
    }

    fn touch(&mut self, used: &Activity) {
        let Some(session) = self.sessions.get_mut(&used.session) else {
            return;
        };
        if used.seen >= session.seen {
            session.seen = used.seen;
            session.last_address = used.address.or(session.last_address);
        }
        for id in self.families_of.get(&used.session).into_iter().flatten() {
            if let Some(family) = self.families.get_mut(id) {
                family.confirmed |= used.generation == Some(family.generation);
            }
        }
    }

    /// When a session ended or will have.
    fn over(&self, session: &Session) -> u64 {
        let idle = self.families(session.id).map(|family| family.idle).max();
        let ends = session.ends.min(idle.unwrap_or(session.ends));
        session.ended.map_or(ends, |ended| ended.at.min(ends))
    }

    fn purge(&mut self, before: u64, limit: usize) -> usize {
        let over = self.sessions.values().filter(|session| self.over(session) < before);
        let over: Vec<SessionId> = over.map(|session| session.id).take(limit).collect();
        for id in &over {
            for family in self.families_of.remove(id).unwrap_or_default() {
                self.families.remove(&family);
            }
            let Some(session) = self.sessions.remove(id) else {
                continue;
            };
            if let Some(others) = self.sessions_of.get_mut(&session.user) {
                others.remove(id);
                if others.is_empty() {
                    self.sessions_of.remove(&session.user);
                }
            }
        }
        over.len()
    }
}

impl MemorySessions {
    /// A store without sessions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another store with the same sessions.
    #[cfg(test)]
    pub(super) fn copy(&self) -> Self {
        let rows = self.with(|rows| rows.clone());
        Self {
            rows: Arc::new(Mutex::new(rows)),
        }
    }

    /// What it was when it was copied, whatever was written since.
    #[cfg(test)]
    pub(super) fn fall_back_to(&self, copy: &Self) {
        let rows = copy.with(|rows| rows.clone());
        self.with(|own| *own = rows);
    }

    fn with<T>(&self, work: impl FnOnce(&mut Rows) -> T) -> T {
        work(&mut self.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SessionStore for MemorySessions {
    async fn begin(&self, session: &Session, family: &Family) -> Result<(), StoreError> {
        self.with(|rows| rows.begin(session, family));
        Ok(())
    }

    async fn family(&self, id: FamilyId) -> Result<Option<(Family, Session)>, StoreError> {
        Ok(self.with(|rows| {
            let family = rows.families.get(&id)?;
            let session = rows.sessions.get(&family.session)?;
            Some((family.clone(), session.clone()))
        }))
    }

    async fn rotate(&self, seen: &Family, next: &Rotation) -> Result<bool, StoreError> {
        Ok(self.with(|rows| {
            let same = |family: &Family| family.generation == seen.generation && family.digest == seen.digest;
            let Some(family) = rows.living(seen.id, same) else {
                return false;
            };
            family.generation = family.generation.saturating_add(1);
            family.parent = Some(std::mem::replace(&mut family.digest, next.digest));
            family.key = next.key;
            family.nonce = next.nonce;
            family.rotated = next.rotated;
            family.idle = next.idle;
            family.network = next.network;
            family.confirmed = false;
            family.late = false;
            true
        }))
    }

    async fn roll_forward(&self, id: FamilyId, ahead: &Ahead) -> Result<bool, StoreError> {
        Ok(self.with(|rows| {
            let Some(family) = rows.living(id, |family| family.generation < ahead.generation) else {
                return false;
            };
            family.generation = ahead.generation;
            family.key = ahead.key;
            family.digest = ahead.digest;
            family.parent = None;
            family.confirmed = false;
            family.late = false;
            true
        }))
    }

    async fn answer_late(&self, id: FamilyId, generation: u32) -> Result<bool, StoreError> {
        Ok(self.with(|rows| {
            let open = |family: &Family| family.generation == generation && !family.confirmed && !family.late;
            rows.living(id, open).map(|family| family.late = true).is_some()
        }))
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.with(|rows| rows.sessions.get(&id).cloned()))
    }

    async fn sessions_of(&self, user: &UserId, now: u64) -> Result<Vec<Session>, StoreError> {
        Ok(self.with(|rows| {
            let own = rows.sessions_of.get(user).into_iter().flatten();
            let own = own.filter_map(|id| rows.sessions.get(id));
            let mut living: Vec<Session> = own.filter(|session| rows.lives(session, now)).cloned().collect();
            living.sort_by_key(|session| std::cmp::Reverse((session.seen, session.id)));
            living
        }))
    }

    async fn label(&self, id: SessionId, user: &UserId, label: &str) -> Result<bool, StoreError> {
        Ok(self.with(|rows| {
            let session = rows.sessions.get_mut(&id);
            let session = session.filter(|session| session.user == *user && session.ended.is_none());
            session.map(|session| session.label = label.to_owned()).is_some()
        }))
    }

    async fn end(
        &self,
        which: &Ending,
        why: EndReason,
        occasion: Occasion,
        also: &[Entry],
    ) -> Result<Vec<SessionId>, StoreError> {
        let at = millis(occasion.now);
        Ok(self.with(|rows| {
            let named = rows.named(which);
            for id in &named {
                rows.end(*id, Ended { at, why: Some(why) });
                rows.revocations.revoke(&[occasion.session(*id)]);
            }
            rows.revocations.revoke(also);
            named
        }))
    }

    async fn touch(&self, used: &[Activity]) -> Result<(), StoreError> {
        self.with(|rows| used.iter().for_each(|used| rows.touch(used)));
        Ok(())
    }

    async fn purge(&self, before: u64, limit: usize) -> Result<usize, StoreError> {
        Ok(self.with(|rows| rows.purge(before, limit)))
    }
}

impl RevocationStore for MemorySessions {
    fn noting(&self, _: &crate::audit::AuditRow) -> Option<Self> {
        None
    }

    async fn revoke(&self, entries: &[Entry]) -> Result<(), StoreError> {
        self.with(|rows| rows.revocations.revoke(entries));
        Ok(())
    }

    async fn since(&self, cursor: Option<&Cursor>) -> Result<Batch, StoreError> {
        Ok(self.with(|rows| rows.revocations.since(cursor)))
    }

    async fn forget(&self, now: u64, limit: usize) -> Result<usize, StoreError> {
        Ok(self.with(|rows| rows.revocations.forget(now, limit)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::session_store_contract!(async { MemorySessions::new() });
    crate::revocation_store_contract!(async { MemorySessions::new() });
}
