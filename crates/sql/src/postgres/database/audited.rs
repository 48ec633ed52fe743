//! Whether acts leave their rows in an audit trail.

use std::sync::atomic::Ordering;

use super::PostgresDatabase;

impl PostgresDatabase {
    /// From now on acts leave their rows in the audit trail of this database.
    pub(in crate::postgres) fn keep_audit(&self) {
        self.0.audited.store(true, Ordering::Release);
    }

    /// Whether they do.
    pub(in crate::postgres) fn keeps_audit(&self) -> bool {
        self.0.audited.load(Ordering::Acquire)
    }
}
