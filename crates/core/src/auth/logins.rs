//! Logins: what is told and counted of them.

use std::time::{Duration, Instant};

use super::{Auth, CookieGranted};
use crate::attempt::Attempt;
use crate::cause::Cause;
use crate::client::Client;
use crate::grant::password::{Credentials, LoginError};
use crate::principal::Granted;
use crate::user::{User, UserId};

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
        self.tell_refused(&result, (&name, client), attempt);
        result
    }

    /// As [`Auth::log_in_for`] for the server's own pages, but what begins is a session that a cookie carries
    /// ([`AuthBuilder::cookies`](crate::AuthBuilder::cookies)), and no token is made. Who asks for no scope gets all that the user
    /// has. A disabled account is refused as for a wrong password.
    ///
    /// # Errors
    /// As for [`Auth::log_in`]; and where no cookies are on.
    pub async fn log_in_with_cookie(
        &self,
        credentials: Credentials,
        attempt: &Attempt,
    ) -> Result<CookieGranted, LoginError> {
        let (name, begun) = (credentials.shown_name(), Instant::now());
        let result = self.log_in_to_cookie(credentials, attempt).await;
        self.inner.counts.password_tried(&result, begun.elapsed());
        self.tell_refused(&result, (&name, None), attempt);
        result
    }

    /// Whose name and password these are, told and counted as a login that gives no token.
    pub(super) async fn prove(&self, credentials: Credentials, attempt: &Attempt) -> Result<U, LoginError> {
        let (name, begun) = (credentials.shown_name(), Instant::now());
        let result = self.entered(credentials, None, attempt).await;
        self.inner.counts.password_tried(&result, begun.elapsed());
        self.tell_refused(&result, (&name, None), attempt);
        let entered = result?;
        self.tell_login(&entered.user, &self.may_do(&entered.user), None, attempt);
        Ok(entered.user)
    }

    /// Tells of a login that was refused, under this name and by this client.
    fn tell_refused<T>(
        &self,
        result: &Result<T, LoginError>,
        (name, client): (&str, Option<&Client>),
        attempt: &Attempt,
    ) {
        if let Err(error) = result {
            tell(error, attempt, name);
            let cause = Cause::default().from(attempt);
            self.tell_failed(name, cause.with_client(client.map(|client| &*client.id)), error);
        }
    }

    /// Tells of a password that somebody was asked for who has shown already who they are, and counts it.
    pub(super) fn tell_own<T>(&self, result: &Result<T, LoginError>, (user, cause): (&UserId, &Cause), took: Duration) {
        self.inner.counts.password_tried(result, took);
        if let Err(error) = result {
            tell(error, &cause.attempt, user.as_str());
            self.tell_failed(user.as_str(), cause.clone(), error);
        }
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
