//! What ends a client, and what ends with it.

use super::Clients;
use crate::client::error::ClientError;
use crate::client::record::Client;
use crate::client::store::ClientChange;
use crate::session::{EndReason, Ending};
use crate::store::StoreError;

impl Clients {
    /// Disables a client: it gets no tokens, and those that it got end, with the sessions that users began with it.
    ///
    /// # Errors
    /// [`ClientError::Unknown`].
    pub async fn disable(&self, id: &str) -> Result<Client, ClientError> {
        let client = self.set_disabled(id, true).await?;
        // From now on none begins.
        self.end_sessions(&client.id).await?;
        Ok(client)
    }

    /// Enables a client that was disabled. What ended stays ended.
    ///
    /// # Errors
    /// [`ClientError::Unknown`], [`ClientError::Beyond`].
    pub async fn enable(&self, id: &str) -> Result<Client, ClientError> {
        self.expect_within(&self.find(id).await?.scopes)?;
        self.set_disabled(id, false).await
    }

    /// Removes a client for good; the tokens that it got end, with the sessions that users began with it.
    ///
    /// # Errors
    /// [`ClientError::Unknown`].
    pub async fn delete(&self, id: &str) -> Result<(), ClientError> {
        // Whatever happens then, a client that comes by this id has nothing of this one's.
        let id = self.disable(id).await?.id;
        let ended = [self.occasion().client(&id)];
        let removed = self.store.remove_client(&id, &ended).await?;
        self.changed(&ended);
        if !removed {
            return Err(ClientError::Unknown);
        }
        tracing::info!(client = %id, "a client was deleted");
        Ok(())
    }

    async fn set_disabled(&self, id: &str, disabled: bool) -> Result<Client, ClientError> {
        let mut client = self.find(id).await?;
        let ended = disabled.then(|| self.occasion().client(&client.id));
        let change = ClientChange {
            disabled: Some(disabled),
            ..ClientChange::default()
        };
        let changed = self.store.change_client(&client.id, &change, ended.as_slice()).await?;
        self.changed(ended.as_slice());
        if !changed {
            return Err(ClientError::Unknown);
        }
        tracing::info!(client = %client.id, disabled, "a client was changed");
        client.disabled = disabled;
        Ok(client)
    }

    async fn end_sessions(&self, id: &str) -> Result<(), StoreError> {
        if let Some(sessions) = &self.sessions {
            let which = Ending::OfClient(id.to_owned());
            sessions.end(&which, EndReason::ClientChanged, &[]).await?;
        }
        Ok(())
    }
}
