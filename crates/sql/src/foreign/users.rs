//! Users in a table that another application owns.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use portcullis_core::{Account, HashString, StoreError, User as _, UserId, UserStore};

use super::beside::Beside;
use super::connection::{Access, Connection, Row};
use super::dialect::{Kind, Statement};
use super::error::ForeignError;
use super::mapping::{LoginMatch, Mapping};
use super::reading;
use super::schema::Schema;
use super::statements::Statements;
use crate::sqlite::Database;

mod accounts;
mod findings;

pub use findings::Findings;

/// How far the foreign table may be used; each stage can be left again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing is ever written.
    ReadOnly,
    /// Passwords that are changed here and hashes that are upgraded are written, in whatever format the
    /// application's context makes: it should be one that the table's owner reads.
    WriteBack,
}

/// A store over a table that another application owns and goes on using. Nothing is added to its schema. Cheap to clone.
///
/// Whatever either side changes holds on the other: a password at the next login, and older tokens end with it; an
/// account that was deactivated within the time that a user is remembered. Groups and roles become scopes as the
/// [`Mapping`] says.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use portcullis_sql::foreign::{ForeignUsers, Mapping, Stage};
///
/// let mapping = Mapping {
///     active: Some("status = 'member' AND deleted_at IS NULL".to_owned()),
///     ..Mapping::new("members", "id", "email", "password_hash")
/// };
/// let users = ForeignUsers::open("sqlite:///srv/app/app.db", mapping, Stage::ReadOnly, None).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ForeignUsers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    connection: Connection,
    mapping: Mapping,
    statements: Statements,
    stage: Stage,
    /// What ids are.
    kind: Kind,
    /// The longest hash that the column takes, in characters.
    hash_limit: Option<usize>,
    beside: Beside,
    generation: AtomicU64,
}

impl ForeignUsers {
    /// Opens the database at `url` (`sqlite:…`, `postgres://…`, `mysql://…`), looks whether the mapping fits it, and
    /// writes nothing. What is needed beside the table is kept in `beside`; without it a hash that is upgraded ends the
    /// user's older tokens.
    ///
    /// # Errors
    /// See [`ForeignError`].
    pub async fn open(
        url: &str,
        mapping: Mapping,
        stage: Stage,
        beside: Option<Database>,
    ) -> Result<Self, ForeignError> {
        let access = match stage {
            Stage::ReadOnly => Access::ReadOnly,
            Stage::WriteBack => Access::ReadWrite,
        };
        let connection = Connection::open(url, access).await?;
        let inside = mapping.table.rsplit_once('.').map(|(inside, _)| inside);
        let schema = Schema::read(&connection, inside).await?;
        for (_, column) in mapping.columns() {
            schema.expect(&mapping.table, column)?;
        }
        let kind = schema.expect(&mapping.table, &mapping.id)?.kind();
        let hash_limit = schema.expect(&mapping.table, &mapping.hash)?.max_chars;
        let users = Self(Arc::new(Inner {
            statements: Statements::of(&mapping, connection.dialect(), kind),
            connection,
            mapping,
            stage,
            kind,
            hash_limit,
            beside: Beside::open(beside).await?,
            generation: AtomicU64::new(0),
        }));
        users.try_expressions().await?;
        Ok(users)
    }

    /// What the table's columns mean.
    pub fn mapping(&self) -> &Mapping {
        &self.0.mapping
    }

    /// How far the table is used.
    pub fn stage(&self) -> Stage {
        self.0.stage
    }

