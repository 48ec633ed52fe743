//! When API keys were used last: noted in memory, written in batches.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::record_id::ApiKeyId;
use crate::session::to_the_minute;

/// How many keys are noted at most between two batches; what does not fit in is noted at its next use.
const AT_MOST: usize = 10_000;

/// Which keys were used since the last batch, and when, to the minute. Whoever notes does so once a minute for each key.
#[derive(Default)]
pub(super) struct Uses(Mutex<BTreeMap<ApiKeyId, u64>>);

impl Uses {
    pub(super) fn saw(&self, id: ApiKeyId, now: Duration) {
        let (minute, mut noted) = (to_the_minute(now), self.lock());
        if noted.len() < AT_MOST || noted.contains_key(&id) {
            let last = noted.entry(id).or_default();
            *last = minute.max(*last);
        }
    }

    /// What is to be written, in the order of the ids.
    pub(super) fn take(&self) -> Vec<(ApiKeyId, u64)> {
        std::mem::take(&mut *self.lock()).into_iter().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ApiKeyId, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_use_is_noted_to_the_minute_and_taken_once() {
        let (uses, id) = (Uses::default(), ApiKeyId::from_bytes([1; 16]));
        for second in [1_600_000_070, 1_600_000_021, 1_600_000_081] {
            uses.saw(id, Duration::from_secs(second));
        }
        assert_eq!(uses.take(), [(id, 1_600_000_080_000)]);
        assert_eq!(uses.take(), []);
    }

    #[test]
    fn what_does_not_fit_in_is_left_out_and_nothing_grows() {
        let uses = Uses::default();
        for n in 0..20_000_u32 {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&n.to_be_bytes());
            uses.saw(ApiKeyId::from_bytes(bytes), Duration::from_secs(60));
        }
        assert_eq!(uses.take().len(), AT_MOST);
    }
}
