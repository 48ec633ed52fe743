//! What is kept beside a foreign table (`foreign/beside.rs`), in PostgreSQL.

use portcullis_core::StoreError;

use super::database::PostgresDatabase;
use super::error::PostgresError;
use crate::own::value::Value;

pub(super) const STEPS: &[&str] = &[include_str!("../own/foreign_epochs/postgres/1_foreign_epochs.sql")];

/// The number of the fingerprint `$1`.
const EPOCH: &str = "SELECT epoch FROM portcullis_foreign_epochs WHERE fingerprint = $1";

/// The number `$2` for the fingerprint `$1`.
const PUT: &str = "INSERT INTO portcullis_foreign_epochs (fingerprint, epoch) VALUES ($1, $2) \
    ON CONFLICT (fingerprint) DO UPDATE SET epoch = excluded.epoch";

/// The numbers of upgraded hashes in a foreign table.
#[derive(Debug, Clone)]
pub(crate) struct PostgresForeignEpochs {
    database: PostgresDatabase,
}

impl PostgresForeignEpochs {
    /// In a database that is open already. Our table is `portcullis_foreign_epochs`.
    pub(crate) async fn on(database: PostgresDatabase) -> Result<Self, PostgresError> {
        database.migrate("portcullis_foreign", STEPS).await?;
        Ok(Self { database })
    }

    /// The number of a fingerprint, if one was put down.
    pub(crate) async fn of(&self, fingerprint: &[u8; 32]) -> Result<Option<i64>, StoreError> {
        let values = [fingerprint.as_slice().into()];
        let found = self.database.find(EPOCH, &values, |row| row.integer(0)).await?;
        Ok(found.into_iter().next())
    }

    /// Puts one down.
    pub(crate) async fn put(&self, fingerprint: &[u8; 32], epoch: i64) -> Result<(), StoreError> {
        let values = [fingerprint.as_slice().into(), Value::Integer(epoch)];
        self.database.write(PUT, &values).await.map(drop)
    }
}
