//! What is kept beside a foreign table, in a database of our own.
//!
//! A foreign table has no column that says which tokens are still good. The hash itself says it: a token carries a number
//! made from the hash that was stored when it was issued, and ends when another password is stored, on whichever side.
//! Only when a hash is made anew for the same password must the number stay; that is written down here, before the new
//! hash is stored, so that a fall in between costs nothing. Where the table has a column that counts, a token ends with
//! either: a password that is changed here does not count that column up.

use portcullis_core::{HashString, StoreError, UserId};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::error::ForeignError;
#[cfg(feature = "postgres")]
use crate::postgres::{PostgresDatabase, PostgresForeignEpochs};
use crate::sqlite::{Database, OpenError};

pub(crate) const STEPS: &[&str] = &["CREATE TABLE portcullis_foreign_epochs \
    (fingerprint BLOB PRIMARY KEY, epoch INTEGER NOT NULL) STRICT, WITHOUT ROWID"];

/// The numbers of upgraded hashes.
#[derive(Debug, Clone)]
pub(super) enum Beside {
    /// An upgraded hash ends the user's older tokens.
    Nowhere,
    Sqlite(Database),
    #[cfg(feature = "postgres")]
    Postgres(PostgresForeignEpochs),
}

impl Beside {
    /// In an SQLite file of ours.
    pub(super) async fn in_sqlite(database: Database) -> Result<Self, ForeignError> {
        let made = Self::make_table(&database).await;
        made.map_err(|cause| ForeignError::Beside(cause.into()))?;
        Ok(Self::Sqlite(database))
    }

    /// Makes its table in an SQLite file of ours.
    pub(super) async fn make_table(database: &Database) -> Result<(), OpenError> {
        database.migrate("portcullis_foreign", STEPS).await
    }

    /// In a PostgreSQL database of ours.
    #[cfg(feature = "postgres")]
    pub(super) async fn in_postgres(database: PostgresDatabase) -> Result<Self, ForeignError> {
        let epochs = PostgresForeignEpochs::on(database).await;
        epochs
            .map(Self::Postgres)
            .map_err(|cause| ForeignError::Beside(cause.into()))
    }

    /// The number that tokens of this user carry while this hash is stored and the table's own column, where it has one,
    /// holds `counted`.
    pub(super) async fn epoch(
        &self,
        id: &UserId,
        hash: Option<&HashString>,
        counted: Option<u64>,
    ) -> Result<u64, ForeignError> {
        let of_hash = match hash {
            Some(hash) => Some(self.of_hash(id, hash).await?),
            None => None,
        };
        Ok(match (counted, of_hash) {
            (Some(counted), Some(of_hash)) => of_both(counted, of_hash),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => 0,
        })
    }

    async fn of_hash(&self, id: &UserId, hash: &HashString) -> Result<u64, ForeignError> {
        let fingerprint = fingerprint(id, hash);
        let known = self.known(fingerprint).await;
        let known = known.map_err(|cause| ForeignError::Beside(cause.into()))?;
        let known = known.and_then(|epoch| u64::try_from(epoch).ok());
        Ok(known.unwrap_or_else(|| of_fingerprint(&fingerprint)))
    }

    async fn known(&self, fingerprint: [u8; 32]) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Nowhere => Ok(None),
            Self::Sqlite(database) => database.read(|connection| {
                let mut epochs =
                    connection.prepare_cached("SELECT epoch FROM portcullis_foreign_epochs WHERE fingerprint = ?1")?;
                epochs.query_row([fingerprint], |row| row.get::<_, i64>(0)).optional()
            }),
            #[cfg(feature = "postgres")]
            Self::Postgres(epochs) => epochs.of(&fingerprint).await,
        }
    }

    /// From now on `new` has the number that `seen` has.
    pub(super) async fn carry(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<(), ForeignError> {
        if matches!(self, Self::Nowhere) {
            return Ok(());
        }
        let epoch = i64::try_from(self.of_hash(id, seen).await?).unwrap_or(i64::MAX);
        let written = self.put(fingerprint(id, new), epoch).await;
        written.map_err(|cause| ForeignError::Beside(cause.into()))
    }

    async fn put(&self, fingerprint: [u8; 32], epoch: i64) -> Result<(), StoreError> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Sqlite(database) => {
                let put = move |connection: &Connection| {
                    let sql = "INSERT INTO portcullis_foreign_epochs VALUES (?1, ?2) \
                        ON CONFLICT (fingerprint) DO UPDATE SET epoch = excluded.epoch";
                    connection.prepare_cached(sql)?.execute((fingerprint, epoch)).map(drop)
                };
                database.write(put).await
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(epochs) => epochs.put(&fingerprint, epoch).await,
        }
    }
}

/// Tells hashes apart without holding any.
fn fingerprint(id: &UserId, hash: &HashString) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(b"portcullis foreign epoch\0");
    digest.update(id.as_str().as_bytes());
    digest.update([0]);
    digest.update(hash.as_str().as_bytes());
    digest.finalize().into()
}

/// Another number when either becomes another.
fn of_both(counted: u64, of_hash: u64) -> u64 {
    let mut digest = Sha256::new();
    digest.update(b"portcullis foreign epoch and column\0");
    digest.update(counted.to_be_bytes());
    digest.update(of_hash.to_be_bytes());
    of_fingerprint(&digest.finalize().into())
}

/// 48 bits: a whole number that every JSON reader keeps.
fn of_fingerprint(fingerprint: &[u8; 32]) -> u64 {
    fingerprint
        .iter()
        .take(6)
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
