//! What is worth knowing of a table before it is used.

use super::{ForeignError, ForeignUsers, Lane};
use crate::foreign::dialect::Statement;

/// What a look at the whole table found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Findings {
    /// How many rows there are.
    pub users: u64,
    /// How many of them nobody can log in to, for want of a login.
    pub without_login: u64,
    /// How many logins more than one user has: none of those may use it.
    pub doubled_logins: u64,
    /// The longest hash that the column takes, in characters, if it has a limit.
    pub hash_limit: Option<usize>,
}

impl ForeignUsers {
    /// Looks at the whole table.
    ///
    /// # Errors
    /// What the database says.
    pub async fn findings(&self) -> Result<Findings, ForeignError> {
        let statements = &self.0.statements;
        Ok(Findings {
            users: self.number(&statements.count).await?,
            without_login: self.number(&statements.without_login).await?,
            doubled_logins: self.number(&statements.doubled_logins).await?,
            hash_limit: self.0.hash_limit,
        })
    }

    /// The one number that a statement gives.
    async fn number(&self, statement: &Statement) -> Result<u64, ForeignError> {
        let rows = self.0.connection.rows(Lane::Longer, statement, &[]).await?;
        let text = rows.into_iter().next().and_then(|row| row.into_iter().next().flatten());
        Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
    }
}
