//! Users in memory: for tests, examples and first steps.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use portcullis_password::HashString;

use crate::account::{Account, AccountChange};
use crate::condition::{Condition, Unmet};
use crate::store::{AccountStore, StoreError, UserStore};
use crate::user::{User, UserId};

/// Accounts kept in memory, gone when the program ends. Clones share the same accounts.
///
/// ```
/// use portcullis_core::{Account, MemoryUsers};
/// let users = MemoryUsers::from_iter([Account::new("johndoe"), Account::new("alice")]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryUsers {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// By user name: the order that `list` gives.
    accounts: RwLock<BTreeMap<Arc<str>, Account>>,
    /// The last epoch of each account that was deleted.
    ended: Mutex<BTreeMap<UserId, u64>>,
    generation: AtomicU64,
}

impl MemoryUsers {
    /// A store without users.
    pub fn new() -> Self {
        Self::default()
    }

    fn read<T>(&self, look: impl FnOnce(&BTreeMap<Arc<str>, Account>) -> T) -> T {
        look(&self.shared.accounts.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, change: impl FnOnce(&mut BTreeMap<Arc<str>, Account>) -> T) -> T {
        let done = change(&mut self.shared.accounts.write().unwrap_or_else(PoisonError::into_inner));
        self.shared.generation.fetch_add(1, Ordering::Release);
        done
    }
}

impl FromIterator<Account> for MemoryUsers {
    fn from_iter<I: IntoIterator<Item = Account>>(accounts: I) -> Self {
        let users = Self::new();
        users.write(|map| map.extend(accounts.into_iter().map(|account| (account.username().into(), account))));
        users
    }
}

fn find<'a>(map: &'a BTreeMap<Arc<str>, Account>, id: &UserId) -> Option<&'a Account> {
    // The id is the name unless the application chose otherwise.
    map.get(id.as_str())
        .filter(|account| account.id() == *id)
        .or_else(|| map.values().find(|account| account.id() == *id))
}

/// Whether the condition of a change holds.
fn look(
    map: &BTreeMap<Arc<str>, Account>,
    account: &Account,
    change: Option<&AccountChange>,
    condition: &Condition,
) -> Result<(), StoreError> {
    let needs_another = condition.check(account, change).map_err(StoreError::Unmet)?;
    let another = |other: &Account| other.id() != account.id() && Condition::administers(other);
    if needs_another && !map.values().any(another) {
        return Err(StoreError::Unmet(Unmet::LastAdministrator));
    }
    Ok(())
}

impl UserStore for MemoryUsers {
    type User = Account;

    async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        Ok(self.read(|map| {
            let mut found = map.values().filter(|account| account.answers_to(login));
            found.next().filter(|_| found.next().is_none()).cloned()
        }))
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        Ok(self.read(|map| find(map, id).cloned()))
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        Ok(self.write(|map| match find(map, id).cloned() {
            Some(account) if account.password_hash() == Some(seen) => {
                map.insert(account.username().into(), account.with_password_hash(new.clone()));
                true
            }
            _ => false,
        }))
    }

    async fn sample_hashes(&self, limit: usize) -> Result<Vec<HashString>, StoreError> {
        Ok(self.read(|map| {
            let all: Vec<&HashString> = map.values().filter_map(|account| account.password_hash()).collect();
            let every = all.len().div_ceil(limit.max(1)).max(1);
            all.into_iter().step_by(every).take(limit).cloned().collect()
        }))
    }

    fn generation(&self) -> u64 {
        self.shared.generation.load(Ordering::Acquire)
    }
}

impl AccountStore for MemoryUsers {
    fn noting(&self, _: &crate::audit::AuditRow) -> Option<Self> {
        None
    }

