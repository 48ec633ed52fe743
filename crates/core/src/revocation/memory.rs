//! Entries in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use super::entry::{Entry, Revoked, Subject16};
use super::store::{Batch, Cursor};

/// What tells one entry from another.
type Key = (Revoked, Subject16, u64);

/// Numbers the stores of this process, so that none reads the cursor of another.
static STORES: AtomicU64 = AtomicU64::new(1);

/// The entries of a store in memory, in the order in which they were added.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct MemoryEntries {
    store: u64,
    entries: BTreeMap<u64, Entry>,
    positions: HashMap<Key, u64>,
    last: u64,
}

impl Default for MemoryEntries {
    fn default() -> Self {
        Self {
            store: STORES.fetch_add(1, Ordering::Relaxed),
            entries: BTreeMap::new(),
            positions: HashMap::new(),
            last: 0,
        }
    }
}

impl MemoryEntries {
    pub(crate) fn revoke(&mut self, entries: &[Entry]) {
        for entry in entries {
            let key = entry.key();
            let known = self.positions.get(&key).and_then(|at| self.entries.get_mut(at));
            match known {
                Some(known) => known.until = known.until.max(entry.until),
                None => {
                    self.last = self.last.saturating_add(1);
                    self.positions.insert(key, self.last);
                    self.entries.insert(self.last, *entry);
                }
            }
        }
    }

    pub(crate) fn since(&self, cursor: Option<&Cursor>) -> Batch {
        let read = cursor.and_then(|cursor| self.position(cursor));
        let after = read.unwrap_or_default().saturating_add(1);
        Batch {
            entries: self.entries.range(after..).map(|(_, entry)| *entry).collect(),
            next: Cursor(format!("{}:{}", self.store, self.last).into()),
            full: read.is_none(),
        }
    }

    fn position(&self, cursor: &Cursor) -> Option<u64> {
        let (store, position) = cursor.0.split_once(':')?;
        let position: u64 = position.parse().ok()?;
        (store.parse() == Ok(self.store) && position <= self.last).then_some(position)
    }

    pub(crate) fn forget(&mut self, now: u64, limit: usize) -> usize {
        let over = self.entries.iter().filter(|(_, entry)| entry.until <= now);
        let over: Vec<u64> = over.map(|(at, _)| *at).take(limit).collect();
        for entry in over.iter().filter_map(|at| self.entries.remove(at)) {
            self.positions.remove(&entry.key());
        }
        over.len()
    }
}
