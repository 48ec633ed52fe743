//! Signing keys in SQLite, each encrypted under a master key that is not there.

use portcullis_core::jose::Algorithm;
use portcullis_core::{KeyChange, KeyRecord, KeyStore, StoreError};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::database::Database;
use super::error::OpenError;

/// The steps that make our table.
const STEPS: &[&str] = &[include_str!("keys.sql")];

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
}

impl SqliteKeys {
    /// Keys in a database that is open already. Our table is `portcullis_signing_keys`.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn on(database: Database) -> Result<Self, OpenError> {
        database.migrate("portcullis_keys", STEPS).await?;
        Ok(Self { database })
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<KeyRecord> {
    let algorithm: Algorithm = row.get_ref(1)?.as_str()?.parse().map_err(|cause| {
        rusqlite::Error::FromSqlConversionFailure(
            1,
            Type::Text,
            Box::<dyn std::error::Error + Send + Sync>::from(cause),
        )
    })?;
    let seconds = |column: usize| {
        let value = u64::try_from(row.get::<_, i64>(column)?);
        value.map_err(|cause| rusqlite::Error::FromSqlConversionFailure(column, Type::Integer, Box::new(cause)))
    };
    let ended = match row.get_ref(4)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(seconds(4)?),
    };
    Ok(KeyRecord {
        id: row.get(0)?,
        algorithm,
        created: seconds(2)?,
        activates: seconds(3)?,
        ended,
        token_lifetime: seconds(5)?,
        sealed: row.get(6)?,
    })
}

/// A time as SQLite holds it; what lies beyond its numbers is its last.
fn stored(seconds: u64) -> i64 {
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

fn insert(connection: &Connection, record: &KeyRecord) -> rusqlite::Result<()> {
    let sql = "INSERT INTO portcullis_signing_keys \
        (id, algorithm, created, activates, ended, token_lifetime, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    connection.prepare_cached(sql)?.execute(params![
        record.id,
        record.algorithm.name(),
        stored(record.created),
        stored(record.activates),
        record.ended.map(stored),
        stored(record.token_lifetime),
        record.sealed,
    ])?;
    Ok(())
}

impl KeyStore for SqliteKeys {
    async fn list(&self) -> Result<Vec<KeyRecord>, StoreError> {
        let list = |connection: &Connection| {
            let sql = "SELECT id, algorithm, created, activates, ended, token_lifetime, sealed \
                FROM portcullis_signing_keys ORDER BY position";
            connection.prepare_cached(sql)?.query_map([], record)?.collect()
        };
        self.database.read(list)
    }

    async fn add(&self, record: &KeyRecord, newest: Option<&str>) -> Result<bool, StoreError> {
        let (record, newest) = (record.clone(), newest.map(str::to_owned));
        let add = move |connection: &Connection| {
            let sql = "SELECT id FROM portcullis_signing_keys ORDER BY position DESC LIMIT 1";
            let found = connection
                .prepare_cached(sql)?
                .query_row([], |row| row.get::<_, String>(0));
            if found.optional()? != newest {
                return Ok(false);
            }
            insert(connection, &record)?;
            Ok(true)
        };
        self.database.write(add).await
    }

    async fn change(&self, id: &str, change: KeyChange) -> Result<bool, StoreError> {
        let (sql, seconds) = match change {
            KeyChange::Activate(at) => (
                "UPDATE portcullis_signing_keys SET activates = min(activates, ?2) WHERE id = ?1",
                at,
            ),
            KeyChange::End(at) => (
                "UPDATE portcullis_signing_keys SET ended = min(coalesce(ended, ?2), ?2) WHERE id = ?1",
                at,
            ),
            KeyChange::TokenLifetime(seconds) => (
                "UPDATE portcullis_signing_keys SET token_lifetime = max(token_lifetime, ?2) WHERE id = ?1",
                seconds,
            ),
            _ => return Err(StoreError::corrupt("a change that this store does not know")),
        };
        let id = id.to_owned();
        let update = move |connection: &Connection| {
            Ok(connection.prepare_cached(sql)?.execute(params![id, stored(seconds)])? == 1)
        };
        self.database.write(update).await
    }

    async fn reseal(&self, id: &str, seen: &[u8], new: &[u8]) -> Result<bool, StoreError> {
        let (id, seen, new) = (id.to_owned(), seen.to_vec(), new.to_vec());
        let swap = move |connection: &Connection| {
            let sql = "UPDATE portcullis_signing_keys SET sealed = ?3 WHERE id = ?1 AND sealed = ?2";
            Ok(connection.prepare_cached(sql)?.execute(params![id, seen, new])? == 1)
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
    }
}
