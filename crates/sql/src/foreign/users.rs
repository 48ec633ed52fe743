//! Users in a table that another application owns.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use portcullis_core::{Account, HashString, StoreError, StoredCredentials, User as _, UserId, UserStore};

use super::beside::Beside;
use super::connection::Connection;
use super::dialect::Kind;
use super::driver::{Access, Lane, Row};
use super::error::ForeignError;
use super::mapping::{LoginMatch, Mapping};
use super::reading::{self, Read, ReadCredentials};
use super::schema::Schema;
use super::statements::{Statements, place};

mod accounts;
mod columns;
mod findings;
mod open;
mod pages;
mod sample;

pub use columns::Unused;
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
    schema: Schema,
    /// What ids are.
    kind: Kind,
    /// What logins are, a column each.
    login_kinds: Vec<Kind>,
    /// The longest hash that the column takes, in characters.
    hash_limit: Option<usize>,
    beside: Beside,
    generation: AtomicU64,
}

impl ForeignUsers {
    /// Looks whether the mapping fits the database at `url`, and writes nothing.
    async fn over(url: &str, mapping: Mapping, stage: Stage, beside: Beside) -> Result<Self, ForeignError> {
        let access = match stage {
            Stage::ReadOnly => Access::ReadOnly,
            Stage::WriteBack => Access::ReadWrite,
        };
        let connection = Connection::open(url, access).await?;
        let schema = Schema::read(&connection).await?;
        for (_, column) in mapping.columns() {
            schema.expect(&mapping.table, column)?;
        }
        let kind_of = |column: &String| Ok(schema.expect(&mapping.table, column)?.kind());
        let kind = kind_of(&mapping.id)?;
        let logins = mapping
            .logins
            .iter()
            .map(kind_of)
            .collect::<Result<Vec<_>, ForeignError>>()?;
        let hash_limit = schema.expect(&mapping.table, &mapping.hash)?.max_chars;
        let users = Self(Arc::new(Inner {
            statements: Statements::of(&mapping, connection.dialect(), kind, &logins),
            connection,
            mapping,
            stage,
            schema,
            kind,
            login_kinds: logins,
            hash_limit,
            beside,
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

    /// Asks for a user that need not be there: then the database has read every expression.
    async fn try_expressions(&self) -> Result<(), ForeignError> {
        let id = match self.0.kind {
            Kind::Uuid => "00000000-0000-0000-0000-000000000000",
            Kind::Text | Kind::Citext | Kind::Integer => "0",
        };
        let of = |what: &'static str| {
            move |error| match error {
                ForeignError::Statement(cause) => ForeignError::Expression { what, cause },
                error => error,
            }
        };
        self.0
            .connection
            .rows(Lane::Tokens, &self.0.statements.by_id, &[id])
            .await
            .map_err(of("active"))?;
        for scope in &self.0.statements.scopes {
            self.0
                .connection
                .rows(Lane::Tokens, &scope.statement, &[id])
                .await
                .map_err(of("scopes"))?;
        }
        self.stored("").await.map(drop)
    }

    async fn account(&self, row: Row) -> Result<Account, ForeignError> {
        self.whole(reading::user(&self.0.mapping, row)?).await
    }

    /// With the scopes of other tables, and the epoch.
    async fn whole(&self, mut read: Read) -> Result<Account, ForeignError> {
        let inner = &*self.0;
        for scope in &inner.statements.scopes {
            let rows = inner
                .connection
                .rows(Lane::Tokens, &scope.statement, &[read.id.as_str()])
                .await?;
            read.scopes
                .extend(rows.into_iter().flat_map(|row| reading::scopes(row, scope.php_arrays)));
        }
        let epoch = inner
            .beside
            .epoch(&read.id, read.account.password_hash(), read.epoch)
            .await?;
        Ok(read
            .account
            .with_scopes(read.scopes.iter().map(String::as_str).collect())
            .with_token_epoch(epoch))
    }

    /// Whose credentials a login is checked against. One statement, whether anybody has this login or not.
    async fn stored(&self, login: &str) -> Result<Option<ReadCredentials>, ForeignError> {
        let inner = &*self.0;
        let login = match inner.mapping.login_match {
            LoginMatch::Exact | LoginMatch::Folded => login.to_owned(),
            LoginMatch::Lowered => login.to_lowercase(),
        };
        let parameters = vec![login.as_str(); inner.mapping.logins.len()];
        let rows = inner
            .connection
            .rows(Lane::Logins, &inner.statements.credentials, &parameters)
            .await?;
        self.only(rows)
            .map(|mut row| reading::credentials(&inner.mapping, &mut row))
            .transpose()
    }

    /// The row, unless there are two.
    fn only(&self, rows: Vec<Row>) -> Option<Row> {
        let mut rows = rows.into_iter();
        let (row, other) = (rows.next()?, rows.next());
        if let Some(other) = other {
            let id = |row: &Row| row.get(place::ID).cloned().flatten().unwrap_or_default();
            let (table, first, second) = (&self.0.mapping.table, id(&row), id(&other));
            tracing::warn!(
                table,
                first,
                second,
                "two users have this login or id; neither may use it"
            );
            return None;
        }
        Some(row)
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
        match self.stored(login).await? {
            Some(stored) => UserStore::by_id(self, &stored.id).await,
            None => Ok(None),
        }
    }

    async fn credentials(&self, login: &str) -> Result<Option<StoredCredentials>, StoreError> {
        let stored = self.stored(login).await?;
        Ok(stored.map(|stored| StoredCredentials::new(stored.id, stored.hash).with_active(stored.active)))
    }

    async fn by_id(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        if !self.0.kind.fits(id.as_str()) {
            return Ok(None);
        }
        let rows = self
            .0
            .connection
            .rows(Lane::Tokens, &self.0.statements.by_id, &[id.as_str()])
            .await?;
        match self.only(rows) {
            Some(row) => Ok(Some(self.account(row).await?)),
            None => Ok(None),
        }
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

    fn counts_epochs(&self) -> bool {
        false
    }

    async fn sample_hashes(&self, limit: usize) -> Result<Vec<HashString>, StoreError> {
        Ok(self.sample(limit).await?)
    }

    fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }
}
