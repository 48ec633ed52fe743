//! What ends a client, and what ends with it.

use super::Clients;
use crate::audit::{Act, AuditKind};
use crate::client::error::ClientError;
use crate::client::record::Client;
use crate::client::store::{ClientChange, ErasedClients};
use crate::detached::detached;
use crate::session::{EndReason, Ending};
use crate::store::StoreError;

/// A store of clients for one act.
type ClientAct<'a> = Act<'a, dyn ErasedClients>;

impl Clients {
    /// Disables a client: it gets no tokens, and those that it got end, with the sessions that users began with it.
    ///
    /// # Errors
    /// [`ClientError::Unknown`].
    pub async fn disable(&self, id: &str) -> Result<Client, ClientError> {
        let (client, own) = (self.find(id).await?, self.clone());
        detached(async move {
            let act = own.disabling(&client.id, true);
            own.end_with_sessions(client, act).await
        })
        .await
    }

    /// Enables a client that was disabled. What ended stays ended.
    ///
    /// # Errors
    /// [`ClientError::Unknown`], [`ClientError::Beyond`].
    pub async fn enable(&self, id: &str) -> Result<Client, ClientError> {
        let (client, own) = (self.find(id).await?, self.clone());
        self.expect_within(&client.scopes)?;
        detached(async move {
            // Where its end was cut off between two steps some of its sessions may be left.
            if client.disabled {
                own.end_sessions(&client.id).await?;
            }
            let act = own.disabling(&client.id, false);
            own.set_disabled(client, false, act).await
        })
        .await
    }

    /// Removes a client for good; the tokens that it got end, with the sessions that users began with it.
    ///
    /// # Errors
    /// [`ClientError::Unknown`].
    pub async fn delete(&self, id: &str) -> Result<(), ClientError> {
        let (client, own) = (self.find(id).await?, self.clone());
        detached(async move { own.remove(client).await }).await
    }

    async fn remove(&self, client: Client) -> Result<(), ClientError> {
        // Whatever happens then, a client that comes by this id has nothing of this one's.
        let disabled = self.end_with_sessions(client, Act::silent(&*self.store)).await;
        let id = disabled?.id;
        let ended = [self.occasion().client(&id)];
        let act = self.act(AuditKind::ClientDeleted, &id, |event| event);
        let removed = act.remove_client(&id, &ended).await?;
        act.happened(removed).await;
        self.changed(&ended);
        if !removed {
            return Err(ClientError::Unknown);
        }
        tracing::info!(client = %id, "a client was deleted");
        Ok(())
    }

    fn disabling(&self, id: &str, disabled: bool) -> ClientAct<'_> {
        self.act(AuditKind::ClientChanged, id, |event| event.with("disabled", disabled))
    }

    async fn end_with_sessions(&self, client: Client, act: ClientAct<'_>) -> Result<Client, ClientError> {
        let client = self.set_disabled(client, true, act).await?;
        // From now on none begins.
        self.end_sessions(&client.id).await?;
        Ok(client)
    }

    async fn set_disabled(
        &self,
        mut client: Client,
        disabled: bool,
        act: ClientAct<'_>,
    ) -> Result<Client, ClientError> {
        let ended = disabled.then(|| self.occasion().client(&client.id));
        let change = ClientChange {
            disabled: Some(disabled),
            ..ClientChange::default()
        };
        let changed = act.change_client(&client.id, &change, ended.as_slice()).await?;
        act.happened(changed).await;
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