    async fn insert(&self, account: &Account) -> Result<(), StoreError> {
        self.write(|map| {
            if map.contains_key(account.username()) || find(map, &account.id()).is_some() {
                return Err(StoreError::Taken);
            }
            let ended = self.shared.ended.lock().unwrap_or_else(PoisonError::into_inner);
            let floor = ended.get(&account.id()).map_or(0, |epoch| epoch.saturating_add(1));
            let epoch = account.token_epoch().max(floor);
            map.insert(account.username().into(), account.clone().with_token_epoch(epoch));
            Ok(())
        })
    }

    async fn by_username(&self, username: &str) -> Result<Option<Account>, StoreError> {
        Ok(self.read(|map| map.get(username).cloned()))
    }

    async fn update(&self, id: &UserId, change: &AccountChange) -> Result<Option<Account>, StoreError> {
        self.update_if(id, change, &Condition::default()).await
    }

    async fn delete(&self, id: &UserId) -> Result<bool, StoreError> {
        self.delete_if(id, &Condition::default()).await
    }

    async fn update_if(
        &self,
        id: &UserId,
        change: &AccountChange,
        condition: &Condition,
    ) -> Result<Option<Account>, StoreError> {
        self.write(|map| {
            let Some(account) = find(map, id).cloned() else {
                return Ok(None);
            };
            look(map, &account, Some(change), condition)?;
            if change.only_if_hash.is_some() && account.password_hash() != change.only_if_hash.as_ref() {
                return Ok(None);
            }
            let changed = account.changed(change);
            map.insert(changed.username().into(), changed.clone());
            Ok(Some(changed))
        })
    }

    async fn delete_if(&self, id: &UserId, condition: &Condition) -> Result<bool, StoreError> {
        self.write(|map| {
            let Some(account) = find(map, id).cloned() else {
                return Ok(false);
            };
            look(map, &account, None, condition)?;
            let mut ended = self.shared.ended.lock().unwrap_or_else(PoisonError::into_inner);
            let last = ended.entry(id.clone()).or_default();
            *last = account.token_epoch().max(*last);
            Ok(map.remove(account.username()).is_some())
        })
    }

    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self.read(|map| {
            map.range::<str, _>((from, Bound::Unbounded))
                .take(limit)
                .map(|(_, account)| account.clone())
                .collect()
        }))
    }

    async fn count(&self) -> Result<u64, StoreError> {
        Ok(self.read(|map| u64::try_from(map.len()).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::store_contract!(async { MemoryUsers::new() });
}

/// A store that leaves to the trait what it can.
#[cfg(test)]
mod by_default {
    use super::*;

    struct Asked(MemoryUsers);

    impl UserStore for Asked {
        type User = Account;

        async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
            self.0.by_login(login).await
        }

        async fn by_id(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
            self.0.by_id(id).await
        }

        async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
            self.0.swap_hash(id, seen, new).await
        }

        async fn sample_hashes(&self, limit: usize) -> Result<Vec<HashString>, StoreError> {
            self.0.sample_hashes(limit).await
        }

        fn generation(&self) -> u64 {
            self.0.generation()
        }
    }

    impl AccountStore for Asked {
        fn noting(&self, _: &crate::audit::AuditRow) -> Option<Self> {
            None
        }

        async fn insert(&self, account: &Account) -> Result<(), StoreError> {
            self.0.insert(account).await
        }

        async fn update(&self, id: &UserId, change: &AccountChange) -> Result<Option<Account>, StoreError> {
            self.0.update(id, change).await
        }

        async fn delete(&self, id: &UserId) -> Result<bool, StoreError> {
            self.0.delete(id).await
        }

        async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<Account>, StoreError> {
            self.0.list(after, limit).await
        }

        // A login that is nobody's may be somebody's name.
        async fn by_username(&self, username: &str) -> Result<Option<Account>, StoreError> {
            self.0.by_username(username).await
        }

        async fn count(&self) -> Result<u64, StoreError> {
            self.0.count().await
        }
    }

    crate::store_contract!(async { Asked(MemoryUsers::new()) });
}
