//! What may be administered of users that another application owns: their passwords, and nothing else.

use portcullis_core::{Account, AccountChange, AccountStore, StoreError, UserId, UserStore};

use super::{ForeignUsers, Lane, Stage};

const READ_ONLY: &str = "These users belong to another application, and nothing is written to its table at present";
const ELSEWHERE: &str = "These users belong to another application: this is changed there";

impl AccountStore for ForeignUsers {
    fn noting(&self, _: &portcullis_core::AuditRow) -> Option<Self> {
        None
    }

    async fn insert(&self, _: &Account) -> Result<(), StoreError> {
        Err(StoreError::Unsupported(ELSEWHERE))
    }

    async fn update(&self, id: &UserId, change: &AccountChange) -> Result<Option<Account>, StoreError> {
        let AccountChange {
            email: None,
            full_name: None,
            disabled: None,
            scopes: None,
            password_hash: Some(new),
            only_if_hash,
            ..
        } = change
        else {
            return Err(StoreError::Unsupported(ELSEWHERE));
        };
        if self.0.stage == Stage::ReadOnly {
            return Err(StoreError::Unsupported(READ_ONLY));
        }
        if self.write_hash(id, only_if_hash.as_ref(), new).await? {
            return UserStore::by_id(self, id).await;
        }
        Ok(None)
    }

    async fn delete(&self, _: &UserId) -> Result<bool, StoreError> {
        Err(StoreError::Unsupported(ELSEWHERE))
    }

    async fn list(&self, after: Option<&str>, limit: usize) -> Result<Vec<Account>, StoreError> {
        let statements = &self.0.statements;
        let rows = match after {
            None => {
                self.0
                    .connection
                    .rows(Lane::Longer, &statements.first_page.limited(limit), &[])
                    .await?
            }
            Some(after) => {
                self.0
                    .connection
                    .rows(Lane::Longer, &statements.next_page.limited(limit), &[after])
                    .await?
            }
        };
        let mut accounts = Vec::with_capacity(rows.len());
        for row in rows {
            accounts.push(self.account(row).await?);
        }
        Ok(accounts)
    }

    async fn count(&self) -> Result<u64, StoreError> {
        let rows = self
            .0
            .connection
            .rows(Lane::Longer, &self.0.statements.count, &[])
            .await?;
        let count = rows.into_iter().next().and_then(|row| row.into_iter().next().flatten());
        Ok(count.and_then(|count| count.parse().ok()).unwrap_or(0))
    }
}
