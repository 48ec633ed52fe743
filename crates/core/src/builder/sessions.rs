//! The choices about sessions.

use std::sync::Arc;

use super::AuthBuilder;
use super::error::BuildError;
use crate::lately::Losses;
use crate::revocation::Revocations;
use crate::secrets::Secrets;
use crate::session::{Apply, RefreshSecrets, SessionSettings, SessionStore};
use crate::user::User;

impl<U: User> AuthBuilder<U> {
    /// Keeps logins as sessions, in this store: they can be refreshed, seen and ended, and what ends them ends their tokens.
    /// Without it a login leaves nothing behind. Two `Auth`s with users of their own need stores of their own, or
    /// [a realm each](Self::realm).
    #[must_use]
    pub fn sessions(mut self, store: impl SessionStore) -> Self {
        let store = Arc::new(store);
        self.kept.sessions = Some(store.clone());
        self.kept.revocations = Some(store);
        self
    }

    /// Makes the refresh tokens, cookies and API keys of this `Auth` with keys of this name's own, so that they are nothing at
    /// another `Auth` over the same stores and secrets (those are the same by default where the signing key is): its users may
    /// have the same ids. What an `Auth` made before it got a name, or under another one, ends with that. Lists and ends still go
    /// by the id of a user, so people who are not the same are best kept in stores of their own.
    #[must_use]
    pub fn realm(mut self, name: impl Into<String>) -> Self {
        self.kept.realm = Some(name.into());
        self
    }

    /// How long sessions live and what is forgiven.
    #[must_use]
    pub fn session_settings(mut self, settings: SessionSettings) -> Self {
        self.kept.session_settings = settings;
        self
    }
}

/// The secrets of refresh tokens: the newest makes new ones, all are read.
pub(super) fn refresh_secrets(secrets: &Secrets) -> Result<RefreshSecrets, BuildError> {
    let (newest, own) = secrets.newest();
    let first = RefreshSecrets::new(newest, own)?;
    secrets
        .older()
        .try_fold(first, |known, (number, secret)| known.also_read(number, secret))
        .map_err(BuildError::from)
}

/// Who is told at once what a session's end ends.
pub(super) fn apply(revocations: Option<Revocations>) -> Apply {
    Arc::new(move |entries| {
        if let Some(revocations) = &revocations {
            revocations.apply(entries);
        }
    })
}

/// Who says how often the store of sessions was found to have lost something.
pub(super) fn losses(revocations: Option<Revocations>) -> Losses {
    Arc::new(move || revocations.as_ref().map_or(0, Revocations::losses))
}
