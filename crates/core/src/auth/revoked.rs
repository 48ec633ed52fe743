//! What ended before its time.

use std::time::Duration;

use tokio::runtime::Handle;

use super::Auth;
use crate::audit::{AuditEvent, AuditKind};
use crate::auth_error::AuthError;
use crate::cause::Cause;
use crate::facts::TokenFacts;
use crate::issue_error::IssueError;
use crate::revocation::{Marks, Occasion, Page, PageError, Revocations, sign};
use crate::store::StoreError;
use crate::subject::Subject;
use crate::user::{User, UserId};
use crate::users::Users;

/// An answer with so many entries is written on a thread where that holds up nobody.
const LONG: usize = 1_000;

impl<U: User> Auth<U> {
    /// What is known to have ended before its time; `None` where that is not looked at.
    pub fn revocations(&self) -> Option<&Revocations> {
        self.inner.revocations.as_ref()
    }

    /// Now, for what ends now.
    pub fn occasion(&self) -> Occasion {
        let lifetime = self.inner.tokens.lifetime();
        Occasion {
            now: self.inner.clock.now(),
            lifetime: self.revocations().map_or(lifetime, Revocations::longest),
        }
    }

    /// Waits for the next second where all that was given (to this client) up to now has just ended: `iat` counts whole seconds,
    /// so what is given within this one would be dead from the beginning. A second at most, whatever the clock does.
    pub(super) async fn outwait_an_end(&self, client: Option<&str>) {
        let Some(revocations) = self.revocations() else {
            return;
        };
        let now = self.inner.clock.now();
        let given_now = TokenFacts {
            client: client.map(str::to_owned),
            issued: Some(now),
            ..TokenFacts::default()
        };
        let ended = revocations.expect_alive(&revocations.marks(&given_now, None)).is_err();
        if ended && Handle::try_current().is_ok() {
            let next = Duration::from_secs(now.as_secs().saturating_add(1));
            tokio::time::sleep(next.saturating_sub(now)).await;
        }
    }

    /// Ends one token before its time (RFC 7009 §2.1), whatever kind of ours it is: one of a user or a client, or one about a thing. Here
    /// it has ended when this comes back; wherever else revocations are followed, within two seconds.
    ///
    /// # Errors
    /// A token that is not good has nothing to end. The store fails, or none is kept.
    pub async fn revoke(&self, token: &str) -> Result<(), AuthError> {
        self.revoke_by(token, Cause::default()).await
    }

    /// The same on behalf of somebody, who is written down.
    ///
    /// # Errors
    /// As for [`Auth::revoke`].
    pub async fn revoke_by(&self, token: &str, cause: Cause) -> Result<(), AuthError> {
        if self.keys_for(token).is_some() {
            return self.end_shown_key(token, cause).await;
        }
        let inner = &*self.inner;
        let verify = |present: &_, now| inner.tokens.verify_any(present, token, now);
        let (_, facts) = inner.tokens.read(&inner.clock, verify).await?;
        Ok(self.revoke_token(&facts, cause).await?)
    }

    /// The same of a token that was found good.
    ///
    /// # Errors
    /// It has no id, the store fails, or none is kept.
    pub async fn revoke_token(&self, token: &TokenFacts, cause: Cause) -> Result<(), StoreError> {
        let kept = self.revocations();
        let kept = kept.ok_or(StoreError::Unsupported("no revocations are kept here"))?;
        // Ours all have one.
        let id = token.jti.as_deref();
        let id = id.ok_or(StoreError::Unsupported("a token without an id cannot be ended alone"))?;
        let event = |audit| {
            (
                audit,
                AuditEvent::new(AuditKind::TokenRevoked, cause)
                    .of(id)
                    .in_session(token.session),
            )
        };
        let ended = [self.occasion().token(id, token.expires)];
        kept.revoke_as(&ended, self.audit().map(event)).await
    }

    /// What `GET /revocations` answers: what ended since `after` (the `next` of an earlier answer), or, if nothing did, what
    /// ends within `wait`, as soon as it does; signed. Everything where `after` says nothing here, or is too long ago.
    ///
    /// # Errors
    /// What ended up to now is not known here either; the store fails; there is no key to sign with.
    pub async fn revocations_since(&self, after: Option<&str>, wait: Duration) -> Result<String, PageError> {
        let kept = self.revocations().ok_or(PageError::NotKept)?;
        let page = kept.page(&self.inner.told, after, wait).await?;
        if page.entries.len() < LONG {
            return self.sign_page(&page);
        }
        let auth = self.clone();
        let signed = tokio::task::spawn_blocking(move || auth.sign_page(&page)).await;
        signed.unwrap_or_else(|error| Err(StoreError::unavailable(error).into()))
    }

    fn sign_page(&self, page: &Page) -> Result<String, PageError> {
        let keys = self.inner.tokens.keys();
        // Also one that has just ended: that it did is what followers are to hear, and they know no other yet.
        let key = keys.signing_key().ok_or(IssueError::NoKey)?;
        Ok(sign(page, key, self.issuer(), self.inner.clock.now()).map_err(IssueError::from)?)
    }

    /// What a token is looked up by, where revocations are known.
    pub(super) fn marks(&self, token: &TokenFacts, user: Option<(&UserId, u64)>) -> Option<Marks> {
        let kept = self.revocations()?;
        // A token about a thing may live for years, and is no measure of how long access tokens do.
        let is_access = user.is_some() || token.client.is_some();
        if let Some(issued) = token.issued.filter(|_| is_access) {
            kept.lives(token.expires.saturating_sub(issued));
        }
        let user = user.map(|(id, epoch)| (self.named_by_issuer(id), epoch));
        Some(kept.marks(token, user.as_ref().map(|(id, epoch)| (id, *epoch))))
    }

    /// The id of a user as whoever issued their token knows it: at a resource server users are called what `sub` says, and
    /// one of us may spell a user there with a prefix.
    fn named_by_issuer(&self, id: &UserId) -> UserId {
        match (&self.inner.users, Subject::parse(id.as_str())) {
            (Users::InToken(_), Ok(Subject::User(id))) => id,
            _ => id.clone(),
        }
    }

    /// Whether as much is known as is asked for before a good token is taken.
    pub(super) async fn expect_fresh(&self, now: Duration) -> Result<(), AuthError> {
        match self.revocations() {
            Some(kept) if !kept.is_whole(now) => kept.catch_up().await,
            _ => Ok(()),
        }
    }

    /// Refuses a good token that has ended.
    pub(super) async fn expect_alive(&self, token: Option<&Marks>, now: Duration) -> Result<(), AuthError> {
        self.expect_fresh(now).await?;
        match (self.revocations(), token) {
            (Some(kept), Some(token)) => kept.expect_alive(token),
            _ => Ok(()),
        }
    }
}
