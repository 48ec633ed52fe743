//! What is kept beside a foreign table, in a database of our own.
//!
//! A foreign table has no column that says which tokens are still good. The hash itself says it: a token carries a number
//! made from the hash that was stored when it was issued, and ends when another password is stored, on whichever side.
//! Only when a hash is made anew for the same password must the number stay; that is written down here, before the new
//! hash is stored, so that a fall in between costs nothing. Where the table has a column that counts, a token ends with
//! either: a password that is changed here does not count that column up.

use portcullis_core::{HashString, UserId};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::error::ForeignError;
use crate::sqlite::Database;

const STEPS: &[&str] = &["CREATE TABLE portcullis_foreign_epochs \
    (fingerprint BLOB PRIMARY KEY, epoch INTEGER NOT NULL) STRICT, WITHOUT ROWID"];

/// The numbers of upgraded hashes.
#[derive(Debug, Clone)]
pub(super) struct Beside {
    database: Option<Database>,
}

impl Beside {
    /// Without a database an upgraded hash ends the user's older tokens.
    pub(super) async fn open(database: Option<Database>) -> Result<Self, ForeignError> {
        if let Some(database) = &database {
            let migrated = database.migrate("portcullis_foreign", STEPS).await;
            migrated.map_err(|cause| ForeignError::Beside(cause.into()))?;
        }
        Ok(Self { database })
    }

    /// The number that tokens of this user carry while this hash is stored and the table's own column, where it has one,
    /// holds `counted`.
    pub(super) fn epoch(
        &self,
        id: &UserId,
        hash: Option<&HashString>,
        counted: Option<u64>,
    ) -> Result<u64, ForeignError> {
        let of_hash = hash.map(|hash| self.of_hash(id, hash)).transpose()?;
        Ok(match (counted, of_hash) {
            (Some(counted), Some(of_hash)) => of_both(counted, of_hash),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => 0,
        })
    }

    fn of_hash(&self, id: &UserId, hash: &HashString) -> Result<u64, ForeignError> {
        let fingerprint = fingerprint(id, hash);
        if let Some(database) = &self.database {
            let known = database.read(|connection| {
                let mut epochs =
                    connection.prepare_cached("SELECT epoch FROM portcullis_foreign_epochs WHERE fingerprint = ?1")?;
                epochs.query_row([fingerprint], |row| row.get::<_, i64>(0)).optional()
            });
            let known = known.map_err(|cause| ForeignError::Beside(cause.into()))?;
            if let Some(epoch) = known.and_then(|epoch| u64::try_from(epoch).ok()) {
                return Ok(epoch);
            }
        }
        Ok(of_fingerprint(&fingerprint))
    }

    /// From now on `new` has the number that `seen` has.
    pub(super) async fn carry(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<(), ForeignError> {
        let Some(database) = &self.database else {
            return Ok(());
        };
        let epoch = i64::try_from(self.of_hash(id, seen)?).unwrap_or(i64::MAX);
        let fingerprint = fingerprint(id, new);
        let put = move |connection: &Connection| {
            let sql = "INSERT INTO portcullis_foreign_epochs VALUES (?1, ?2) \
                ON CONFLICT (fingerprint) DO UPDATE SET epoch = excluded.epoch";
            connection.prepare_cached(sql)?.execute((fingerprint, epoch)).map(drop)
        };
        let written = database.write(put).await;
        written.map_err(|cause| ForeignError::Beside(cause.into()))
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
