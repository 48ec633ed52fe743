//! Changes of one account under a condition, inside the writer's transaction.

use portcullis_core::{Account, AccountChange, Condition, Unmet, User as _, UserId};
use rusqlite::Connection;

use super::rows;

/// The account after the change, or `None` if there is none or its hash is another.
pub(super) fn update(
    connection: &Connection,
    id: &UserId,
    change: &AccountChange,
    condition: &Condition,
) -> rusqlite::Result<Result<Option<Account>, Unmet>> {
    let Some(before) = rows::by_id(connection, id)? else {
        return Ok(Ok(None));
    };
    if let Err(unmet) = holds(connection, &before, Some(change), condition)? {
        return Ok(Err(unmet));
    }
    if change.only_if_hash.is_some() && before.password_hash() != change.only_if_hash.as_ref() {
        return Ok(Ok(None));
    }
    let before = rows::with_logins(connection, before)?;
    let after = before.clone().changed(change);
    rows::update(connection, &before, &after)?;
    Ok(Ok(Some(after)))
}

/// Whether there was one.
pub(super) fn delete(
    connection: &Connection,
    id: &UserId,
    condition: &Condition,
) -> rusqlite::Result<Result<bool, Unmet>> {
    let Some(before) = rows::by_id(connection, id)? else {
        return Ok(Ok(false));
    };
    if let Err(unmet) = holds(connection, &before, None, condition)? {
        return Ok(Err(unmet));
    }
    rows::delete(connection, id).map(Ok)
}

fn holds(
    connection: &Connection,
    before: &Account,
    change: Option<&AccountChange>,
    condition: &Condition,
) -> rusqlite::Result<Result<(), Unmet>> {
    match condition.check(before, change) {
        Ok(false) => Ok(Ok(())),
        Ok(true) if rows::another_administers(connection, before)? => Ok(Ok(())),
        Ok(true) => Ok(Err(Unmet::LastAdministrator)),
        Err(unmet) => Ok(Err(unmet)),
    }
}
