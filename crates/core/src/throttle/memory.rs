//! What was tried, in memory: for tests, and for applications that are one process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::store::{AccountKey, AccountSeen, Dispensable, KnownNetwork, SideKey, SideState, ThrottleStore};
use crate::store::StoreError;

/// What was tried, in memory, gone when the program ends. Clones are one.
#[derive(Debug, Clone, Default)]
pub struct MemoryThrottle {
    rows: Arc<Mutex<Rows>>,
}

#[derive(Debug, Default)]
struct Rows {
    sides: BTreeMap<(AccountKey, SideKey), SideState>,
    networks: BTreeMap<AccountKey, Vec<KnownNetwork>>,
}

impl Rows {
    fn drop_sides(&mut self, what: &Dispensable, limit: usize) -> usize {
        let beyond = u64::try_from(self.sides.len())
            .unwrap_or(u64::MAX)
            .saturating_sub(what.beyond);
        let mut least: Vec<_> = self
            .sides
            .iter()
            .map(|(key, side)| (side.streak, side.touched, *key))
            .collect();
        least.sort_unstable();
        let beyond = usize::try_from(beyond).unwrap_or(usize::MAX);
        let is_over = |(at, (_, touched, _)): &(usize, (u8, u64, _))| *at < beyond || *touched < what.touched_before;
        let over = least.into_iter().enumerate().filter(is_over).take(limit);
        let over: Vec<_> = over.map(|(_, (_, _, key))| key).collect();
        over.iter().filter(|key| self.sides.remove(*key).is_some()).count()
    }

    fn drop_networks(&mut self, before: u32, limit: usize) -> usize {
        let mut left = limit;
        self.networks.retain(|_, networks| {
            networks.retain(|network| {
                let goes = network.day < before && left > 0;
                left = left.saturating_sub(usize::from(goes));
                !goes
            });
            !networks.is_empty()
        });
        limit.saturating_sub(left)
    }
}

impl MemoryThrottle {
    /// Nothing was tried yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(&self, work: impl FnOnce(&mut Rows) -> T) -> T {
        work(&mut self.rows.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ThrottleStore for MemoryThrottle {
    async fn read(&self, account: &AccountKey, sides: &[SideKey]) -> Result<AccountSeen, StoreError> {
        Ok(self.with(|rows| AccountSeen {
            sides: sides
                .iter()
                .filter_map(|side| Some((*side, rows.sides.get(&(*account, *side))?.state.clone())))
                .collect(),
            networks: rows.networks.get(account).cloned().unwrap_or_default(),
        }))
    }

    async fn swap(
        &self,
        account: &AccountKey,
        side: &SideKey,
        seen: Option<&[u8]>,
        next: Option<&SideState>,
    ) -> Result<bool, StoreError> {
        Ok(self.with(|rows| {
            let key = (*account, *side);
            if rows.sides.get(&key).map(|side| &*side.state) != seen {
                return false;
            }
            match next {
                Some(next) => drop(rows.sides.insert(key, next.clone())),
                None => drop(rows.sides.remove(&key)),
            }
            true
        }))
    }

    async fn remember(&self, account: &AccountKey, network: KnownNetwork, at_most: usize) -> Result<(), StoreError> {
        self.with(|rows| {
            let known = rows.networks.entry(*account).or_default();
            match known.iter_mut().find(|known| known.tag == network.tag) {
                Some(known) => known.day = known.day.max(network.day),
                None => known.push(network),
            }
            known.sort_by_key(|known| std::cmp::Reverse(known.day));
            known.truncate(at_most);
        });
        Ok(())
    }

    async fn forget(&self, account: &AccountKey) -> Result<(), StoreError> {
        self.with(|rows| rows.sides.retain(|(own, _), _| own != account));
        Ok(())
    }

    async fn tidy(&self, what: &Dispensable, limit: usize) -> Result<usize, StoreError> {
        Ok(self.with(|rows| {
            let sides = rows.drop_sides(what, limit);
            sides.saturating_add(rows.drop_networks(what.seen_before, limit))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::throttle_store_contract!(async { MemoryThrottle::new() });
}
