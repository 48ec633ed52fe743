//! Numbered steps, each in one transaction, remembered with a digest of its text.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use super::backup::copy_before;
use super::error::MigrateError;
use crate::phase::{FLOORS, Phase};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS portcullis_migrations (
    name TEXT NOT NULL,
    step INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (name, step)
) STRICT";

/// What of the steps beyond the last one that is known here a version must know.
const FLOOR: &str = "SELECT max(coalesce(f.floor, m.step)) FROM portcullis_migrations AS m \
    LEFT JOIN portcullis_floors AS f ON f.name = m.name AND f.step = m.step WHERE m.name = ?1 AND m.step > ?2";

/// Steps, and how far they go.
#[derive(Clone, Copy)]
pub(super) struct Steps {
    pub(super) name: &'static str,
    pub(super) texts: &'static [&'static str],
    /// Also those that older versions do not live with.
    pub(super) contract: bool,
}

/// Carries out the steps that are not carried out yet. Two processes at once carry each out once. Tables that are there are
/// copied with their database before the first step that changes them.
pub(super) fn migrate(connection: &mut Connection, path: &Path, steps: Steps) -> Result<(), MigrateError> {
    let name = steps.name;
    let failed = |step, cause| MigrateError::Failed {
        name: name.to_owned(),
        step,
        cause,
    };
    connection.execute_batch(TABLE).map_err(|cause| failed(0, cause))?;
    let known = u32::try_from(steps.texts.len()).unwrap_or(u32::MAX);
    let found: Option<u32> = connection
        .query_row(
            "SELECT max(step) FROM portcullis_migrations WHERE name = ?1",
            [name],
            |row| row.get(0),
        )
        .map_err(|cause| failed(0, cause))?;
    let floor = floor(connection, name, known).map_err(|cause| failed(0, cause))?;
    if let Some(found) = found.filter(|found| *found > known && floor.is_none_or(|floor| floor > known)) {
        return Err(MigrateError::Newer {
            name: name.to_owned(),
            found,
            known,
        });
    }
    for (text, step) in steps.texts.iter().zip(1..) {
        let failed = |cause| failed(step, cause);
        let digest = digest(text);
        // Asked without the lock first: what is up to date opens beside a program that writes for long.
        let earlier = match carried_out(connection, name, step).map_err(failed)? {
            Some(earlier) => Some(earlier),
            None if !steps.contract && !Phase::of(text).is_usual() => None,
            None => {
                let is_first_change = found.is_some_and(|found| found.saturating_add(1) == step);
                carry_out(connection, (name, step, text), &digest, is_first_change.then_some(path))?
            }
        };
        if earlier.is_some_and(|earlier| earlier != digest) {
            let name = name.to_owned();
            return Err(MigrateError::Changed { name, step });
        }
    }
    Ok(())
}

/// What a version must know of the steps beyond `known`. `None`: all of them, or there are none.
fn floor(connection: &Connection, name: &str, known: u32) -> rusqlite::Result<Option<u32>> {
    let there = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'portcullis_floors'";
    match connection.query_row(there, [], |row| row.get(0))? {
        0 => Ok(None),
        _ => connection.query_row(FLOOR, params![name, known], |row| row.get(0)),
    }
}

fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Carries a step out, unless another process was faster: then its digest is given. Before that the database at `copied` is
/// copied, under the lock that lets nobody change it.
fn carry_out(
    connection: &mut Connection,
    (name, step, text): (&str, u32, &str),
    digest: &str,
    copied: Option<&Path>,
) -> Result<Option<String>, MigrateError> {
    let failed = |cause| MigrateError::Failed {
        name: name.to_owned(),
        step,
        cause,
    };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate);
    let transaction = transaction.map_err(failed)?;
    if let Some(earlier) = carried_out(&transaction, name, step).map_err(failed)? {
        return Ok(Some(earlier));
    }
    if let Some(path) = copied {
        let all = "SELECT count(*) FROM portcullis_migrations";
        let all: i64 = transaction.query_row(all, [], |row| row.get(0)).map_err(failed)?;
        copy_before(path, all.saturating_add(1)).map_err(|cause| MigrateError::NotCopied {
            name: name.to_owned(),
            step,
            cause: Box::new(cause),
        })?;
    }
    transaction.execute_batch(text).map_err(failed)?;
    let insert = "INSERT INTO portcullis_migrations (name, step, sha256) VALUES (?1, ?2, ?3)";
    transaction
        .execute(insert, params![name, step, digest])
        .map_err(failed)?;
    if let Some(floor) = Phase::of(text).floor() {
        transaction.execute_batch(FLOORS).map_err(failed)?;
        let insert = "INSERT INTO portcullis_floors (name, step, floor) VALUES (?1, ?2, ?3)";
        transaction
            .execute(insert, params![name, step, floor])
            .map_err(failed)?;
    }
    transaction.commit().map_err(failed)?;
    Ok(None)
}

/// The digest of a step that was carried out.
fn carried_out(connection: &Connection, name: &str, step: u32) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT sha256 FROM portcullis_migrations WHERE name = ?1 AND step = ?2";
    connection
        .query_row(sql, params![name, step], |row| row.get(0))
        .optional()
}
