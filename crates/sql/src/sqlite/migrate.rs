//! Numbered steps, each in one transaction, remembered with a digest of its text.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use sha2::{Digest, Sha256};

use super::error::MigrateError;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS portcullis_migrations (
    name TEXT NOT NULL,
    step INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (name, step)
) STRICT";

/// Carries out the steps that are not carried out yet. Two processes at once carry each out once.
pub(super) fn migrate(connection: &mut Connection, name: &str, steps: &[&str]) -> Result<(), MigrateError> {
    let failed = |step, cause| MigrateError::Failed {
        name: name.to_owned(),
        step,
        cause,
    };
    connection.execute_batch(TABLE).map_err(|cause| failed(0, cause))?;
    let known = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    let found: Option<u32> = connection
        .query_row(
            "SELECT max(step) FROM portcullis_migrations WHERE name = ?1",
            [name],
            |row| row.get(0),
        )
        .map_err(|cause| failed(0, cause))?;
    if let Some(found) = found.filter(|found| *found > known) {
        return Err(MigrateError::Newer {
            name: name.to_owned(),
            found,
            known,
        });
    }
    for (text, step) in steps.iter().zip(1..) {
        carry_out(connection, name, step, text)
            .map_err(|cause| failed(step, cause))
            .and_then(|same| {
                if same {
                    Ok(())
                } else {
                    Err(MigrateError::Changed {
                        name: name.to_owned(),
                        step,
                    })
                }
            })?;
    }
    Ok(())
}

/// Says whether the step, carried out now or earlier, is this one.
fn carry_out(connection: &mut Connection, name: &str, step: u32, text: &str) -> rusqlite::Result<bool> {
    let digest: String = Sha256::digest(text.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // Asked without the lock first: what is up to date opens beside a program that writes for long.
    if let Some(earlier) = carried_out(connection, name, step)? {
        return Ok(earlier == digest);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Some(earlier) = carried_out(&transaction, name, step)? {
        return Ok(earlier == digest);
    }
    transaction.execute_batch(text)?;
    transaction.execute(
        "INSERT INTO portcullis_migrations VALUES (?1, ?2, ?3)",
        params![name, step, digest],
    )?;
    transaction.commit()?;
    Ok(true)
}

/// The digest of a step that was carried out.
fn carried_out(connection: &Connection, name: &str, step: u32) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT sha256 FROM portcullis_migrations WHERE name = ?1 AND step = ?2";
    connection
        .query_row(sql, params![name, step], |row| row.get(0))
        .optional()
}
