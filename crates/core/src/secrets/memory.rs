//! Secrets in memory: for tests, and for applications whose sessions may end with the process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::store::{SecretRecord, SecretStore};
use crate::store::StoreError;

/// Records kept in memory, gone when the program ends. Clones share the same records.
#[derive(Debug, Clone, Default)]
pub struct MemorySecrets {
    records: Arc<Mutex<BTreeMap<u8, SecretRecord>>>,
}

impl MemorySecrets {
    /// A store without secrets.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<u8, SecretRecord>) -> T) -> T {
        work(&mut self.records.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SecretStore for MemorySecrets {
    async fn list(&self) -> Result<Vec<SecretRecord>, StoreError> {
        Ok(self.with(|records| records.values().cloned().collect()))
    }

    async fn add(&self, record: &SecretRecord, newest: Option<u8>) -> Result<bool, StoreError> {
        self.with(|records| {
            if records.keys().next_back().copied() != newest {
                return Ok(false);
            }
            if records.contains_key(&record.number) {
                return Err(StoreError::Taken);
            }
            records.insert(record.number, record.clone());
            Ok(true)
        })
    }

    async fn reseal(&self, number: u8, seen: &[u8], new: &[u8]) -> Result<bool, StoreError> {
        Ok(self.with(|records| {
            let record = records.get_mut(&number).filter(|record| record.sealed == seen);
            record.is_some_and(|record| {
                record.sealed = new.to_vec();
                true
            })
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::secret_store_contract!(async { MemorySecrets::new() });
}
