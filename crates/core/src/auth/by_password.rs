//! A name and a password with each request, in place of a token (HTTP Basic, RFC 7617).

use std::sync::Arc;
use std::time::Duration;

use portcullis_password::HashString;

use super::Auth;
use crate::attempt::Attempt;
use crate::facts::TokenFacts;
use crate::grant::password::{Credentials, LoginError};
use crate::keyed::MacKey;
use crate::principal::Principal;
use crate::scope::ScopeSet;
use crate::seen::{Found, Lasting, Moment, REMEMBER_AT_MOST, SeenTokens, TokenDigest};
use crate::user::{User, UserId};
use crate::users::Users;

/// How long a password that was right is believed without being hashed again, as long as its user and their hash stay the
/// same.
pub const REMEMBER_PASSWORD: Duration = Duration::from_secs(60);

/// The memory of names and passwords that were right a short while ago. It knows each by a digest under a key of the process.
pub(crate) struct KnownPasswords<U: User> {
    key: MacKey,
    seen: SeenTokens<PasswordSaid, Principal<U>>,
}

impl<U: User> KnownPasswords<U> {
    /// None yet; their users are remembered for so long.
    pub(crate) fn new(secret: &[u8; 32], remember: Duration) -> Self {
        Self {
            key: MacKey::new(secret),
            seen: SeenTokens::new(remember, REMEMBER_AT_MOST),
        }
    }
}

/// What a password that was right said.
struct PasswordSaid {
    user: UserId,
    epoch: u64,
    hash: Option<HashString>,
    token: Arc<TokenFacts>,
}

impl Lasting for PasswordSaid {
    fn until(&self) -> Duration {
        self.token.expires
    }
}

impl PasswordSaid {
    fn of<U: User>(user: &U, scopes: ScopeSet, now: Duration) -> Self {
        let token = TokenFacts {
            scopes,
            issued: Some(now),
            expires: now.saturating_add(REMEMBER_PASSWORD),
            ..TokenFacts::default()
        };
        Self {
            user: user.id(),
            epoch: user.token_epoch(),
            hash: user.password_hash().cloned(),
            token: Arc::new(token),
        }
    }

    /// Whether nothing changed since that would make another password right.
    fn holds_for<U: User>(&self, user: &U) -> bool {
        let same = |(one, other): (&HashString, &HashString)| one.as_str() == other.as_str();
        user.is_active()
            && user.token_epoch() == self.epoch
            && self.hash.as_ref().zip(user.password_hash()).is_some_and(same)
    }
}

impl<U: User> Auth<U> {
    /// Who comes with this name and password, in place of a token: as [`Auth::log_in_for`], with its places for hashing and, where
    /// guessing is slowed, its budgets, but no token is made and no session begins. They may do all that they have scopes for.
    ///
    /// For programs that send both with each request: what was right is believed for [`REMEMBER_PASSWORD`] without being hashed
    /// again. Meanwhile the user is looked at as behind a token, and where they are disabled, or their hash or their epoch is
    /// another one, the password is hashed anew. What is wrong is never remembered.
    ///
    /// # Errors
    /// As for [`Auth::log_in`]; a disabled user is refused as for a wrong password.
    pub async fn authenticate_password(
        &self,
        credentials: Credentials,
        attempt: &Attempt,
    ) -> Result<Arc<Principal<U>>, LoginError> {
        let inner = &*self.inner;
        let Some(known) = &inner.known_passwords else {
            return Err(LoginError::NoLogins);
        };
        let digest = TokenDigest::keyed(credentials.mac(&known.key));
        // Taken before the store is asked: a change that comes in between makes the memory stale at once.
        let moment = Moment {
            keys: 0,
            revoked: 0,
            ..self.moment()
        };
        match known.seen.find(&digest, moment) {
            Found::Principal(principal) | Found::Unrevoked(_, principal) => return Ok(principal),
            Found::Said(said) => {
                if let Some(user) = self.still(&said).await? {
                    let scopes = self.may_do(&user);
                    return Ok(known.remembered((digest, moment), said, (user, scopes)));
                }
            }
            Found::Nothing => {}
        }
        let user = self.prove(credentials.refuse_inactive(), attempt).await?;
        let scopes = self.may_do(&user);
        let said = Arc::new(PasswordSaid::of(&user, scopes.clone(), moment.now));
        Ok(known.remembered((digest, moment), said, (user, scopes)))
    }

    /// The user of a password that was right, if it still is theirs.
    async fn still(&self, said: &PasswordSaid) -> Result<Option<U>, LoginError> {
        let Users::Stored { store, .. } = &self.inner.users else {
            return Err(LoginError::NoLogins);
        };
        let user = store.by_id(&said.user).await?;
        Ok(user.filter(|user| said.holds_for(user)))
    }
}

impl<U: User> KnownPasswords<U> {
    fn remembered(
        &self,
        (digest, at): (TokenDigest, Moment),
        said: Arc<PasswordSaid>,
        (user, scopes): (U, ScopeSet),
    ) -> Arc<Principal<U>> {
        let principal = Arc::new(Principal {
            scopes,
            user,
            token: said.token.clone(),
        });
        self.seen.keep(digest, at, said, principal.clone());
        principal
    }
}

#[cfg(test)]
mod tests;
