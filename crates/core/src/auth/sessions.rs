//! Sessions: begun by a login, refreshed, seen.

use std::net::IpAddr;
use std::time::Duration;

use super::Auth;
use crate::attempt::Attempt;
use crate::cause::Cause;
use crate::client::{Client, GrantType};
use crate::facts::TokenFacts;
use crate::grant::password::{Credentials, LoggedIn, LoginError};
use crate::grant::refresh_token::RefreshGrantError;
use crate::issue_error::IssueError;
use crate::principal::Granted;
use crate::scope::ScopeSet;
use crate::session::{EndReason, Ending, NewSession, Presented, Sessions, Standing};
use crate::subject::Subject;
use crate::throttle::Throttle;
use crate::token::Origin;
use crate::token::issue::Access;
use crate::user::{User, UserId};
use crate::users::Users;

impl<U: User> Auth<U> {
    /// The sessions, where they are kept ([`AuthBuilder::sessions`](crate::AuthBuilder::sessions)).
    pub fn sessions(&self) -> Option<&Sessions> {
        self.inner.sessions.as_ref()
    }

    /// What slows guessing, where it is on ([`AuthBuilder::throttle`](crate::AuthBuilder::throttle)).
    pub fn throttle(&self) -> Option<&Throttle> {
        self.inner.throttle.as_ref()
    }

    pub(super) async fn log_in_from(
        &self,
        credentials: Credentials,
        client: Option<&Client>,
        attempt: &Attempt,
    ) -> Result<Granted, LoginError> {
        // Before any work, and the same for every name.
        if self.has_logins() {
            self.inner.tokens.expect_a_key().await?;
        }
        let credentials = match client {
            Some(client) => credentials.within(client.scopes.clone()),
            None => credentials,
        };
        let LoggedIn {
            user, scopes, device, ..
        } = self.entered(credentials, client, attempt).await?;
        let granted = self.begin(&user, scopes, client, attempt).await?;
        Ok(Granted { device, ..granted })
    }

    /// Whoever has this name and password.
    pub(super) async fn entered(
        &self,
        credentials: Credentials,
        client: Option<&Client>,
        attempt: &Attempt,
    ) -> Result<LoggedIn<U>, LoginError> {
        let Users::Stored { store, logins } = &self.inner.users else {
            return Err(LoginError::NoLogins);
        };
        let door = self.throttle().map(|throttle| (throttle, attempt));
        let now = self.inner.clock.now();
        let entered = logins.log_in(&**store, credentials, now, door).await?;
        if entered.upgraded {
            self.tell_upgraded(&entered.user, client, attempt);
        }
        Ok(entered)
    }

    /// All that the application declares.
    pub(super) fn declared(&self) -> ScopeSet {
        self.inner.declared.iter().map(|declared| declared.name).collect()
    }

    /// A token for a user who has proved who they are in some other way.
    ///
    /// # Errors
    /// Randomness or signing failed.
    pub fn grant(&self, user: &U, scope: ScopeSet) -> Result<Granted, IssueError> {
        self.grant_by(user, scope, Cause::default())
    }

    /// The same on behalf of somebody, who is written down.
    ///
    /// # Errors
    /// As for [`Auth::grant`].
    pub fn grant_by(&self, user: &U, scope: ScopeSet, cause: Cause) -> Result<Granted, IssueError> {
        let scope = scope.intersection(&self.declared());
        let access = Access {
            subject: &Subject::User(user.id()),
            scopes: &scope,
            epoch: user.token_epoch(),
            origin: Origin::default(),
            audience: None,
        };
        let granted = self.issue(access, None)?;
        self.tell_granted(user, &scope, cause);
        Ok(granted)
    }

    /// As [`Auth::grant`], for a client and from somewhere: where sessions are kept one begins, and the tokens belong to it.
    ///
    /// # Errors
    /// Randomness or signing failed, or the store of sessions.
    pub async fn begin(
        &self,
        user: &U,
        scope: ScopeSet,
        client: Option<&Client>,
        attempt: &Attempt,
    ) -> Result<Granted, LoginError> {
        self.outwait_an_end(client.map(|client| client.id.as_ref())).await;
        let scopes = scope.intersection(&self.declared());
        let mut origin = Origin {
            client: client.map(|client| client.id.to_string()),
            ..Origin::default()
        };
        let audience = client.and_then(|client| client.audience.clone());
        let refreshes = client.is_none_or(|client| client.grants.contains(&GrantType::RefreshToken));
        let (mut refresh_token, mut ends) = (None, None);
        if let Some(sessions) = self.sessions() {
            let new = NewSession {
                user: user.id(),
                epoch: user.token_epoch(),
                client: client.map(|client| client.id.clone()),
                scopes: scopes.clone(),
                audience: audience.clone(),
                lifetime: (!refreshes).then(|| self.inner.tokens.lifetime()),
                attempt,
            };
            let begun = sessions.begin(new).await?;
            origin.session = Some(begun.session);
            origin.generation = Some(begun.generation);
            refresh_token = refreshes.then_some(begun.refresh_token);
            ends = Some(begun.ends);
        }
        let access = Access {
            subject: &Subject::User(user.id()),
            scopes: &scopes,
            epoch: user.token_epoch(),
            origin,
            audience: audience.as_deref(),
        };
        let granted = self.issue(access, ends)?;
        if self.sessions().is_none() {
            self.tell_login(user, &scopes, client, attempt);
        }
        Ok(Granted {
            refresh_token,
            ..granted
        })
    }

