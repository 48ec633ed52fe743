//! What a token is good for, asked by others, and its end.

use std::time::Duration;

use portcullis_jose::VerifyError;

use super::Auth;
use crate::attempt::Attempt;
use crate::auth_error::AuthError;
use crate::cause::Cause;
use crate::facts::TokenFacts;
use crate::principal::{ClientPrincipal, Principal};
use crate::record_id::SessionId;
use crate::scope::ScopeSet;
use crate::session::{Inspected, RefreshRevocation};
use crate::subject::Subject;
use crate::user::{User, UserId};

/// What a good token is good for (RFC 7662 §2.2).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Introspection {
    /// Who or what it is about, as its `sub` says.
    pub subject: String,
    /// The user that it speaks for; `None`: it is a client's own, or about a thing.
    pub username: Option<String>,
    /// What it may do today.
    pub scopes: ScopeSet,
    /// To which client it was given.
    pub client: Option<String>,
    /// The session that it belongs to.
    pub session: Option<SessionId>,
    /// What tells it from every other.
    pub jti: Option<String>,
    /// When it was made, since 1970.
    pub issued: Option<Duration>,
    /// When it ends if nobody ends it before, since 1970; [`Duration::MAX`] for an API key without an end.
    pub expires: Duration,
    /// Who issued it.
    pub issuer: Option<String>,
    /// Whom it is for, where it says so.
    pub audience: Vec<String>,
    /// Whether it is a refresh token.
    pub refresh: bool,
}

impl Introspection {
    fn of(token: &TokenFacts, subject: String, scopes: ScopeSet) -> Self {
        Self {
            subject,
            username: None,
            scopes,
            client: token.client.clone(),
            session: token.session,
            jti: token.jti.clone(),
            issued: token.issued,
            expires: token.expires,
            issuer: token.issuer.clone(),
            audience: token.audience.clone(),
            refresh: false,
        }
    }

    fn of_refresh(token: Inspected, subject: String, issuer: Option<&str>, scopes: ScopeSet) -> Self {
        Self {
            subject,
            username: Some(token.user.to_string()),
            scopes,
            client: token.client.map(|client| client.to_string()),
            session: Some(token.session),
            jti: None,
            issued: Some(token.issued),
            expires: token.ends,
            issuer: issuer.map(str::to_owned),
            audience: token.audience.into_iter().collect(),
            refresh: true,
        }
    }
}

impl<U: User> Auth<U> {
    /// What a token of ours is good for: an access token, whomever it is for, one of a client, one about a thing, or a refresh
    /// token, which stays what it is. `None` where it is not good, or its user may not act; an access token that is asked
    /// about has been seen.
    ///
    /// # Errors
    /// [`AuthError::Store`], [`AuthError::NoKeys`] and [`AuthError::Stale`]: it is not known.
    pub async fn introspect(&self, text: &str) -> Result<Option<Introspection>, AuthError> {
        if let Some(sessions) = self.sessions()
            && let Some(found) = sessions.inspect(text).await?
        {
            let user = self.standing_of(&found.user).await?;
            let user = user.filter(|user| user.active && user.epoch == found.epoch);
            return Ok(user.map(|user| {
                let scopes = found.scopes.intersection(&user.scopes);
                let subject = self.sub_of(&found.user);
                Introspection::of_refresh(found, subject, self.issuer(), scopes)
            }));
        }
        unless_unknown(match self.authenticate(text).await {
            Ok(principal) => {
                self.saw(&principal.token, None);
                Ok(self.of_user(&principal))
            }
            Err(AuthError::WrongSubject) => {
                let client = self.authenticate_client(text).await;
                client.map(|client| Some(of_client(&client)))
            }
            Err(AuthError::Invalid(VerifyError::Typ)) => self.about_a_thing(text).await.map(Some),
            Err(AuthError::Invalid(VerifyError::Audience)) => self.for_others(text).await,
            Err(error) => Err(error),
        })
    }

    async fn about_a_thing(&self, text: &str) -> Result<Introspection, AuthError> {
        let inner = &*self.inner;
        let verify = |present: &_, now| inner.tokens.verify_entity(present, text, now);
        let (_, (subject, token)) = inner.tokens.read(&inner.clock, verify).await?;
        self.expect_alive(self.marks(&token, None).as_ref(), inner.clock.now())
            .await?;
        Ok(Introspection::of(&token, subject.to_string(), token.scopes.clone()))
    }

