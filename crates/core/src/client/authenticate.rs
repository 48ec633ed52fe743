//! Whether a client is who it says (RFC 6749 §2.3).

use std::sync::Arc;
use std::time::Duration;

use super::assertion::{self, Asserted};
use super::error::ClientAuthError;
use super::proof::ClientProof;
use super::proven::{Moment, Shown};
use super::record::Client;
use super::rules::check_id;
use super::secret;
use super::service::Clients;
use crate::attempt::Attempt;
use crate::auth_error::AuthError;
use crate::facts::TokenFacts;

impl Clients {
    /// The client that this proof is of. Whatever is wrong, a known and an unknown id cost the same: one question to the
    /// store, and the digests of two secrets or one signature. A secret that was right is believed for 20 ms, or until this
    /// process changes a client.
    ///
    /// # Errors
    /// Everything but [`ClientAuthError::Store`] is one answer to the client.
    pub async fn authenticate(&self, proof: &ClientProof) -> Result<Arc<Client>, ClientAuthError> {
        self.authenticate_from(proof, &Attempt::default()).await
    }

    /// The same for one that asks from somewhere: that is written down where it is not believed.
    ///
    /// # Errors
    /// As for [`Clients::authenticate`].
    pub async fn authenticate_from(
        &self,
        proof: &ClientProof,
        attempt: &Attempt,
    ) -> Result<Arc<Client>, ClientAuthError> {
        let believed = self.believe(proof).await;
        if let Err(error) = &believed {
            self.tell_refused(proof, attempt, error);
        }
        believed
    }

    async fn believe(&self, proof: &ClientProof) -> Result<Arc<Client>, ClientAuthError> {
        match proof {
            ClientProof::Secret { id, secret, .. } => self.by_remembered(id, secret).await,
            ClientProof::Assertion { id, token } => able(self.by_assertion(id.as_deref(), token).await?),
            ClientProof::None { id } => able(self.by_name(id).await?),
        }
    }

    async fn by_remembered(&self, id: &str, text: &str) -> Result<Arc<Client>, ClientAuthError> {
        let shown = Shown::of(id, text);
        let moment = Moment {
            now: self.clock.now(),
            changes: self.generation(),
        };
        if let Some(client) = self.proven.find(&shown, moment) {
            return Ok(client);
        }
        let client = able(self.by_secret(id, text).await?)?;
        self.proven.keep(shown, moment, &client);
        Ok(client)
    }

    async fn by_secret(&self, id: &str, text: &str) -> Result<Client, ClientAuthError> {
        let found = self.look_up(id).await?;
        let kept = found.as_ref().map_or(&[][..], |client| &client.secrets);
        let right = secret::is_one_of(&self.secrets, kept, id, text);
        let client = found.ok_or(ClientAuthError::Unknown)?;
        if client.public {
            // An empty secret is none (RFC 6749 §2.3.1), and some programs always send one.
            return if text.is_empty() {
                Ok(client)
            } else {
                Err(ClientAuthError::Public)
            };
        }
        if client.secrets.is_empty() {
            return Err(ClientAuthError::OtherMethod);
        }
        if right {
            Ok(client)
        } else {
            Err(ClientAuthError::WrongSecret)
        }
    }

    async fn by_name(&self, id: &str) -> Result<Client, ClientAuthError> {
        let client = self.look_up(id).await?.ok_or(ClientAuthError::Unknown)?;
        if client.public {
            Ok(client)
        } else {
            Err(ClientAuthError::Unproven)
        }
    }

    async fn by_assertion(&self, id: Option<&str>, token: &str) -> Result<Client, ClientAuthError> {
        let claimed = assertion::claimed(token)?;
        if id.is_some_and(|id| id != claimed.id) {
            return Err(ClientAuthError::OtherClient);
        }
        let found = self.look_up(&claimed.id).await?;
        let keys = found.as_ref().and_then(|client| client.keys.as_deref());
        let now = self.clock.now();
        let verified = assertion::verify(token, &claimed, keys, &self.audiences, now);
        let client = found.ok_or(ClientAuthError::Unknown)?;
        if client.public {
            return Err(ClientAuthError::Public);
        }
        if client.keys.is_none() {
            return Err(ClientAuthError::OtherMethod);
        }
        let Asserted { digest, until } = verified?;
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        match self.store.use_once(&digest, until, now).await? {
            true => Ok(client),
            false => Err(ClientAuthError::UsedAgain),
        }
    }

    /// The client whose good token says this, if it may still act.
    pub(crate) async fn of_token(&self, id: &str, token: &TokenFacts) -> Result<Client, AuthError> {
        let client = self.store.client(id).await?.ok_or(AuthError::Gone)?;
        // One that was deleted and added anew is another one.
        let added = Duration::from_secs(client.created / 1_000);
        if client.disabled || token.issued.is_none_or(|issued| issued < added) {
            return Err(AuthError::Ended);
        }
        Ok(client)
    }

    async fn look_up(&self, id: &str) -> Result<Option<Client>, ClientAuthError> {
        // No store has such an id, and some cannot even be asked for it.
        if check_id(id).is_err() {
            return Ok(None);
        }
        Ok(self.store.client(id).await?)
    }
}

/// One that may act.
fn able(client: Client) -> Result<Arc<Client>, ClientAuthError> {
    if client.disabled {
        return Err(ClientAuthError::Disabled);
    }
    Ok(Arc::new(client))
}

#[cfg(test)]
mod tests;
