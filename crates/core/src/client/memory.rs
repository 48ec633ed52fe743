//! Clients in memory: for tests, and for applications that name theirs when they start.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::Bound;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::record::Client;
use super::store::{ClientChange, ClientStore};
use crate::revocation::{Entry, RevocationStore};
use crate::store::StoreError;

/// How often what is past its time goes, in milliseconds.
const SWEEP_EVERY: u64 = 60_000;

/// Clients kept in memory, gone when the program ends. Clones share the same clients.
#[derive(Clone, Default)]
pub struct MemoryClients {
    kept: Arc<Mutex<Kept>>,
    revocations: Option<Arc<dyn Revokes>>,
}

#[derive(Default)]
struct Kept {
    clients: BTreeMap<Arc<str>, Client>,
    /// What was used once, and until when that is kept.
    used: HashMap<[u8; 16], u64>,
    /// When what is past its time is looked for again.
    sweep: u64,
}

/// The half of a [`RevocationStore`] that is needed here, behind a pointer.
trait Revokes: Send + Sync {
    fn revoke<'a>(&'a self, entries: &'a [Entry]) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;
}

impl<R: RevocationStore> Revokes for R {
    fn revoke<'a>(&'a self, entries: &'a [Entry]) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>> {
        Box::pin(RevocationStore::revoke(self, entries))
    }
}

impl fmt::Debug for MemoryClients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryClients").finish_non_exhaustive()
    }
}

impl MemoryClients {
    /// A store without clients. What ends a client's tokens is told to nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same; what ends a client's tokens goes to this store.
    #[must_use]
    pub fn with_revocations(mut self, revocations: impl RevocationStore) -> Self {
        self.revocations = Some(Arc::new(revocations));
        self
    }

    async fn revoke(&self, entries: &[Entry]) -> Result<(), StoreError> {
        match &self.revocations {
            Some(revocations) if !entries.is_empty() => revocations.revoke(entries).await,
            _ => Ok(()),
        }
    }
}

impl ClientStore for MemoryClients {
    fn noting(&self, _: &crate::audit::AuditRow) -> Option<Self> {
        None
    }

    async fn client(&self, id: &str) -> Result<Option<Client>, StoreError> {
        Ok(self.kept.lock().await.clients.get(id).cloned())
    }

    async fn clients(&self, after: Option<&str>, limit: usize) -> Result<Vec<Client>, StoreError> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let kept = self.kept.lock().await;
        let following = kept.clients.range::<str, _>((after, Bound::Unbounded));
        Ok(following.take(limit).map(|(_, client)| client.clone()).collect())
    }

    async fn add_client(&self, client: &Client) -> Result<(), StoreError> {
        let mut kept = self.kept.lock().await;
        if kept.clients.contains_key(&client.id) {
            return Err(StoreError::Taken);
        }
        kept.clients.insert(client.id.clone(), client.clone());
        Ok(())
    }

    async fn change_client(&self, id: &str, change: &ClientChange, revoke: &[Entry]) -> Result<bool, StoreError> {
        let mut kept = self.kept.lock().await;
        let Some(client) = kept.clients.get_mut(id) else {
            return Ok(false);
        };
        if change.secrets.as_ref().is_some_and(|(seen, _)| client.secrets != *seen) {
            return Ok(false);
        }
        self.revoke(revoke).await?;
        if let Some((_, new)) = &change.secrets {
            client.secrets.clone_from(new);
        }
        client.disabled = change.disabled.unwrap_or(client.disabled);
        Ok(true)
    }

    async fn remove_client(&self, id: &str, revoke: &[Entry]) -> Result<bool, StoreError> {
        let mut kept = self.kept.lock().await;
        if !kept.clients.contains_key(id) {
            return Ok(false);
        }
        self.revoke(revoke).await?;
        Ok(kept.clients.remove(id).is_some())
    }

    async fn use_once(&self, digest: &[u8; 16], until: u64, now: u64) -> Result<bool, StoreError> {
        let mut kept = self.kept.lock().await;
        if now >= kept.sweep {
            let over = now.saturating_sub(Self::KEPT_LONGER);
            kept.used.retain(|_, until| *until > over);
            kept.sweep = now.saturating_add(SWEEP_EVERY);
        }
        let first = !kept.used.contains_key(digest);
        if first {
            kept.used.insert(*digest, until);
        }
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revocation::{Batch, Cursor};

    /// What was revoked, and nothing else.
    #[derive(Clone, Default)]
    struct Noted(Arc<std::sync::Mutex<Vec<Entry>>>);

    impl RevocationStore for Noted {
        fn noting(&self, _: &crate::audit::AuditRow) -> Option<Self> {
            None
        }

        async fn revoke(&self, entries: &[Entry]) -> Result<(), StoreError> {
            self.0.lock().unwrap().extend(entries);
            Ok(())
        }

        async fn since(&self, _: Option<&Cursor>) -> Result<Batch, StoreError> {
            Ok(Batch {
                entries: self.0.lock().unwrap().clone(),
                next: Cursor("".into()),
                full: true,
            })
        }

        async fn forget(&self, _: u64, _: usize) -> Result<usize, StoreError> {
            Ok(0)
        }
    }

    crate::client_store_contract!(async {
        let noted = Noted::default();
        (MemoryClients::new().with_revocations(noted.clone()), noted)
    });
}
