//! Secrets in PostgreSQL.

use portcullis_core::{SecretRecord, SecretStore, StoreError};

use super::database::PostgresDatabase;
use super::error::PostgresError;
use crate::own::secrets;
use crate::own::value::Value;

/// Numbered secrets in a PostgreSQL database, which several processes may share, for
/// [`Secrets`](portcullis_core::Secrets). Cheap to clone.
#[derive(Debug, Clone)]
pub struct PostgresSecrets {
    database: PostgresDatabase,
}

impl PostgresSecrets {
    /// Secrets in a database that is open already. Our table is `portcullis_secrets`.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn on(database: PostgresDatabase) -> Result<Self, PostgresError> {
        database.migrate(secrets::STEPS_OF, secrets::POSTGRES).await?;
        Ok(Self { database })
    }

    async fn newest(&self) -> Result<Option<u8>, StoreError> {
        let newest = self.list().await?.pop();
        Ok(newest.map(|newest| newest.number))
    }
}

impl SecretStore for PostgresSecrets {
    async fn list(&self) -> Result<Vec<SecretRecord>, StoreError> {
        self.database.look(secrets::LIST, &[], secrets::record).await
    }

    async fn add(&self, record: &SecretRecord, newest: Option<u8>) -> Result<bool, StoreError> {
        let added = self.database.write(secrets::ADD, &secrets::added(record, newest)).await;
        match added {
            // Another process was faster, while each saw the same newest one.
            Err(StoreError::Taken) if self.newest().await? != newest => Ok(false),
            added => Ok(added? == 1),
        }
    }

    async fn reseal(&self, number: u8, seen: &[u8], new: &[u8]) -> Result<bool, StoreError> {
        let values = [new.into(), Value::count(number.into()), seen.into()];
        Ok(self.database.write(secrets::RESEAL, &values).await? == 1)
    }
}
