//! Keys in memory: for tests, and for applications whose tokens may end with the process.

use std::sync::{Arc, Mutex, PoisonError};

use super::record::KeyRecord;
use super::store::{KeyChange, KeyStore};
use crate::store::StoreError;

/// Records kept in memory, gone when the program ends. Clones share the same records.
#[derive(Debug, Clone, Default)]
pub struct MemoryKeys {
    records: Arc<Mutex<Vec<KeyRecord>>>,
}

impl MemoryKeys {
    /// A store without keys.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<KeyRecord>) -> T) -> T {
        work(&mut self.records.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl KeyStore for MemoryKeys {
    fn noting(&self, _: &crate::audit::AuditRow) -> Option<Self> {
        None
    }

    async fn list(&self) -> Result<Vec<KeyRecord>, StoreError> {
        Ok(self.with(|records| records.clone()))
    }

    async fn add(&self, record: &KeyRecord, newest: Option<&str>) -> Result<bool, StoreError> {
        self.with(|records| {
            if records.last().map(|last| last.id.as_str()) != newest {
                return Ok(false);
            }
            if records.iter().any(|known| known.id == record.id) {
                return Err(StoreError::Taken);
            }
            records.push(record.clone());
            Ok(true)
        })
    }

    async fn change(&self, id: &str, change: KeyChange) -> Result<bool, StoreError> {
        Ok(self.with(|records| {
            let record = records.iter_mut().find(|record| record.id == id);
            record.is_some_and(|record| {
                *record = record.clone().changed(change);
                true
            })
        }))
    }

    async fn reseal(&self, id: &str, seen: &[u8], new: &[u8]) -> Result<bool, StoreError> {
        Ok(self.with(|records| {
            let record = records
                .iter_mut()
                .find(|record| record.id == id && record.sealed == seen);
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

    crate::key_store_contract!(async { MemoryKeys::new() });
}
