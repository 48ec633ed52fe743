//! The choices about what is written down.

use std::sync::Arc;

use portcullis_password::Random;

use super::AuthBuilder;
use super::error::BuildError;
use crate::audit::{Audit, AuditStore, ErasedAudit, RefreshRows};
use crate::clock::Clock;
use crate::secrets::Secrets;
use crate::user::User;

impl<U: User> AuthBuilder<U> {
    /// Writes down, in this store, who did what, when, from where and by which client: logins and their failures,
    /// refreshes, what ends, what changes; each in the step of the act itself where sessions, clients, users and keys
    /// are in the same database. Whoever builds it calls [`Audit::seal`](crate::Audit::seal) once a second. Rows are
    /// vouched for by
    /// [`AuthBuilder::secrets`]; those that are drawn from the signing key are lost with that.
    #[must_use]
    pub fn audit(mut self, store: impl AuditStore) -> Self {
        self.kept.audit = Some(Arc::new(store));
        self
    }

    /// Of which refreshes a row is written; of each by default.
    #[must_use]
    pub fn audit_refreshes(mut self, refreshes: RefreshRows) -> Self {
        self.kept.refresh_rows = refreshes;
        self
    }
}

/// The trail of these choices.
pub(super) fn trail(
    store: Option<Arc<dyn ErasedAudit>>,
    refreshes: RefreshRows,
    secrets: impl FnOnce() -> Result<Secrets, BuildError>,
    parts: (Arc<dyn Clock>, &dyn Random),
) -> Result<Option<Audit>, BuildError> {
    let Some(store) = store else { return Ok(None) };
    Ok(Some(Audit::over(store, &secrets()?, parts)?.refreshes(refreshes)))
}
