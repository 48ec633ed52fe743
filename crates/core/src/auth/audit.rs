//! What is written down of logins and tokens.

use super::Auth;
use crate::attempt::Attempt;
use crate::audit::{Audit, AuditEvent, AuditKind};
use crate::cause::Cause;
use crate::client::Client;
use crate::grant::password::LoginError;
use crate::scope::ScopeSet;
use crate::user::User;

impl<U: User> Auth<U> {
    /// The audit trail, where one is kept ([`AuthBuilder::audit`](crate::AuthBuilder::audit)).
    pub fn audit(&self) -> Option<&Audit> {
        self.inner.audit.as_ref()
    }

    /// Somebody tried to log in under this name, in vain. Where it was not even looked whether they may (the pool is
    /// full, the store is away), nothing was tried.
    pub(super) fn tell_failed(&self, username: &str, cause: Cause, error: &LoginError) {
        let Some(audit) = self.audit() else { return };
        let failed = |reason| {
            let event = AuditEvent::new(AuditKind::LoginFailed, cause.clone());
            audit.tell(event.of(username).with("reason", reason));
        };
        match error {
            LoginError::Refused | LoginError::InvalidScope => failed(error.class()),
            LoginError::Throttled(throttled) => {
                let event = AuditEvent::new(AuditKind::LoginThrottled, cause).of(username);
                audit.tell_refusal(event.with("limit", throttled.limit.name()));
            }
            _ => {}
        }
    }

    /// A user got a token that belongs to no session.
    pub(super) fn tell_login(&self, user: &U, scopes: &ScopeSet, client: Option<&Client>, attempt: &Attempt) {
        let Some(audit) = self.audit() else { return };
        let (id, client) = (user.id(), client.map(|client| &*client.id));
        let cause = Cause::user(&id).from(attempt).with_client(client);
        let event = AuditEvent::new(AuditKind::Login, cause).of(id.as_str());
        audit.tell(event.with("scope", scopes.as_str()));
    }

    /// The hash of a user who logs in was made anew.
    pub(super) fn tell_upgraded(&self, user: &U, client: Option<&Client>, attempt: &Attempt) {
        let Some(audit) = self.audit() else { return };
        let (id, client) = (user.id(), client.map(|client| &*client.id));
        let cause = Cause::user(&id).from(attempt).with_client(client);
        audit.tell(AuditEvent::new(AuditKind::HashUpgraded, cause).of(id.as_str()));
    }

    /// A client got a token in its own name.
    pub(super) fn tell_issued(&self, client: &Client, scopes: &ScopeSet, attempt: &Attempt) {
        let Some(audit) = self.audit() else { return };
        let event = AuditEvent::new(AuditKind::TokenIssued, Cause::client(&client.id).from(attempt));
        audit.tell(event.of(&client.id).with("scope", scopes.as_str()));
    }

    /// A user got a token without a login.
    pub(super) fn tell_granted(&self, user: &U, scopes: &ScopeSet, cause: Cause) {
        let Some(audit) = self.audit() else { return };
        let event = AuditEvent::new(AuditKind::TokenIssued, cause).of(user.id().as_str());
        audit.tell(event.with("scope", scopes.as_str()));
    }
}
