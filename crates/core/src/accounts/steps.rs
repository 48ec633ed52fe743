//! Acts of several steps: a change, the row that tells of it, and what ends with it. Each is done to its end, also where
//! whoever asked for it hangs up between two of them.

use super::{AccountError, Accounts};
use crate::account::{Account, AccountChange};
use crate::audit::AuditKind;
use crate::detached::detached;
use crate::store::{AccountStore, StoreError};
use crate::user::{User as _, UserId};

impl<S: AccountStore> Accounts<S> {
    pub(super) async fn insert(&self, account: Account) -> Result<(), AccountError> {
        let own = self.clone();
        detached(async move {
            let act = own.act(AuditKind::UserAdded, &account.id(), |event| {
                event
                    .with("scope", account.scopes().as_str())
                    .with("disabled", account.disabled())
            });
            act.insert(&account).await?;
            act.happened(true).await;
            Ok(())
        })
        .await
    }

    pub(super) async fn change(&self, id: UserId, change: AccountChange) -> Result<Account, AccountError> {
        let own = self.clone();
        detached(async move {
            let act = own.act(AuditKind::UserChanged, &id, |event| Self::told(event, &change));
            let changed = act.update_if(&id, &change, &own.condition).await?;
            act.happened(changed.is_some()).await;
            let changed = changed.ok_or(AccountError::Unknown)?;
            if change.end_tokens {
                own.auth.user_changed(&changed.id(), changed.token_epoch()).await;
            }
            Ok(changed)
        })
        .await
    }

    /// With a new password tokens end.
    pub(super) async fn replace(&self, id: UserId, change: AccountChange) -> Result<Option<Account>, StoreError> {
        let own = self.clone();
        detached(async move {
            let by_oneself = change.only_if_hash.is_some();
            let act = own.act(AuditKind::UserPassword, &id, |event| event.with("own", by_oneself));
            let changed = act.update_if(&id, &change, &own.condition).await?;
            act.happened(changed.is_some()).await;
            if let Some(account) = &changed {
                own.auth.user_changed(&id, account.token_epoch()).await;
            }
            Ok(changed)
        })
        .await
    }

    pub(super) async fn remove(&self, account: Account) -> Result<(), AccountError> {
        let own = self.clone();
        detached(async move {
            let id = account.id();
            let act = own.act(AuditKind::UserDeleted, &id, |event| event);
            let deleted = act.delete_if(&id, &own.condition).await?;
            act.happened(deleted).await;
            if !deleted {
                return Err(AccountError::Unknown);
            }
            let beyond = account.token_epoch().saturating_add(1);
            own.auth.user_changed(&id, beyond).await;
            Ok(())
        })
        .await
    }
}
