//! When a token is made.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use portcullis_password::Random;

use crate::issue_error::IssueError;

/// When a token is made, for how long at most, and what tells it from every other.
pub(crate) struct Stamp {
    /// Seconds since 1970.
    pub(super) now: u64,
    pub(super) lifetime: Duration,
    pub(super) jti: String,
}

impl Stamp {
    pub(crate) fn new(now: u64, lifetime: Duration, random: &Arc<dyn Random>) -> Result<Self, IssueError> {
        let mut id = [0_u8; 16];
        random.fill(&mut id)?;
        Ok(Self {
            now,
            lifetime,
            jti: URL_SAFE_NO_PAD.encode(id),
        })
    }
}
