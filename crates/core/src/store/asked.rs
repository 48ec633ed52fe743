//! A condition of a change, held against a store that can only be asked.

use tokio::sync::Mutex;

use super::{AccountStore, StoreError};
use crate::account::{Account, AccountChange};
use crate::condition::{Condition, Unmet};
use crate::user::{User as _, UserId};

/// Whose turn it is to look at a condition and to make a change, where the store does not do both in one step.
pub(super) static TURN: Mutex<()> = Mutex::const_new(());

/// How many accounts are looked through at a time.
const PAGE: usize = 100;

/// Whether a condition holds, of a store that can only be asked.
pub(super) async fn look<S: AccountStore + ?Sized>(
    store: &S,
    id: &UserId,
    change: Option<&AccountChange>,
    condition: &Condition,
) -> Result<(), StoreError> {
    let Some(before) = store.by_id(id).await? else {
        return Ok(());
    };
    if !condition.check(&before, change).map_err(StoreError::Unmet)? {
        return Ok(());
    }
    let mut after = None::<String>;
    loop {
        let page = store.list(after.as_deref(), PAGE).await?;
        let other = |account: &Account| account.id() != *id && Condition::administers(account);
        if page.iter().any(other) {
            return Ok(());
        }
        match page.last() {
            Some(last) => after = Some(last.username().to_owned()),
            None => return Err(StoreError::Unmet(Unmet::LastAdministrator)),
        }
    }
}
