//! API keys in memory: for tests, and for applications whose keys may end with the process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::record::ApiKeyRecord;
use super::store::{ApiKeyRoom, ApiKeyStore};
use crate::record_id::ApiKeyId;
use crate::store::StoreError;
use crate::user::UserId;

type Kept = BTreeMap<ApiKeyId, ApiKeyRecord>;

/// API keys kept in memory, gone when the program ends. Clones share the same keys.
#[derive(Debug, Clone, Default)]
pub struct MemoryApiKeys {
    kept: Arc<Mutex<Kept>>,
}

impl MemoryApiKeys {
    /// A store without keys.
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ApiKeyStore for MemoryApiKeys {
    fn noting(&self, _: &crate::audit::AuditRow) -> Option<Self> {
        None
    }

    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError> {
        Ok(self.kept().get(&id).cloned())
    }

    async fn api_keys_of(&self, user: &UserId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let kept = self.kept();
        let theirs = |key: &&ApiKeyRecord| key.user == *user && key.ended.is_none();
        Ok(kept.values().filter(theirs).cloned().collect())
    }

    async fn add_api_key(&self, key: &ApiKeyRecord, room: ApiKeyRoom) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        if kept.contains_key(&key.id) {
            return Err(StoreError::Taken);
        }
        let before = room.before;
        let is_past = |one: &ApiKeyRecord| one.is_over(before) || (one.epoch != key.epoch && one.created <= before);
        let has_ended = |one: &ApiKeyRecord| one.ended.is_some_and(|ended| ended <= before);
        kept.retain(|_, one| !has_ended(one) && (one.user != key.user || !is_past(one)));
        let theirs = || kept.values().filter(|one| one.user == key.user);
        let is_good = |one: &&ApiKeyRecord| one.epoch == key.epoch && one.ended.is_none() && !one.is_over(key.created);
        let is_young = |one: &&ApiKeyRecord| one.created > room.since && one.created <= key.created;
        let has_room = theirs().filter(is_good).count() < room.good && theirs().filter(is_young).count() < room.made;
        if has_room {
            kept.insert(key.id, key.clone());
        }
        Ok(has_room)
    }

    async fn end_api_key(&self, id: ApiKeyId, user: &UserId, now: u64) -> Result<bool, StoreError> {
        let mut kept = self.kept();
        let key = kept.get_mut(&id).filter(|key| key.user == *user && key.ended.is_none());
        Ok(key.map(|key| key.ended = Some(now)).is_some())
    }

    async fn end_api_keys_of(&self, user: &UserId, epoch: u64, now: u64) -> Result<usize, StoreError> {
        let mut kept = self.kept();
        let keys = kept.values_mut();
        let theirs = keys.filter(|key| key.user == *user && key.epoch < epoch && key.ended.is_none());
        Ok(theirs.map(|key| key.ended = Some(now)).count())
    }

    async fn touch_api_keys(&self, used: &[(ApiKeyId, u64)]) -> Result<(), StoreError> {
        let mut kept = self.kept();
        for (id, time) in used {
            if let Some(key) = kept.get_mut(id) {
                key.used = key.used.max(Some(*time));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::api_key_store_contract!(async { MemoryApiKeys::new() });
}
