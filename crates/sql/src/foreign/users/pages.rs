//! The whole table, a page at a time, in the order of the ids.

use portcullis_core::{Account, HashString, UserId};

use super::reading;
use super::{ForeignError, ForeignUsers, Inner, Lane, Row};

impl ForeignUsers {
    /// Up to `limit` ids that come after `after`, in their order, with their accounts: for who copies the whole table. One
    /// that nobody could log in to, for want of a login, has no account.
    ///
    /// # Errors
    /// What the database says.
    pub async fn accounts_after(
        &self,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Vec<(UserId, Option<Account>)>, ForeignError> {
        let Inner {
            statements, connection, ..
        } = &*self.0;
        let rows = match after {
            None => {
                connection
                    .rows(Lane::Longer, &statements.first_rows.limited(limit), &[])
                    .await?
            }
            Some(after) => {
                let next = statements.next_rows.limited(limit);
                connection.rows(Lane::Longer, &next, &[after.as_str()]).await?
            }
        };
        let mut accounts = Vec::with_capacity(rows.len());
        for row in rows {
            let read = reading::user(&self.0.mapping, row)?;
            let (id, has_login) = (read.id.clone(), read.has_login);
            let account = if has_login { Some(self.whole(read).await?) } else { None };
            accounts.push((id, account));
        }
        Ok(accounts)
    }

    /// Up to `limit` ids and hashes in the order of the ids, those after `after`, with the salts and algorithms of other
    /// columns: for who looks at the whole table.
    ///
    /// # Errors
    /// What the database says.
    pub async fn hashes_after(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Option<HashString>)>, ForeignError> {
        let statements = &self.0.statements;
        let rows = match after {
            None => {
                self.0
                    .connection
                    .rows(Lane::Longer, &statements.first_hashes.limited(limit), &[])
                    .await?
            }
            Some(after) => {
                let next = statements.next_hashes.limited(limit);
                self.0.connection.rows(Lane::Longer, &next, &[after]).await?
            }
        };
        let pair = |row: Row| {
            let mut texts = row.into_iter();
            let id = texts.next().flatten()?;
            Some((id, reading::next_stored(&mut texts)))
        };
        Ok(rows.into_iter().filter_map(pair).collect())
    }
}
