//! Sessions in PostgreSQL, with what ends tokens.

use portcullis_core::{
    Activity, Ahead, AuditRow, Batch, Cursor, EndReason, Ended, Ending, Entry, Family, FamilyId, Occasion,
    RevocationStore, Rotation, Session, SessionId, SessionStore, StoreError, UserId,
};

use super::act::{Act, Isolation, act};
use super::database::PostgresDatabase;
use super::error::PostgresError;
use super::failure::Failure;
use super::note::Note;
use super::revocations::{self, texts};
use crate::own::value::Value;
use crate::own::{concurrent_sessions as acts, families, revocations as entries, sessions};

/// Sessions in a PostgreSQL database, and what ends their tokens, for every process that uses it. Cheap to clone.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use portcullis_core::RevocationStore;
/// use portcullis_sql::{PostgresDatabase, PostgresSessions};
///
/// let database = PostgresDatabase::open("postgres://app@127.0.0.1/app").await?;
/// let sessions = PostgresSessions::on(database).await?;
/// assert!(sessions.since(None).await?.entries.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct PostgresSessions {
    database: PostgresDatabase,
    note: Note,
}

impl PostgresSessions {
    /// Sessions in a database that is open already. Our tables are `portcullis_sessions`, `portcullis_refresh_families` and
    /// `portcullis_revocations`.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn on(database: PostgresDatabase) -> Result<Self, PostgresError> {
        database.migrate(entries::STEPS_OF, entries::POSTGRES).await?;
        database.migrate(sessions::STEPS_OF, sessions::POSTGRES).await?;
        Ok(Self {
            database,
            note: Note::default(),
        })
    }

    /// Writes what changes one row, if its condition holds; whether it did.
    async fn change_one(&self, sql: &'static str, values: &[Value<'_>]) -> Result<bool, StoreError> {
        Ok(self.note.with(&self.database, sql, values).await? == 1)
    }
}

impl SessionStore for PostgresSessions {
    async fn begin(&self, session: &Session, family: &Family) -> Result<(), StoreError> {
        act!(self.database, Isolation::ReadCommitted, act => begin(&act, session, family, &self.note))
    }

    async fn family(&self, id: FamilyId) -> Result<Option<(Family, Session)>, StoreError> {
        let id = [id.as_bytes().as_slice().into()];
        let found = self.database.look(families::FAMILY, &id, families::family).await?;
        Ok(found.into_iter().next())
    }

    async fn rotate(&self, seen: &Family, next: &Rotation) -> Result<bool, StoreError> {
        let rotated = match self.note.row() {
            None => {
                self.database
                    .write(families::ROTATE, &families::rotated(seen, next))
                    .await?
            }
            Some(row) => {
                let values = acts::rotated_and_noted(seen, next, row);
                self.database.write(acts::ROTATE_AND_NOTE, &values).await?
            }
        };
        Ok(rotated == 1)
    }

    async fn roll_forward(&self, id: FamilyId, ahead: &Ahead) -> Result<bool, StoreError> {
        self.change_one(families::ROLL_FORWARD, &families::ahead(&id, ahead))
            .await
    }

    async fn answer_late(&self, id: FamilyId, generation: u32) -> Result<bool, StoreError> {
        let values = [id.as_bytes().as_slice().into(), Value::count(generation.into())];
        self.change_one(families::ANSWER_LATE, &values).await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let id = [id.as_bytes().as_slice().into()];
        let found = self.database.look(sessions::SESSION, &id, sessions::session).await?;
        Ok(found.into_iter().next())
    }

    async fn sessions_of(&self, user: &UserId, now: u64) -> Result<Vec<Session>, StoreError> {
        let values = [user.as_str().into(), Value::count(now)];
        self.database
            .look(sessions::SESSIONS_OF, &values, sessions::session)
            .await
    }

    async fn label(&self, id: SessionId, user: &UserId, label: &str) -> Result<bool, StoreError> {
        let values = [label.into(), id.as_bytes().as_slice().into(), user.as_str().into()];
        self.change_one(sessions::LABEL, &values).await
    }

    async fn end(
        &self,
        which: &Ending,
        why: EndReason,
        occasion: Occasion,
        also: &[Entry],
    ) -> Result<Vec<SessionId>, StoreError> {
        let at = u64::try_from(occasion.now.as_millis()).unwrap_or(u64::MAX);
        let ended = Ended { at, why: Some(why) };
        let ending = acts::ending(which, ended);
        let ending = &ending.ok_or_else(|| StoreError::corrupt("an end that this store does not know"))?;
        let (mut all, mut also, mut note) = (Vec::new(), also, &self.note);
        let noted = Note::default();
        loop {
            let ids = act!(self.database, Isolation::ReadCommitted, act => end(&act, ending, (occasion, also), note))?;
            let are_more = matches!(which, Ending::OfClient(_)) && ids.len() >= acts::AT_ONCE;
            all.extend(ids);
            if !are_more {
                return Ok(all);
            }
            (also, note) = (&[], &noted);
        }
    }

    async fn touch(&self, used: &[Activity]) -> Result<(), StoreError> {
        if used.is_empty() {
            return Ok(());
        }
        let touched = acts::touched(used);
        self.database.sweep(acts::TOUCH, &texts(&touched)).await.map(drop)
    }

    async fn purge(&self, before: u64, limit: usize) -> Result<usize, StoreError> {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let values = [Value::Integer(sessions::day(before)), Value::count(limit)];
        while self.database.sweep(acts::KEEP, &values).await? >= limit.max(1) {}
        let purged = self.database.sweep(acts::PURGE, &values).await?;
        Ok(usize::try_from(purged).unwrap_or(usize::MAX))
    }
}

impl RevocationStore for PostgresSessions {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        let note = Note::of(row, &self.database)?;
        Some(Self { note, ..self.clone() })
    }

    async fn revoke(&self, new: &[Entry]) -> Result<(), StoreError> {
        act!(self.database, Isolation::ReadCommitted, act => revoke(&act, new, &self.note))
    }

    async fn since(&self, cursor: Option<&Cursor>) -> Result<Batch, StoreError> {
        revocations::since(&self.database, cursor).await
    }

    async fn forget(&self, now: u64, limit: usize) -> Result<usize, StoreError> {
        revocations::forget(&self.database, now, limit).await
    }
}

async fn begin(act: &Act, session: &Session, family: &Family, note: &Note) -> Result<(), Failure> {
    let addresses = sessions::addresses(session);
    let begun = act
        .execute(sessions::BEGIN, &sessions::begun(session, family, &addresses))
        .await?;
    act.execute(families::BEGIN, &families::begun(family)).await?;
    note.write(act, begun == 1).await
}

/// Ends sessions with their families; says which.
async fn end(
    act: &Act,
    (sql, values): &(&'static str, Vec<Value<'_>>),
    (occasion, also): (Occasion, &[Entry]),
    note: &Note,
) -> Result<Vec<SessionId>, Failure> {
    let ids = act.all(sql, values, sessions::id).await?;
    let ended = ids.iter().map(|id| occasion.session(*id));
    let new: Vec<Entry> = also.iter().copied().chain(ended).collect();
    revocations::add(act, &new).await?;
    note.write(act, !ids.is_empty()).await?;
    Ok(ids)
}

async fn revoke(act: &Act, new: &[Entry], note: &Note) -> Result<(), Failure> {
    revocations::add(act, new).await?;
    note.write(act, true).await
}
