//! Whether acts leave their rows in an audit trail.

use std::sync::atomic::Ordering;

use super::Database;

impl Database {
    /// From now on acts leave their rows in the audit trail of this file.
    pub(in crate::sqlite) fn keep_audit(&self) {
        self.0.audited.store(true, Ordering::Release);
    }

    /// Whether they do.
    pub(in crate::sqlite) fn keeps_audit(&self) -> bool {
        self.0.audited.load(Ordering::Acquire)
    }
}
