//! Signing keys in PostgreSQL.

use portcullis_core::{AuditRow, KeyChange, KeyRecord, KeyStore, StoreError};

use super::database::PostgresDatabase;
use super::error::PostgresError;
use super::note::Note;
use crate::own::keys::{self, UnreadableKey};

/// Signing keys in a PostgreSQL database, which several processes may share: of those that rotate at once one does. Cheap
/// to clone.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use portcullis_core::{KeySchedule, MasterKey, SigningKeys};
/// use portcullis_sql::{PostgresDatabase, PostgresKeys};
///
/// let master = MasterKey::from_hex(&std::fs::read_to_string("master.key")?)?;
/// let store = PostgresKeys::on(PostgresDatabase::open("postgres://app@127.0.0.1/app").await?).await?;
/// let keys = SigningKeys::open(store, master, KeySchedule::default()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct PostgresKeys {
    database: PostgresDatabase,
    note: Note,
}

impl PostgresKeys {
    /// Keys in a database that is open already. Our table is `portcullis_signing_keys`.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn on(database: PostgresDatabase) -> Result<Self, PostgresError> {
        database.migrate(keys::STEPS_OF, keys::POSTGRES).await?;
        Ok(Self {
            database,
            note: Note::default(),
        })
    }

    /// All records in the order in which they were added, and beside them the rows that are none: for looking at them.
    /// [`KeyStore::list`] refuses the whole where there is one of those.
    ///
    /// # Errors
    /// What the store says.
    pub async fn list_readable(&self) -> Result<(Vec<KeyRecord>, Vec<UnreadableKey>), StoreError> {
        let rows = self.database.look(keys::LIST, &[], keys::record_if_any).await?;
        Ok(keys::parted(rows))
    }
}

impl KeyStore for PostgresKeys {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        let note = Note::of(row, &self.database)?;
        Some(Self { note, ..self.clone() })
    }

    async fn list(&self) -> Result<Vec<KeyRecord>, StoreError> {
        self.database.look(keys::LIST, &[], keys::record).await
    }

    async fn add(&self, record: &KeyRecord, newest: Option<&str>) -> Result<bool, StoreError> {
        let values = keys::added(record, newest);
        Ok(self.note.with(&self.database, keys::ADD, &values).await? == 1)
    }

    async fn change(&self, id: &str, change: KeyChange) -> Result<bool, StoreError> {
        let Some((sql, new)) = keys::change(change) else {
            return Err(StoreError::corrupt("a change that this store does not know"));
        };
        let values = [new, id.into()];
        Ok(self.note.with(&self.database, sql, &values).await? == 1)
    }

    async fn reseal(&self, id: &str, seen: &[u8], new: &[u8]) -> Result<bool, StoreError> {
        let values = [new.into(), id.into(), seen.into()];
        Ok(self.database.write(keys::RESEAL, &values).await? == 1)
    }
}
