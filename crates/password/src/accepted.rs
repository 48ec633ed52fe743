//! What a context keeps of a scheme that it reads but does not write.

use std::sync::Arc;

use crate::scheme::{Hasher, Scheme};
use crate::secret::HashString;

/// A scheme that is read, and when its hashes are to be upgraded.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    pub(crate) scheme: Arc<dyn Scheme>,
    pub(crate) due: Due,
}

/// When a good login should replace a hash of an accepted scheme.
#[derive(Clone, Debug)]
pub(crate) enum Due {
    Always,
    Never,
    /// Where this hasher says so.
    If(Arc<dyn Hasher>),
}

impl Accepted {
    pub(crate) fn always(scheme: Arc<dyn Scheme>) -> Self {
        let due = Due::Always;
        Self { scheme, due }
    }

    pub(crate) fn is_due(&self, stored: &HashString) -> bool {
        match &self.due {
            Due::Always => true,
            Due::Never => false,
            Due::If(hasher) => hasher.needs_update(stored),
        }
    }
}
