//! Cookies in place of tokens: sessions of browsers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use portcullis_password::RandomError;

use super::Auth;
use crate::attempt::Attempt;
use crate::auth_error::{AuthError, CookieRefusal};
use crate::cause::Cause;
use crate::cookies::SessionCookie;
use crate::facts::TokenFacts;
use crate::grant::password::{Credentials, LoggedIn, LoginError};
use crate::principal::Principal;
use crate::record_id::SessionId;
use crate::revocation::Marks;
use crate::scope::ScopeSet;
use crate::seen::{Found, Lasting, Moment, REMEMBER_AT_MOST, SeenTokens, TokenDigest};
use crate::session::{CookieToken, EndReason, Ending, Family, NewSession, Session, Sessions};
use crate::store::StoreError;
use crate::user::User;
use crate::users::Users;

/// What a login with a cookie gives.
#[derive(Clone)]
#[non_exhaustive]
pub struct CookieGranted {
    /// The session that began.
    pub session: SessionId,
    /// The value of its cookie: a secret, good as long as the session lives.
    pub cookie: String,
    /// As [`Granted::device`](crate::Granted::device).
    pub device: Option<String>,
}

impl fmt::Debug for CookieGranted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CookieGranted")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// The cookie, and the memory of those that were seen and were good.
pub(crate) struct KnownCookies<U: User> {
    cookie: SessionCookie,
    seen: SeenTokens<CookieSaid, Principal<U>>,
}

impl<U: User> KnownCookies<U> {
    /// None yet; whose they are is remembered for so long.
    pub(crate) fn new(cookie: SessionCookie, remember: Duration) -> Self {
        Self {
            cookie,
            seen: SeenTokens::new(remember, REMEMBER_AT_MOST),
        }
    }
}

/// What a good cookie is.
struct CookieSaid {
    token: Arc<TokenFacts>,
    marks: Option<Marks>,
}

impl Lasting for CookieSaid {
    fn until(&self) -> Duration {
        self.token.expires
    }
}

/// What a session is, for handlers to read.
fn facts(family: &Family, session: &Session) -> TokenFacts {
    TokenFacts {
        session: Some(session.id),
        scopes: family.scopes.clone(),
        issued: Some(Duration::from_millis(session.created)),
        expires: Duration::from_millis(family.idle.min(family.ends)),
        ..TokenFacts::default()
    }
}

impl<U: User> Auth<U> {
    /// The cookie of sessions, where they are carried by one ([`AuthBuilder::cookies`](crate::AuthBuilder::cookies)).
    pub fn cookies(&self) -> Option<&SessionCookie> {
        self.inner.cookies.as_ref().map(|known| &known.cookie)
    }

    /// The value of a cookie, if it was made here; nothing is looked up.
    fn cookie(&self, text: &str) -> Option<(&Sessions, CookieToken)> {
        let sessions = self.sessions().filter(|_| self.inner.cookies.is_some())?;
        Some((sessions, sessions.cookie(text)?))
    }

    /// Whether the value of a cookie was made here, whatever became of its session. Costs a microsecond.
    pub fn is_session_cookie(&self, text: &str) -> bool {
        self.cookie(text).is_some()
    }

    /// What a page of a cookie's session sends along to show that it is one, where a browser does not say so itself; `None`
    /// where the cookie was not made here. Another text each time, good as long as the session.
    ///
    /// # Errors
    /// No randomness.
    pub fn csrf_token(&self, cookie: &str) -> Result<Option<String>, RandomError> {
        match self.cookie(cookie) {
            Some((sessions, cookie)) => sessions.proof_of(&cookie),
            None => Ok(None),
        }
    }

    /// Whether a text is such a one of this cookie's session.
    pub fn is_csrf_token(&self, cookie: &str, text: &str) -> bool {
        let own = self.cookie(cookie);
        own.is_some_and(|(sessions, cookie)| sessions.is_proven_by(&cookie, text))
    }

    /// Whose session a cookie carries. Its guards are the caller's to ask: a browser sends a cookie along whoever asks.
    ///
    /// # Errors
    /// As for [`Auth::authenticate`]; [`AuthError::Cookie`] where there is no such session any more.
    pub async fn authenticate_cookie(&self, cookie: &str) -> Result<Arc<Principal<U>>, AuthError> {
        let result = self.principal_of_cookie(cookie).await;
        if let Err(error) = &result {
            self.inner.counts.access_refused(error);
        }
        result
    }

