//! Clients whose secret was right a moment ago: for that moment the store is not asked again.

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::record::Client;

/// For how long. Under load that is as good as longer, and what another process changes holds as good as at once.
const REMEMBER: Duration = Duration::from_millis(20);

/// How many are remembered at most.
const AT_MOST: usize = 1_024;

/// The SHA-256 of a client's id and secret, so that no secret lies in memory. A secret has 256 random bits. What is wrong is
/// never found, so that nobody learns by the time it takes which clients there are.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Shown([u8; 32]);

impl Shown {
    pub(super) fn of(id: &str, secret: &str) -> Self {
        let length = u64::try_from(id.len()).unwrap_or(u64::MAX).to_le_bytes();
        let digest = Sha256::new().chain_update(length).chain_update(id);
        Self(digest.chain_update(secret).finalize().into())
    }
}

/// When, and how often this process had changed a client before.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) now: Duration,
    pub(super) changes: u64,
}

#[derive(Clone)]
struct Right {
    client: Arc<Client>,
    at: Moment,
}

/// What is remembered, bounded in its number.
pub(super) struct ProvenClients(Cache<Shown, Right>);

impl Default for ProvenClients {
    fn default() -> Self {
        Self(Cache::new(AT_MOST))
    }
}

impl ProvenClients {
    /// The client whose secret that is, if this was seen a moment ago, and not later than now (a clock that was set back), and
    /// this process has changed none since.
    pub(super) fn find(&self, shown: &Shown, moment: Moment) -> Option<Arc<Client>> {
        let right = self.0.get(shown)?;
        let holds = moment.changes == right.at.changes
            && moment.now >= right.at.now
            && moment.now < right.at.now.saturating_add(REMEMBER);
        holds.then_some(right.client)
    }

    /// Remembers that it was right. `at` was looked at before the store was asked.
    pub(super) fn keep(&self, shown: Shown, at: Moment, client: &Arc<Client>) {
        let client = client.clone();
        self.0.insert(shown, Right { client, at });
    }
}
