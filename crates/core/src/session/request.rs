//! What is asked of sessions, and what is answered.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::attempt::Attempt;
use crate::record_id::SessionId;
use crate::scope::ScopeSet;
use crate::user::{User, UserId};

/// A session to begin: somebody has proved who they are.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// Whose it is.
    pub user: UserId,
    /// The user's epoch, as it was when they proved it.
    pub epoch: u64,
    /// The client that it begins with, and that its refresh tokens are bound to; `None`: the server's own.
    pub client: Option<Arc<str>>,
    /// The most that its access tokens may do.
    pub scopes: ScopeSet,
    /// Whom its access tokens are for, if not us.
    pub audience: Option<String>,
    /// How long it lives at most, where that is less than the settings say: as long as the access token that nobody refreshes.
    pub lifetime: Option<Duration>,
    /// From where.
    pub attempt: &'a Attempt,
}

/// A session that began.
#[derive(Clone)]
#[non_exhaustive]
pub struct Begun {
    /// The `sid` of its access tokens.
    pub session: SessionId,
    /// The generation that its first access token comes with.
    pub generation: u32,
    /// Its first refresh token.
    pub refresh_token: String,
    /// When it ends if it is not refreshed, since 1970: no access token lives longer.
    pub ends: Duration,
}

impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun")
            .field("session", &self.session)
            .field("generation", &self.generation)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

/// A session that began and that a cookie carries.
#[derive(Clone)]
pub(crate) struct BegunCookie {
    pub(crate) session: SessionId,
    /// The value of the cookie.
    pub(crate) text: String,
}

/// A refresh token that somebody presents (RFC 6749 §6).
#[derive(Clone)]
pub struct Presented<'a> {
    /// Its text.
    pub text: &'a str,
    /// The client that presents it, after it proved that it is it; `None`: the server's own.
    pub client: Option<&'a str>,
    /// What the new access token is to do; nothing means all that the family may do.
    pub scope: Option<&'a ScopeSet>,
    /// From where.
    pub attempt: &'a Attempt,
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented")
            .field("client", &self.client)
            .field("scope", &self.scope)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// What has to be known of a user to refresh their tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// See [`User::token_epoch`](crate::User::token_epoch).
    pub epoch: u64,
    /// See [`User::is_active`](crate::User::is_active).
    pub active: bool,
    /// What they may be granted today.
    pub scopes: ScopeSet,
}

impl Standing {
    /// That of a user as they are now.
    pub fn of(user: &impl User) -> Self {
        Self {
            epoch: user.token_epoch(),
            active: user.is_active(),
            scopes: user.scopes().clone(),
        }
    }
}

/// What is given for a refresh token.
#[derive(Clone)]
#[non_exhaustive]
pub struct Refreshed {
    /// The `sid` of the new access token.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// Their epoch.
    pub epoch: u64,
    /// The client that it is for; `None`: the server's own.
    pub client: Option<Arc<str>>,
    /// The generation that the new access token comes with.
    pub generation: u32,
    /// The successor of the one that was presented.
    pub refresh_token: String,
    /// What the new access token may do: what was asked for, as far as its user may still do it.
    pub scopes: ScopeSet,
    /// Whom it is for, if not us.
    pub audience: Option<String>,
    /// When the session ends if it is not refreshed, since 1970: no access token lives longer.
    pub ends: Duration,
}

impl fmt::Debug for Refreshed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refreshed")
            .field("session", &self.session)
            .field("user", &self.user)
            .field("client", &self.client)
            .field("generation", &self.generation)
            .field("scopes", &self.scopes)
            .field("ends", &self.ends)
            .finish_non_exhaustive()
    }
}

/// What is known of a good refresh token (RFC 7662 §2.2). Whether its user still has this epoch is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inspected {
    /// Its session.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The user's epoch when the session began.
    pub epoch: u64,
    /// The client that it is bound to; `None`: the server's own.
    pub client: Option<Arc<str>>,
    /// The most that its access tokens may do.
    pub scopes: ScopeSet,
    /// Whom its access tokens are for, if not us.
    pub audience: Option<String>,
    /// When it was made, since 1970.
    pub issued: Duration,
    /// When it ends if it is not used, since 1970.
    pub ends: Duration,
}

/// What became of a refresh token that was to be revoked (RFC 7009 §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshRevocation {
    /// It is none of ours, or its session is gone: there is nothing to do.
    Unknown,
    /// It is another client's; nothing changed.
    OtherClient,
    /// Its session has ended.
    Ended(SessionId),
}
