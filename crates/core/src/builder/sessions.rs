//! The choices about sessions.

use std::sync::Arc;

use super::AuthBuilder;
use super::error::BuildError;
use crate::revocation::Revocations;
use crate::secrets::Secrets;
use crate::session::{Apply, Losses, RefreshSecrets, SessionSettings, SessionStore};
use crate::user::User;

impl<U: User> AuthBuilder<U> {
    /// Keeps logins as sessions, in this store: they can be refreshed, seen and ended, and what ends them ends their tokens.
    /// Without it a login leaves nothing behind.
    #[must_use]
    pub fn sessions(mut self, store: impl SessionStore) -> Self {
        let store = Arc::new(store);
        self.kept.sessions = Some(store.clone());
        self.kept.revocations = Some(store);
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
