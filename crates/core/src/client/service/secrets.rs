//! Secrets of clients, one beside the other.

use super::Clients;
use crate::audit::AuditKind;
use crate::client::error::ClientError;
use crate::client::record::{Client, ClientSecret};
use crate::client::secret::{self, SECRETS_MAX};
use crate::client::store::ClientChange;
use crate::client::words::AddedClient;

impl Clients {
    /// Gives a client a second secret beside its first, so that it can change to it while both hold.
    ///
    /// # Errors
    /// [`ClientError::Unknown`], [`ClientError::NoSecrets`], [`ClientError::TwoSecrets`], [`ClientError::Beyond`],
    /// [`ClientError::Changed`].
    pub async fn add_secret(&self, id: &str) -> Result<AddedClient, ClientError> {
        let mut client = self.with_secrets(id).await?;
        if client.secrets.len() >= SECRETS_MAX {
            return Err(ClientError::TwoSecrets);
        }
        let (kept, text) = secret::make(&self.secrets, &client.id, self.now_millis(), &*self.random)?;
        let seen = client.secrets.clone();
        client.secrets.push(kept);
        self.swap_secrets(&client, seen, AuditKind::ClientSecretAdded).await?;
        tracing::info!(client = %client.id, "a client has a second secret");
        Ok(AddedClient {
            client,
            secret: Some(text),
        })
    }

    /// Ends the older of a client's two secrets. Tokens that it was given stay.
    ///
    /// # Errors
    /// [`ClientError::Unknown`], [`ClientError::NoSecrets`], [`ClientError::OneSecret`], [`ClientError::Beyond`],
    /// [`ClientError::Changed`].
    pub async fn drop_secret(&self, id: &str) -> Result<Client, ClientError> {
        let mut client = self.with_secrets(id).await?;
        if client.secrets.len() < SECRETS_MAX {
            return Err(ClientError::OneSecret);
        }
        let seen = client.secrets.clone();
        client.secrets.remove(0);
        self.swap_secrets(&client, seen, AuditKind::ClientSecretDropped).await?;
        tracing::info!(client = %client.id, "the older secret of a client was dropped");
        Ok(client)
    }

    /// A client that proves itself by secrets, and has none of the scopes that the caller has not.
    async fn with_secrets(&self, id: &str) -> Result<Client, ClientError> {
        let client = self.find(id).await?;
        self.expect_within(&client.scopes)?;
        if client.secrets.is_empty() {
            return Err(ClientError::NoSecrets);
        }
        Ok(client)
    }

    async fn swap_secrets(&self, client: &Client, seen: Vec<ClientSecret>, kind: AuditKind) -> Result<(), ClientError> {
        let change = ClientChange {
            secrets: Some((seen, client.secrets.clone())),
            ..ClientChange::default()
        };
        let act = self.act(kind, &client.id, |event| event);
        let changed = act.change_client(&client.id, &change, &[]).await?;
        act.happened(changed).await;
        if !changed {
            return Err(ClientError::Changed);
        }
        self.changed(&[]);
        Ok(())
    }
}