    /// Up to `limit` ids and hashes in the order of the ids, those after `after`: for who looks at the whole table.
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
                    .scan(&statements.first_hashes.limited(limit), &[])
                    .await?
            }
            Some(after) => {
                let next = statements.next_hashes.limited(limit);
                self.0.connection.scan(&next, &[after]).await?
            }
        };
        let pair = |row: Row| {
            let mut texts = row.into_iter();
            let (id, hash) = (texts.next().flatten()?, texts.next().flatten());
            Some((id, hash.map(HashString::from)))
        };
        Ok(rows.into_iter().filter_map(pair).collect())
    }

    /// Asks for a user that need not be there: then the database has read every expression.
    async fn try_expressions(&self) -> Result<(), ForeignError> {
        let id = match self.0.kind {
            Kind::Uuid => "00000000-0000-0000-0000-000000000000",
            Kind::Text | Kind::Integer => "0",
        };
        let of = |what: &'static str| {
            move |error| match error {
                ForeignError::Statement(cause) => ForeignError::Expression { what, cause },
                error => error,
            }
        };
        self.0
            .connection
            .rows(&self.0.statements.by_id, &[id])
            .await
            .map_err(of("active"))?;
        for scope in &self.0.statements.scopes {
            self.0
                .connection
                .rows(&scope.statement, &[id])
                .await
                .map_err(of("scopes"))?;
        }
        Ok(())
    }

    async fn account(&self, row: Row) -> Result<Account, ForeignError> {
        let inner = &*self.0;
        let mut read = reading::user(&inner.mapping, row)?;
        for scope in &inner.statements.scopes {
            let rows = inner.connection.rows(&scope.statement, &[read.id.as_str()]).await?;
            read.scopes
                .extend(rows.into_iter().flat_map(|row| reading::scopes(row, scope.php_arrays)));
        }
        let epoch = match (read.epoch, read.account.password_hash()) {
            (Some(epoch), _) => epoch,
            (None, Some(hash)) => inner.beside.epoch(&read.id, hash)?,
            (None, None) => 0,
        };
        Ok(read
            .account
            .with_scopes(read.scopes.iter().map(String::as_str).collect())
            .with_token_epoch(epoch))
    }

    async fn only(&self, statement: &Statement, key: &str) -> Result<Option<Account>, ForeignError> {
        let mut rows = self.0.connection.rows(statement, &[key]).await?.into_iter();
        let Some(row) = rows.next() else {
            return Ok(None);
        };
        if let Some(other) = rows.next() {
            let id = |row: &Row| row.first().cloned().flatten().unwrap_or_default();
            let (table, first, second) = (&self.0.mapping.table, id(&row), id(&other));
            tracing::warn!(table, first, second, "two users have this login; neither may use it");
            return Ok(None);
        }
        self.account(row).await.map(Some)
    }

    async fn write_hash(&self, id: &UserId, seen: Option<&HashString>, new: &HashString) -> Result<bool, ForeignError> {
        let inner = &*self.0;
        if inner
            .hash_limit
            .is_some_and(|limit| new.as_str().chars().count() > limit)
        {
            let (table, column) = (&inner.mapping.table, &inner.mapping.hash);
            let limit = inner.hash_limit.unwrap_or_default();
            let sentence = format!("{table}.{column} takes at most {limit} characters, and the new hash is longer");
            return Err(ForeignError::Row(sentence));
        }
        let statements = &inner.statements;
        let changed = match seen {
            Some(seen) => {
                let parameters = [id.as_str(), seen.as_str(), new.as_str()];
                inner.connection.change(&statements.swap_hash, &parameters).await?
            }
            None => {
                let parameters = [id.as_str(), new.as_str()];
                inner.connection.change(&statements.set_hash, &parameters).await?
            }
        };
        inner.generation.fetch_add(1, Ordering::AcqRel);
        Ok(changed > 0)
    }
}

impl UserStore for ForeignUsers {
    type User = Account;

    async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        let key = match self.0.mapping.login_match {
            LoginMatch::Exact | LoginMatch::Folded => login.to_owned(),
            LoginMatch::Lowered => login.to_lowercase(),
        };
        for statement in &self.0.statements.by_login {
            if let Some(account) = self.only(statement, &key).await? {
                return Ok(Some(account));
            }
        }
        Ok(None)
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        if !self.0.kind.fits(id.as_str()) {
            return Ok(None);
        }
        let found = self.only(&self.0.statements.by_id, id.as_str()).await?;
        // A collation may find another spelling; a token has one.
        Ok(found.filter(|account| account.id() == *id))
    }

    async fn swap_hash(&self, id: &UserId, seen: &HashString, new: &HashString) -> Result<bool, StoreError> {
        if self.0.stage == Stage::ReadOnly {
            return Ok(false);
        }
        self.0.beside.carry(id, seen, new).await?;
        Ok(self.write_hash(id, Some(seen), new).await?)
    }

    fn takes_upgrades(&self) -> bool {
        self.0.stage == Stage::WriteBack
    }

    async fn sample_hashes(&self, limit: usize) -> Result<Vec<HashString>, StoreError> {
        let sample = self.0.statements.sample.limited(limit);
        let rows = self.0.connection.scan(&sample, &[]).await?;
        let hashes = rows.into_iter().filter_map(|row| row.into_iter().next().flatten());
        Ok(hashes.map(HashString::from).collect())
    }

    fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }
}
