//! What is written down of accounts.

use std::sync::Arc;

use super::Accounts;
use crate::account::AccountChange;
use crate::audit::{Act, AuditEvent, AuditKind};
use crate::cause::Cause;
use crate::store::AccountStore;
use crate::user::UserId;

impl<S: AccountStore> Accounts<S> {
    /// The same on behalf of somebody: it is they who change accounts.
    #[must_use]
    pub fn by(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    /// A change of an account, and what is written down of it.
    pub(super) fn act(&self, kind: AuditKind, id: &UserId, more: impl FnOnce(AuditEvent) -> AuditEvent) -> Act<'_, S> {
        let event = || more(AuditEvent::new(kind, self.cause.clone()).of(id.as_str()));
        Act::on(
            &*self.store,
            |store, row| store.noting(row).map(Arc::new),
            self.auth.audit(),
            event,
        )
    }

    /// Which fields a change sets: of personal ones that they were set, of the others to what.
    pub(super) fn told(mut event: AuditEvent, change: &AccountChange) -> AuditEvent {
        for (name, is_set) in [
            ("email", change.email.is_some()),
            ("full_name", change.full_name.is_some()),
        ] {
            if is_set {
                event = event.with(name, true);
            }
        }
        if let Some(disabled) = change.disabled {
            event = event.with("disabled", disabled);
        }
        match &change.scopes {
            Some(scopes) => event.with("scope", scopes.as_str()),
            None => event,
        }
    }
}