    async fn principal_of_cookie(&self, text: &str) -> Result<Arc<Principal<U>>, AuthError> {
        let known = self.inner.cookies.as_ref().ok_or(CookieRefusal::NotOurs)?;
        // Taken before the store is asked: a change that comes in between makes the memory stale at once.
        let moment = Moment {
            keys: 0,
            ..self.moment()
        };
        let digest = TokenDigest::of(text);
        let noted = match known.seen.find(&digest, moment) {
            Found::Principal(principal) => {
                self.expect_fresh(moment.now).await?;
                return Ok(principal);
            }
            Found::Unrevoked(said, principal) => {
                self.expect_lasting(said.marks.as_ref(), moment.now).await?;
                known.seen.confirm(digest, moment);
                return Ok(principal);
            }
            Found::Said(said) => Some(said),
            Found::Nothing => None,
        };
        let (sessions, cookie) = self.cookie(text).ok_or(CookieRefusal::NotOurs)?;
        let (family, session) = sessions.of_cookie(&cookie).await?.ok_or(CookieRefusal::Ended)?;
        let token = facts(&family, &session);
        // What ends tokens by their age ends no session, as it ends none that is refreshed.
        let ageless = TokenFacts {
            issued: Some(Duration::MAX),
            ..token.clone()
        };
        let marks = self.marks(&ageless, Some((&family.user, family.epoch)));
        self.expect_lasting(marks.as_ref(), moment.now).await?;
        let token = Arc::new(match noted {
            // That its use was noted within this minute is remembered with it.
            Some(said) => token.noted_as(&said.token),
            None => token,
        });
        let principal = Arc::new(self.owner_of_session(sessions, &family, token.clone()).await?);
        known
            .seen
            .keep(digest, moment, Arc::new(CookieSaid { token, marks }), principal.clone());
        Ok(principal)
    }

    /// Refuses a session that is known to have ended.
    async fn expect_lasting(&self, marks: Option<&Marks>, now: Duration) -> Result<(), AuthError> {
        match self.expect_alive(marks, now).await {
            Err(AuthError::Revoked) => Err(CookieRefusal::Ended.into()),
            known => known,
        }
    }

    /// Ends the session of a cookie, if it lives: its user logs out, or logs in anew.
    ///
    /// # Errors
    /// The store fails.
    pub async fn end_cookie(&self, cookie: &str, attempt: &Attempt) -> Result<(), StoreError> {
        let Some((sessions, cookie)) = self.cookie(cookie) else {
            return Ok(());
        };
        if let Some((family, _)) = sessions.of_cookie(&cookie).await? {
            let own = Ending::Session(family.session);
            let sessions = sessions.clone().by(Cause::user(&family.user).from(attempt));
            sessions.end(&own, EndReason::Logout, &[]).await?;
        }
        Ok(())
    }

    /// The owner of a session as they are now. One who is not who they were has none any more.
    async fn owner_of_session(
        &self,
        sessions: &Sessions,
        family: &Family,
        token: Arc<TokenFacts>,
    ) -> Result<Principal<U>, AuthError> {
        let Users::Stored { store, .. } = &self.inner.users else {
            return Err(AuthError::Gone);
        };
        let user = store.by_id(&family.user).await?;
        match user.filter(|user| user.token_epoch() == family.epoch && user.is_active()) {
            Some(user) => Ok(Principal {
                scopes: token.scopes.intersection(&self.may_do(&user)),
                user,
                token,
            }),
            None => {
                let own = Ending::Session(family.session);
                if let Err(error) = sessions.end(&own, EndReason::UserChanged, &[]).await {
                    tracing::warn!(session = %family.session, %error, "a session of a user who changed could not be ended");
                }
                Err(CookieRefusal::Ended.into())
            }
        }
    }

    pub(super) async fn log_in_to_cookie(
        &self,
        credentials: Credentials,
        attempt: &Attempt,
    ) -> Result<CookieGranted, LoginError> {
        // Before any work, and the same for every name.
        self.expect_cookies()?;
        let credentials = credentials.refuse_inactive().or_with_scope(|| self.declared());
        let LoggedIn {
            user, scopes, device, ..
        } = self.entered(credentials, None, attempt).await?;
        let granted = self.begin_with_cookie(&user, scopes, attempt).await?;
        Ok(CookieGranted { device, ..granted })
    }

    /// A session that a cookie carries, for a user who has proved who they are in some other way.
    ///
    /// # Errors
    /// No cookies are on, no randomness, or the store of sessions fails.
    pub async fn begin_with_cookie(
        &self,
        user: &U,
        scope: ScopeSet,
        attempt: &Attempt,
    ) -> Result<CookieGranted, LoginError> {
        let new = NewSession {
            user: user.id(),
            epoch: user.token_epoch(),
            client: None,
            scopes: scope.intersection(&self.declared()),
            audience: None,
            lifetime: None,
            attempt,
        };
        let begun = self.expect_cookies()?.begin_for_cookie(new).await?;
        Ok(CookieGranted {
            session: begun.session,
            cookie: begun.text,
            device: None,
        })
    }

    fn expect_cookies(&self) -> Result<&Sessions, LoginError> {
        let sessions = self.sessions().filter(|_| self.inner.cookies.is_some());
        sessions.ok_or(LoginError::NoCookies)
    }
}

#[cfg(test)]
mod tests;
