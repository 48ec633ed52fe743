//! Signing keys in SQLite.

use portcullis_core::{AuditRow, KeyChange, KeyRecord, KeyStore, StoreError};
use rusqlite::Connection;

use super::database::Database;
use super::error::OpenError;
use super::note::Note;
use super::statement;
use crate::own::keys::{self, UnreadableKey};

/// Signing keys in an SQLite file. Cheap to clone.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use portcullis_core::{KeySchedule, MasterKey, SigningKeys};
/// use portcullis_sql::{Database, SqliteKeys};
///
/// let master = MasterKey::from_hex(&std::fs::read_to_string("master.key")?)?;
/// let store = SqliteKeys::on(Database::open("app.db").await?).await?;
/// let keys = SigningKeys::open(store, master, KeySchedule::default()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct SqliteKeys {
    database: Database,
    note: Note,
}

impl SqliteKeys {
    /// Keys in a database that is open already. Our table is `portcullis_signing_keys`.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn on(database: Database) -> Result<Self, OpenError> {
        database.migrate(keys::STEPS_OF, keys::SQLITE).await?;
        Ok(Self {
            database,
            note: Note::default(),
        })
    }

    /// All records in the order in which they were added, and beside them the rows that are none: for looking at them.
    /// [`KeyStore::list`] refuses the whole where there is one of those.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn list_readable(&self) -> Result<(Vec<KeyRecord>, Vec<UnreadableKey>), StoreError> {
        let rows = self
            .database
            .read(|connection| statement::all(connection, keys::LIST, &[], keys::record_if_any))?;
        Ok(keys::parted(rows))
    }
}

impl KeyStore for SqliteKeys {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        let note = Note::of(row, &self.database)?;
        Some(Self { note, ..self.clone() })
    }

    async fn list(&self) -> Result<Vec<KeyRecord>, StoreError> {
        self.database
            .read(|connection| statement::all(connection, keys::LIST, &[], keys::record))
    }

    async fn add(&self, record: &KeyRecord, newest: Option<&str>) -> Result<bool, StoreError> {
        let (record, newest, note) = (record.clone(), newest.map(str::to_owned), self.note.clone());
        let add = move |connection: &Connection| {
            let values = keys::added(&record, newest.as_deref());
            let added = statement::execute(connection, keys::ADD, &values)? == 1;
            note.write(connection, added)?;
            Ok(added)
        };
        self.database.write(add).await
    }

    async fn change(&self, id: &str, change: KeyChange) -> Result<bool, StoreError> {
        let Some((sql, new)) = keys::change(change) else {
            return Err(StoreError::corrupt("a change that this store does not know"));
        };
        let (id, note) = (id.to_owned(), self.note.clone());
        let update = move |connection: &Connection| {
            let changed = statement::execute(connection, sql, &[new, id.as_str().into()])? == 1;
            note.write(connection, changed)?;
            Ok(changed)
        };
        self.database.write(update).await
    }

    async fn reseal(&self, id: &str, seen: &[u8], new: &[u8]) -> Result<bool, StoreError> {
        let (id, seen, new) = (id.to_owned(), seen.to_vec(), new.to_vec());
        let swap = move |connection: &Connection| {
            let values = [new.as_slice().into(), id.as_str().into(), seen.as_slice().into()];
            Ok(statement::execute(connection, keys::RESEAL, &values)? == 1)
        };
        self.database.write(swap).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    portcullis_core::key_store_contract!(async {
        let database = Database::temporary().await.expect("opens");
        SqliteKeys::on(database).await.expect("migrated")
    });

    #[tokio::test]
    async fn a_row_that_is_no_key_is_an_error_and_not_left_out() {
        let database = Database::temporary().await.expect("opens");
        let keys = SqliteKeys::on(database.clone()).await.expect("migrated");
        let row = "INSERT INTO portcullis_signing_keys VALUES (1, 'a', 'HS257', 0, 0, NULL, 0, x'00')";
        database
            .write(move |connection| connection.execute(row, []))
            .await
            .expect("written");
        assert!(matches!(keys.list().await, Err(StoreError::Corrupt(_))));
        let (records, unreadable) = keys.list_readable().await.expect("read");
        let [row] = &unreadable[..] else {
            panic!("{unreadable:?}")
        };
        assert_eq!((records.len(), &*row.id), (0, "a"));
        assert!(
            row.why.contains("column 1") && !row.why.contains("HS257"),
            "{}",
            row.why
        );
    }
}
