//! The audit trail in PostgreSQL.

use portcullis_core::{AuditFilter, AuditKind, AuditRow, AuditStore, Head, Seal, StoreError, StoredRow};

use super::act::{Act, Isolation, act};
use super::database::PostgresDatabase;
use super::error::PostgresError;
use super::failure::Failure;
use super::together::together;
use crate::own::row::Row;
use crate::own::value::Value;
use crate::own::{audit, audit_numbers as numbers, seals};

/// How many rows are numbered in one act, and how many are removed in one.
const AT_ONCE: u64 = 5_000;

/// How many rows are looked through in one statement for those that are asked for: others look over the same link.
const WINDOW: u64 = 50_000;

/// The audit trail in a PostgreSQL database, which several processes may share. Cheap to clone.
///
/// From then on the sessions, clients, users and keys that are kept over the same [`PostgresDatabase`] write the rows of
/// their acts in the step of the act. A row has no position until somebody looks: then all that is visible is numbered.
/// Triggers refuse to change a row or a seal, and to remove one that is not sealed.
#[derive(Debug, Clone)]
pub struct PostgresAudit {
    database: PostgresDatabase,
}

impl PostgresAudit {
    /// The trail in a database that is open already. Our tables are `portcullis_audit`, `portcullis_seals` and
    /// `portcullis_audit_given`.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn on(database: PostgresDatabase) -> Result<Self, PostgresError> {
        database.migrate(audit::STEPS_OF, audit::POSTGRES).await?;
        database.keep_audit();
        Ok(Self { database })
    }

    /// Numbers what was visible when this was asked, a part at a time.
    async fn number(&self) -> Result<(), StoreError> {
        loop {
            let waiting = self.database.look(numbers::WAITING, &[], |row| row.integer(0)).await?;
            if waiting.is_empty() {
                return Ok(());
            }
            let numbered = act!(self.database, Isolation::ReadCommitted, act => number(&act))?;
            if numbered < AT_ONCE {
                return Ok(());
            }
        }
    }

    /// The first and the last position that stand there.
    async fn standing(&self) -> Result<(u64, u64), StoreError> {
        self.number().await?;
        let ends = |row: &dyn Row| Ok((row.count(0)?, row.count(1)?));
        let standing = self.database.look(numbers::STANDING, &[], ends).await?;
        standing.into_iter().next().ok_or_else(nothing_given)
    }

    /// Rows of one window.
    async fn look_through(
        &self,
        sql: &'static str,
        filter: &AuditFilter,
        window: (u64, u64),
        limit: usize,
    ) -> Result<Vec<StoredRow>, StoreError> {
        let actor = audit::actor(filter);
        let values = audit::asked(filter, actor.as_deref(), window, limit);
        self.database.look(sql, &values, audit::stored).await
    }
}

/// Somebody removed what every trail has.
fn nothing_given() -> StoreError {
    StoreError::corrupt("the audit trail does not say how far it has come")
}

/// How many rows got their positions. The second statement sees what is committed when its turn has come.
async fn number(act: &Act) -> Result<u64, Failure> {
    let turn = act.first(numbers::TURN, &[], |row| row.count(0)).await?;
    let last = act
        .first(numbers::NUMBER, &[Value::count(AT_ONCE)], |row| row.count(0))
        .await?;
    Ok(last.unwrap_or_default().saturating_sub(turn.unwrap_or_default()))
}

async fn append(act: &Act, rows: &[AuditRow]) -> Result<(), Failure> {
    let rows: Vec<_> = rows.iter().map(audit::added).collect();
    let Some((first, others)) = rows.split_first() else {
        return Ok(());
    };
    // From then on it is prepared, and the others follow in their order.
    act.execute(numbers::ADD, first).await?;
    together(others.iter().map(|row| act.execute(numbers::ADD, row)))
        .await
        .map(drop)
}

async fn add_seal(act: &Act, seal: &Seal) -> Result<bool, Failure> {
    // First, as for who numbers: nobody waits for one who waits for them.
    act.first(numbers::TURN, &[], |row| row.count(0)).await?;
    let added = act.execute(seals::ADD, &seals::added(seal)).await? == 1;
    if added {
        act.execute(numbers::SEALED, &[Value::count(seal.number)]).await?;
    }
    Ok(added)
}

