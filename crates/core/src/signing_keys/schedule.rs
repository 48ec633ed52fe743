//! When a new key is due.

use std::time::Duration;

use portcullis_jose::Algorithm;

use super::record::{KeyState, KeyStatus};

/// How keys are made and rotated. Times count in whole seconds.
#[derive(Debug, Clone)]
pub struct KeySchedule {
    /// What new keys sign with; EdDSA by default.
    pub algorithm: Algorithm,
    /// After how long a key is followed by a new one; `None`: only by hand. 90 days by default.
    pub rotate_every: Option<Duration>,
    /// How long a new key is published before it signs; one hour by default. It must be longer than others keep our key
    /// set.
    pub publish_ahead: Duration,
    /// The longest life of the tokens that are signed here; 30 minutes by default.
    pub token_lifetime: Duration,
}

impl Default for KeySchedule {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::EdDSA,
            rotate_every: Some(Duration::from_secs(90 * 24 * 60 * 60)),
            publish_ahead: Duration::from_secs(60 * 60),
            token_lifetime: crate::token_kind::ACCESS_TOKEN_LIFETIME,
        }
    }
}

impl KeySchedule {
    /// When a key that is to be added now begins: `None` while none is due.
    pub(super) fn due(&self, keys: &[KeyStatus], now: u64) -> Option<u64> {
        let every = self.rotate_every?.as_secs();
        if keys.iter().any(|key| key.state == KeyState::Next) {
            return None;
        }
        let active = keys.iter().find(|key| key.state == KeyState::Active)?;
        let change = active.record.activates.saturating_add(every);
        let published = now.saturating_add(self.publish_ahead.as_secs());
        (change <= published).then_some(published.max(change))
    }
}