    /// An access token that is for others alone, so that no guard of ours sees it.
    async fn for_others(&self, text: &str) -> Result<Option<Introspection>, AuthError> {
        let inner = &*self.inner;
        let verify = |present: &_, now| inner.tokens.verify_issued(present, text, now);
        let said = match inner.tokens.read(&inner.clock, verify).await {
            Ok((_, said)) => said,
            Err(AuthError::WrongSubject) => return self.of_client_for_others(text).await,
            Err(error) => return Err(error),
        };
        let marks = self.marks(&said.token, Some((&said.user, said.epoch)));
        self.expect_alive(marks.as_ref(), inner.clock.now()).await?;
        let principal = inner.users.principal(&said).await?;
        self.saw(&said.token, None);
        Ok(self.of_user(&principal))
    }

    async fn of_client_for_others(&self, text: &str) -> Result<Option<Introspection>, AuthError> {
        let inner = &*self.inner;
        let verify = |present: &_, now| inner.tokens.verify_issued_client(present, text, now);
        let (_, said) = inner.tokens.read(&inner.clock, verify).await?;
        self.expect_alive(self.marks(&said.token, None).as_ref(), inner.clock.now())
            .await?;
        Ok(Some(of_client(&self.standing(&said).await?)))
    }

    /// Of a user who may not act no token is good.
    fn of_user(&self, principal: &Principal<U>) -> Option<Introspection> {
        let user = &principal.user;
        user.is_active().then(|| Introspection {
            username: Some(user.id().to_string()),
            ..Introspection::of(&principal.token, self.sub_of(&user.id()), principal.scopes.clone())
        })
    }

    /// A user as the `sub` of an access token has them: a name with a colon is no thing's and no client's.
    fn sub_of(&self, user: &UserId) -> String {
        self.inner.tokens.sub_of(&Subject::User(user.clone()))
    }

    /// Ends a token for the client that asks for it (RFC 7009; `None`: the server's own): a refresh token with its session, any
    /// other alone, and an API key too, so that whoever finds one can end it. What is no good token, or none any more, has nothing to end.
    ///
    /// # Errors
    /// [`AuthError::WrongClient`]: it is another client's, and nothing changed. [`AuthError::Store`], [`AuthError::NoKeys`]:
    /// it may have ended or not.
    pub async fn revoke_for(&self, text: &str, client: Option<&str>, attempt: &Attempt) -> Result<(), AuthError> {
        let cause = match client {
            Some(id) => Cause::client(id),
            None => Cause::default(),
        };
        let cause = cause.from(attempt);
        if let Some(sessions) = self.sessions() {
            match sessions.clone().by(cause.clone()).revoke(text, client).await? {
                RefreshRevocation::Ended(_) => return Ok(()),
                RefreshRevocation::OtherClient => return Err(AuthError::WrongClient),
                RefreshRevocation::Unknown => {}
            }
        }
        if self.keys_for(text).is_some() {
            // A key is given to no client.
            return match client {
                Some(_) => Err(AuthError::WrongClient),
                None => unless_unknown(self.end_shown_key(text, cause).await.map(Some)).map(drop),
            };
        }
        let inner = &*self.inner;
        let verify = |present: &_, now| inner.tokens.verify_any(present, text, now);
        let Some((_, token)) = unless_unknown(inner.tokens.read(&inner.clock, verify).await.map(Some))? else {
            return Ok(());
        };
        if token.client.as_deref() != client {
            return Err(AuthError::WrongClient);
        }
        Ok(self.revoke_token(&token, cause).await?)
    }
}

fn of_client(client: &ClientPrincipal) -> Introspection {
    let subject = format!("client:{}", client.client_id);
    Introspection::of(&client.token, subject, client.scopes.clone())
}

/// A token that is not good is none; what is not known is an error.
fn unless_unknown<T>(found: Result<Option<T>, AuthError>) -> Result<Option<T>, AuthError> {
    match found {
        Err(error @ (AuthError::Store(_) | AuthError::NoKeys | AuthError::Stale { .. })) => Err(error),
        Err(_) => Ok(None),
        found => found,
    }
}
