//! Changes of one account under a condition, within an act.

use portcullis_core::{Account, AccountChange, Condition, Unmet, User as _, UserId};

use super::rows;
use crate::postgres::act::Act;
use crate::postgres::failure::Failure;

/// The account after the change, or `None` if there is none or its hash is another.
pub(super) async fn update(
    act: &Act,
    id: &UserId,
    change: &AccountChange,
    condition: &Condition,
) -> Result<Result<Option<Account>, Unmet>, Failure> {
    let Some(before) = rows::by_id(act, id).await? else {
        return Ok(Ok(None));
    };
    if let Err(unmet) = holds(act, &before, Some(change), condition).await? {
        return Ok(Err(unmet));
    }
    if change.only_if_hash.is_some() && before.password_hash() != change.only_if_hash.as_ref() {
        return Ok(Ok(None));
    }
    let before = rows::with_logins(act, before).await?;
    let after = before.clone().changed(change);
    rows::update(act, &before, &after).await?;
    Ok(Ok(Some(after)))
}

/// Whether there was one.
pub(super) async fn delete(act: &Act, id: &UserId, condition: &Condition) -> Result<Result<bool, Unmet>, Failure> {
    let Some(before) = rows::by_id(act, id).await? else {
        return Ok(Ok(false));
    };
    if let Err(unmet) = holds(act, &before, None, condition).await? {
        return Ok(Err(unmet));
    }
    rows::delete(act, id).await.map(Ok)
}

async fn holds(
    act: &Act,
    before: &Account,
    change: Option<&AccountChange>,
    condition: &Condition,
) -> Result<Result<(), Unmet>, Failure> {
    match condition.check(before, change) {
        Ok(false) => Ok(Ok(())),
        Ok(true) if rows::another_administers(act, before).await? => Ok(Ok(())),
        Ok(true) => Ok(Err(Unmet::LastAdministrator)),
        Err(unmet) => Ok(Err(unmet)),
    }
}