    /// New tokens for what a login left behind (RFC 6749 §6).
    ///
    /// # Errors
    /// It is no good, more is asked for than there is, the store fails, or the token could not be made.
    pub async fn refresh(&self, presented: Presented<'_>) -> Result<Granted, RefreshGrantError> {
        let result = self.refreshed(presented).await;
        self.inner.counts.refresh(&result);
        result
    }

    async fn refreshed(&self, presented: Presented<'_>) -> Result<Granted, RefreshGrantError> {
        let sessions = self.sessions().ok_or(RefreshGrantError::NoSessions)?;
        // Without a key the new refresh token would be spent in vain.
        self.inner.tokens.expect_a_key().await?;
        self.outwait_an_end(presented.client).await;
        let auth = self.clone();
        let standing = move |user: UserId| {
            let auth = auth.clone();
            async move { auth.standing_of(&user).await }
        };
        let refreshed = sessions.refresh(presented, standing).await?;
        let access = Access {
            subject: &Subject::User(refreshed.user),
            scopes: &refreshed.scopes,
            epoch: refreshed.epoch,
            origin: Origin {
                client: refreshed.client.map(|client| client.to_string()),
                session: Some(refreshed.session),
                generation: Some(refreshed.generation),
            },
            audience: refreshed.audience.as_deref(),
        };
        let granted = self.issue(access, Some(refreshed.ends))?;
        Ok(Granted {
            refresh_token: Some(refreshed.refresh_token),
            ..granted
        })
    }

    /// Ends the sessions of a user who is not who they were (a new password, disabled, deleted), and tells all who check
    /// tokens that those below `epoch` have ended, or where epochs do not count, that the user is to be looked up anew: below a
    /// number that only happens to be great there are good tokens. The change itself stands whether that succeeds or not: here
    /// the epoch decides, so a failure is only that others learn of it when the tokens expire.
    pub(crate) async fn user_changed(&self, id: &UserId, epoch: u64) {
        let counts = match &self.inner.users {
            Users::Stored { store, .. } => store.counts_epochs(),
            _ => true,
        };
        let occasion = self.occasion();
        let ended = [match counts {
            true => occasion.user(id, epoch),
            false => occasion.changed(id, epoch),
        }];
        if let Some(keys) = self.api_keys()
            && let Err(error) = keys.user_changed(id, epoch).await
        {
            tracing::warn!(user = %id, %error, "API keys that ended with their owner's epoch could not be removed");
        }
        let done = match (self.sessions(), self.revocations()) {
            (Some(sessions), _) => {
                let all = Ending::OfUser(id.clone(), None);
                sessions.end(&all, EndReason::UserChanged, &ended).await.map(drop)
            }
            (None, Some(kept)) => kept.revoke(&ended).await,
            (None, None) => return,
        };
        if let Err(error) = done {
            tracing::error!(user = %id, %error, "sessions of a user who changed could not be ended");
        }
    }

    /// Notes that a good token was seen, and from where: when its session was used, and that its holder has got the answer
    /// that it came with; or when an API key was. Costs next to nothing.
    pub fn saw(&self, token: &TokenFacts, peer: Option<IpAddr>) {
        if token.session.is_none() && token.api_key.is_none() {
            return;
        }
        let now = self.inner.clock.now();
        if !token.noted.first_in(now.as_secs().saturating_div(60)) {
            return;
        }
        if let (Some(sessions), Some(session)) = (self.sessions(), token.session) {
            sessions.saw(session, token.generation, peer, now);
        }
        if let (Some(keys), Some(id)) = (self.api_keys(), token.api_key) {
            keys.saw(id, now);
        }
    }

    /// A user as they are now.
    pub(super) async fn standing_of(&self, user: &UserId) -> Result<Option<Standing>, crate::store::StoreError> {
        let Users::Stored { store, .. } = &self.inner.users else {
            return Ok(None);
        };
        let declared = self.declared();
        let user = store.by_id(user).await?;
        Ok(user.map(|user| Standing {
            epoch: user.token_epoch(),
            active: user.is_active(),
            scopes: self.may_do(&user).intersection(&declared),
        }))
    }

    /// Signs an access token that ends, at the latest, when its session does.
    fn issue(&self, access: Access<'_>, ends: Option<Duration>) -> Result<Granted, IssueError> {
        let tokens = &self.inner.tokens;
        let left = ends.map(|ends| ends.saturating_sub(self.inner.clock.now()));
        let lifetime = left.map_or(tokens.lifetime(), |left| left.min(tokens.lifetime()));
        let lifetime = Duration::from_secs(lifetime.as_secs());
        let scope = (!self.inner.declared.is_empty()).then(|| access.scopes.clone());
        Ok(Granted {
            access_token: tokens.issue(access, self.stamp(lifetime)?)?,
            expires_in: lifetime,
            scope,
            refresh_token: None,
            device: None,
        })
    }
}
