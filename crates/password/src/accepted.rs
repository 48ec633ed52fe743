//! What a context keeps of a scheme that it reads but does not write.

use std::sync::Arc;

use crate::scheme::{Hasher, Scheme, begins};
use crate::secret::HashString;

/// A scheme that is read, and when its hashes are to be upgraded.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    pub(crate) scheme: Arc<dyn Scheme>,
    due: Due,
    /// The scheme's own, at hand: of many schemes most are ruled out by them.
    beginnings: Option<&'static [u8]>,
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
    pub(crate) fn new(scheme: Arc<dyn Scheme>, due: Due) -> Self {
        let beginnings = scheme.beginnings();
        Self {
            scheme,
            due,
            beginnings,
        }
    }

    pub(crate) fn always(scheme: Arc<dyn Scheme>) -> Self {
        Self::new(scheme, Due::Always)
    }

    /// Whether `stored` is written in the scheme's notation.
    pub(crate) fn identifies(&self, stored: &HashString) -> bool {
        let text = stored.as_str();
        begins(text, self.beginnings) && self.scheme.identify(text)
    }

    pub(crate) fn is_due(&self, stored: &HashString) -> bool {
        match &self.due {
            Due::Always => true,
            Due::Never => false,
            Due::If(hasher) => hasher.needs_update(stored),
        }
    }
}
