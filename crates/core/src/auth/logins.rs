//! Logins: what is told and counted of them.

use std::time::Instant;

use super::Auth;
use crate::attempt::Attempt;
use crate::client::Client;
use crate::grant::password::{Credentials, LoginError};
use crate::principal::Granted;
use crate::user::User;

impl<U: User> Auth<U> {
    /// As [`Auth::log_in`], for a client (`None`: the server's own) and from somewhere: where sessions are kept one begins,
    /// and the tokens belong to it. Whether the client may use the grant is asked elsewhere.
    ///
    /// Each refusal is one line of the log, at `info`, with the peer, the class of the reason and the name: in a form that
    /// stays, for programs read it (fail2ban).
    ///
    /// # Errors
    /// As for [`Auth::log_in`].
    pub async fn log_in_for(
        &self,
        credentials: Credentials,
        client: Option<&Client>,
        attempt: &Attempt,
    ) -> Result<Granted, LoginError> {
        let (name, begun) = (credentials.shown_name(), Instant::now());
        let result = self.log_in_from(credentials, client, attempt).await;
        self.inner.counts.login(&result, begun.elapsed());
        if let Err(error) = &result {
            tell(error, attempt, &name);
            self.tell_failed(&name, client, attempt, error);
        }
        result
    }

    /// Whose name and password these are, told and counted as a login that gives no token.
    pub(super) async fn prove(&self, credentials: Credentials, attempt: &Attempt) -> Result<U, LoginError> {
        let (name, begun) = (credentials.shown_name(), Instant::now());
        let result = self.entered(credentials, None, attempt).await;
        self.inner.counts.password_tried(&result, begun.elapsed());
        match &result {
            Ok(entered) => self.tell_login(&entered.user, &self.may_do(&entered.user), None, attempt),
            Err(error) => {
                tell(error, attempt, &name);
                self.tell_failed(&name, None, attempt, error);
            }
        }
        result.map(|entered| entered.user)
    }
}

/// Tells of a refusal. That nobody can log in just now is none.
fn tell(error: &LoginError, attempt: &Attempt, name: &str) {
    let reason = error.class();
    if !matches!(reason, "refused" | "scope" | "throttled") {
        return;
    }
    // What a stranger chose stands last, and as a field it is quoted and escaped in either form of the log.
    match attempt.peer {
        Some(peer) => tracing::info!(target: "portcullis::login", %peer, reason, name, "login refused"),
        None => tracing::info!(target: "portcullis::login", reason, name, "login refused"),
    }
}
