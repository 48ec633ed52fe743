//! The trail in memory: for tests, and for applications that hand it on themselves.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::row::{AuditRow, Position, StoredRow};
use super::seal::Seal;
use super::store::{AuditFilter, AuditStore, Head};
use crate::store::StoreError;

/// Rows and seals kept in memory, gone when the program ends. Clones share the same ones.
#[derive(Debug, Clone, Default)]
pub struct MemoryAudit {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    rows: Vec<StoredRow>,
    ids: HashSet<[u8; 16]>,
    seals: Vec<Seal>,
    position: Position,
}

impl Kept {
    fn add(&mut self, row: &AuditRow) {
        if !self.ids.insert(row.id) {
            return;
        }
        self.position = self.position.saturating_add(1);
        self.rows.push(StoredRow {
            position: self.position,
            row: row.clone(),
        });
    }
}

impl MemoryAudit {
    /// An empty trail.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl AuditStore for MemoryAudit {
    async fn append(&self, rows: &[AuditRow]) -> Result<(), StoreError> {
        self.with(|kept| rows.iter().for_each(|row| kept.add(row)));
        Ok(())
    }

    async fn head(&self) -> Result<Head, StoreError> {
        Ok(self.with(|kept| Head {
            seal: kept.seals.last().cloned(),
            position: kept.position,
            sealed: kept.seals.last().map_or(0, |seal| seal.number),
        }))
    }

    async fn rows(&self, after: Position, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        self.find(&AuditFilter::default(), after, limit).await
    }

    async fn find(&self, filter: &AuditFilter, after: Position, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        Ok(self.with(|kept| {
            let asked = |stored: &&StoredRow| stored.position > after && filter.takes(&stored.row);
            kept.rows.iter().filter(asked).take(limit).cloned().collect()
        }))
    }

    async fn last(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        Ok(self.with(|kept| {
            let asked = kept.rows.iter().rev().filter(|stored| filter.takes(&stored.row));
            let mut last: Vec<StoredRow> = asked.take(limit).cloned().collect();
            last.reverse();
            last
        }))
    }

    async fn seals(&self, after: u64, limit: usize) -> Result<Vec<Seal>, StoreError> {
        Ok(self.with(|kept| {
            let behind = kept.seals.iter().filter(|seal| seal.number > after);
            behind.take(limit).cloned().collect()
        }))
    }

    async fn add_seal(&self, seal: &Seal) -> Result<bool, StoreError> {
        Ok(self.with(|kept| {
            let taken = |other: &Seal| other.number == seal.number || other.prev == seal.prev;
            if kept.seals.iter().any(taken) {
                return false;
            }
            kept.seals.push(seal.clone());
            true
        }))
    }

    async fn sealed_before(&self, before: u64) -> Result<Option<Seal>, StoreError> {
        Ok(self.with(|kept| {
            let seals = kept.seals.iter().rev();
            seals.into_iter().find(|seal| seal.at < before).cloned()
        }))
    }

    async fn prune(&self, upto: Position, row: &AuditRow) -> Result<u64, StoreError> {
        Ok(self.with(|kept| {
            let sealed = kept.seals.last().map_or(0, |seal| seal.upto);
            let before = kept.rows.len();
            kept.rows.retain(|stored| stored.position > upto.min(sealed));
            let gone = before.saturating_sub(kept.rows.len());
            if gone > 0 {
                kept.add(row);
            }
            u64::try_from(gone).unwrap_or(u64::MAX)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::audit_store_contract!(async { MemoryAudit::new() });
}