async fn prune(act: &Act, upto: u64, row: &AuditRow) -> Result<u64, Failure> {
    let values = [Value::count(upto), Value::count(AT_ONCE)];
    let upto = act
        .first(numbers::WHOLE_SEALS, &values, |row| row.integer_or_null(0))
        .await?;
    let Some(upto) = upto.flatten() else {
        return Ok(0);
    };
    let gone = act.execute(audit::PRUNE, &[Value::Integer(upto)]).await?;
    if gone > 0 {
        act.execute(numbers::ADD, &audit::added(row)).await?;
    }
    Ok(gone)
}

fn count(limit: usize) -> u64 {
    u64::try_from(limit).unwrap_or(u64::MAX)
}

/// Whether it is for starts of servers alone.
fn asks_for_starts(filter: &AuditFilter) -> bool {
    let is_of_starts = filter.kind == Some(AuditKind::ServerStarted.number());
    is_of_starts && filter.user.is_none() && filter.since.is_none()
}

impl AuditStore for PostgresAudit {
    async fn append(&self, rows: &[AuditRow]) -> Result<(), StoreError> {
        match rows {
            [] => Ok(()),
            [row] => self.database.write(numbers::ADD, &audit::added(row)).await.map(drop),
            rows => act!(self.database, Isolation::ReadCommitted, act => append(&act, rows)),
        }
    }

    async fn head(&self) -> Result<Head, StoreError> {
        self.number().await?;
        let head = self.database.look(numbers::HEAD, &[], numbers::head).await?;
        head.into_iter().next().ok_or_else(nothing_given)
    }

    async fn rows(&self, after: u64, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        self.number().await?;
        let values = [Value::count(after), Value::count(count(limit))];
        self.database.look(audit::BEHIND, &values, audit::stored).await
    }

    async fn find(&self, filter: &AuditFilter, after: u64, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        let (first, last) = self.standing().await?;
        let (mut found, mut after) = (Vec::new(), after.max(first.saturating_sub(1)));
        while after < last && found.len() < limit {
            let upto = after.saturating_add(WINDOW).min(last);
            let room = limit.saturating_sub(found.len());
            found.extend(self.look_through(audit::FIND, filter, (after, upto), room).await?);
            after = upto;
        }
        Ok(found)
    }

    async fn last(&self, filter: &AuditFilter, limit: usize) -> Result<Vec<StoredRow>, StoreError> {
        let (first, mut upto) = self.standing().await?;
        if asks_for_starts(filter) {
            let values = [Value::count(upto), Value::count(count(limit))];
            let mut starts = self.database.look(numbers::STARTS, &values, audit::stored).await?;
            starts.reverse();
            return Ok(starts);
        }
        let mut found = Vec::new();
        while upto >= first && found.len() < limit {
            let after = upto.saturating_sub(WINDOW);
            let room = limit.saturating_sub(found.len());
            found.extend(self.look_through(audit::LAST, filter, (after, upto), room).await?);
            upto = after;
        }
        found.reverse();
        Ok(found)
    }

    async fn astray(&self) -> Result<u64, StoreError> {
        let astray = self.database.look(numbers::ASTRAY, &[], |row| row.count(0)).await?;
        Ok(astray.first().copied().unwrap_or_default())
    }

    async fn seals(&self, after: u64, limit: usize) -> Result<Vec<Seal>, StoreError> {
        let values = [Value::count(after), Value::count(count(limit))];
        self.database.look(seals::ABOVE, &values, seals::seal).await
    }

    async fn add_seal(&self, seal: &Seal) -> Result<bool, StoreError> {
        act!(self.database, Isolation::ReadCommitted, act => add_seal(&act, seal))
    }

    async fn sealed_before(&self, before: u64) -> Result<Option<Seal>, StoreError> {
        let sealed = self
            .database
            .look(seals::BEFORE, &[Value::count(before)], seals::seal)
            .await?;
        Ok(sealed.into_iter().next())
    }

    /// A part at a time, of whole seals: each with its row.
    async fn prune(&self, upto: u64, row: &AuditRow) -> Result<u64, StoreError> {
        self.number().await?;
        act!(self.database, Isolation::ReadCommitted, act => prune(&act, upto, row))
    }
}

#[cfg(test)]
mod tests;
