//! Secrets in SQLite.

use portcullis_core::{SecretRecord, SecretStore, StoreError};
use rusqlite::Connection;

use super::database::Database;
use super::error::OpenError;
use super::statement;
use crate::own::secrets;
use crate::own::value::Value;

/// Numbered secrets in an SQLite file, for [`Secrets`](portcullis_core::Secrets). Cheap to clone.
#[derive(Debug, Clone)]
pub struct SqliteSecrets {
    database: Database,
}

impl SqliteSecrets {
    /// Secrets in a database that is open already. Our table is `portcullis_secrets`.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn on(database: Database) -> Result<Self, OpenError> {
        database.migrate(secrets::STEPS_OF, secrets::SQLITE).await?;
        Ok(Self { database })
    }
}

impl SecretStore for SqliteSecrets {
    async fn list(&self) -> Result<Vec<SecretRecord>, StoreError> {
        self.database
            .read(|connection| statement::all(connection, secrets::LIST, &[], secrets::record))
    }

    async fn add(&self, record: &SecretRecord, newest: Option<u8>) -> Result<bool, StoreError> {
        let record = record.clone();
        let add = move |connection: &Connection| {
            Ok(statement::execute(connection, secrets::ADD, &secrets::added(&record, newest))? == 1)
        };
        self.database.write_own(add).await
    }

    async fn reseal(&self, number: u8, seen: &[u8], new: &[u8]) -> Result<bool, StoreError> {
        let (seen, new) = (seen.to_vec(), new.to_vec());
        let swap = move |connection: &Connection| {
            let values = [
                new.as_slice().into(),
                Value::count(number.into()),
                seen.as_slice().into(),
            ];
            Ok(statement::execute(connection, secrets::RESEAL, &values)? == 1)
        };
        self.database.write_own(swap).await
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::{ManualClock, MasterKey, Secrets};

    use super::*;

    portcullis_core::secret_store_contract!(async {
        let database = Database::temporary().await.expect("opens");
        SqliteSecrets::on(database).await.expect("migrated")
    });

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_handles_that_open_a_new_file_at_once_come_to_the_same_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("app.db");
        let opening = || {
            let path = path.clone();
            tokio::spawn(async move {
                let store = SqliteSecrets::on(Database::open(path).await.expect("opens"))
                    .await
                    .expect("migrated");
                let master = MasterKey::new(&[1; 32]).expect("a master key");
                Secrets::open(&store, &master, &ManualClock::at(1))
                    .await
                    .expect("opened")
            })
        };
        let (one, two) = (opening(), opening());
        let (one, two) = (one.await.expect("ends"), two.await.expect("ends"));
        assert_eq!(one.newest(), two.newest());
    }
}
