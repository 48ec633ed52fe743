//! API keys in place of tokens.

use std::sync::Arc;
use std::time::Duration;

use super::Auth;
use crate::api_key::{ApiKeyError, ApiKeyRecord, ApiKeyRefusal, ApiKeys, is_meant};
use crate::auth_error::AuthError;
use crate::cause::Cause;
use crate::facts::TokenFacts;
use crate::principal::Principal;
use crate::seen::{Found, Lasting, Moment, REMEMBER_AT_MOST, SeenTokens, TokenDigest};
use crate::user::User;
use crate::users::Users;

/// API keys, and the memory of those that were seen and were good.
pub(crate) struct KnownKeys<U: User> {
    keys: ApiKeys,
    seen: SeenTokens<KeySaid, Principal<U>>,
}

impl<U: User> KnownKeys<U> {
    /// These, whose owners are remembered for so long.
    pub(crate) fn new(keys: ApiKeys, remember: Duration) -> Self {
        Self {
            keys,
            seen: SeenTokens::new(remember, REMEMBER_AT_MOST),
        }
    }
}

/// What a good API key is.
struct KeySaid {
    record: ApiKeyRecord,
    token: Arc<TokenFacts>,
}

impl Lasting for KeySaid {
    fn until(&self) -> Duration {
        self.token.expires
    }
}

impl KeySaid {
    fn of(record: ApiKeyRecord) -> Self {
        let token = TokenFacts {
            api_key: Some(record.id),
            scopes: record.scopes.clone(),
            issued: Some(Duration::from_millis(record.created)),
            expires: record.expires.map_or(Duration::MAX, Duration::from_millis),
            ..TokenFacts::default()
        };
        Self {
            record,
            token: Arc::new(token),
        }
    }
}

impl<U: User> Auth<U> {
    /// The API keys, where there are any ([`AuthBuilder::api_keys`](crate::AuthBuilder::api_keys)).
    pub fn api_keys(&self) -> Option<&ApiKeys> {
        self.inner.api_keys.as_ref().map(|known| &known.keys)
    }

    /// Who the bearer of this API key is; a signed token is none.
    ///
    /// # Errors
    /// As for [`Auth::authenticate`].
    pub async fn authenticate_api_key(&self, key: &str) -> Result<Arc<Principal<U>>, AuthError> {
        let result = match self.keys_for(key) {
            Some(keys) => self.principal_of_key(keys, key).await,
            None => Err(ApiKeyRefusal::NotOurs.into()),
        };
        if let Err(error) = &result {
            self.inner.counts.access_refused(error);
        }
        result
    }

    /// Those that this text is to be looked for among, if it is meant as one: no signed token begins so.
    pub(super) fn keys_for(&self, bearer: &str) -> Option<&KnownKeys<U>> {
        self.inner.api_keys.as_ref().filter(|_| is_meant(bearer))
    }

    /// Who the bearer of this API key is, and what they may do: what the key may, as far as its owner still may.
    pub(super) async fn principal_of_key(
        &self,
        KnownKeys { keys, seen }: &KnownKeys<U>,
        bearer: &str,
    ) -> Result<Arc<Principal<U>>, AuthError> {
        // Taken before the store is asked: a change that comes in between makes the memory stale at once.
        let moment = self.moment();
        let moment = Moment {
            keys: 0,
            store: moment.store.wrapping_add(keys.generation()),
            revoked: 0,
            ..moment
        };
        let digest = TokenDigest::of(bearer);
        let known = match seen.find(&digest, moment) {
            Found::Principal(principal) | Found::Unrevoked(_, principal) => return Ok(principal),
            Found::Said(said) => Some(said),
            Found::Nothing => None,
        };
        let record = keys.look_up(bearer).await??;
        // Nothing of a key changes; that its use was noted within this minute is remembered with it.
        let said = match known {
            Some(said) if said.record.digest == record.digest => said,
            _ => Arc::new(KeySaid::of(record)),
        };
        let principal = Arc::new(self.owner_of(&said).await?);
        seen.keep(digest, moment, said, principal.clone());
        Ok(principal)
    }

    /// Ends a key that somebody shows.
    pub(super) async fn end_shown_key(&self, text: &str, cause: Cause) -> Result<(), AuthError> {
        let Some(keys) = self.api_keys() else {
            return Err(ApiKeyRefusal::Unknown.into());
        };
        let record = keys.look_up(text).await??;
        match keys.clone().by(cause).end(record.id, &record.user).await {
            Err(ApiKeyError::Store(cause)) => Err(cause.into()),
            // Somebody else was faster, or it has ended.
            _ => Ok(()),
        }
    }

    /// The owner of a key as they are now.
    async fn owner_of(&self, said: &KeySaid) -> Result<Principal<U>, AuthError> {
        let Users::Stored { store, .. } = &self.inner.users else {
            return Err(AuthError::Gone);
        };
        let user = store.by_id(&said.record.user).await?.ok_or(AuthError::Gone)?;
        if user.token_epoch() != said.record.epoch {
            return Err(AuthError::Ended);
        }
        // Also where a token would do: a machine has nothing to look up about itself.
        if !user.is_active() {
            return Err(AuthError::Inactive);
        }
        let scopes = said.record.scopes.intersection(&self.may_do(&user));
        let token = said.token.clone();
        Ok(Principal { user, scopes, token })
    }
}

#[cfg(test)]
mod tests;
