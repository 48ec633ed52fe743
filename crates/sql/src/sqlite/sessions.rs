//! Sessions in SQLite, with what ends tokens.

use portcullis_core::{
    Activity, Ahead, AuditRow, Batch, Cursor, EndReason, Ended, Ending, Entry, Family, FamilyId, Occasion,
    RevocationStore, Rotation, Session, SessionId, SessionStore, StoreError, UserId,
};
use rusqlite::Connection;

use super::database::Database;
use super::ending::end;
use super::error::OpenError;
use super::note::Note;
use super::revocations::{self, Era, FEW, Place};
use super::statement::{all, execute, first};
use crate::own::value::Value;
use crate::own::{families, revocations as entries, sessions};

/// Sessions in an SQLite file, and what ends their tokens, for every process that has the file open. Cheap to clone.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use portcullis_core::RevocationStore;
/// use portcullis_sql::{SqliteSessions, SqliteUsers};
///
/// let users = SqliteUsers::temporary().await?;
/// let sessions = SqliteSessions::on(users.database().clone()).await?;
/// assert!(sessions.since(None).await?.entries.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct SqliteSessions {
    database: Database,
    era: Era,
    note: Note,
}

impl SqliteSessions {
    /// Sessions in a database that is open already. Our tables are `portcullis_sessions`, `portcullis_refresh_families` and
    /// `portcullis_revocations` with its eras.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn on(database: Database) -> Result<Self, OpenError> {
        database.migrate(entries::STEPS_OF, entries::SQLITE).await?;
        database.migrate(sessions::STEPS_OF, sessions::SQLITE).await?;
        let era = Era::new().map_err(|cause| OpenError::Other(database.path().to_owned(), cause.into()))?;
        Ok(Self {
            database,
            era,
            note: Note::default(),
        })
    }

    /// Writes what changes one row, if its condition holds; whether it did.
    async fn change_one(
        &self,
        change: impl FnOnce(&Connection) -> rusqlite::Result<usize> + Send + 'static,
    ) -> Result<bool, StoreError> {
        let note = self.note.clone();
        let change = move |connection: &Connection| {
            let changed = change(connection)? == 1;
            note.write(connection, changed)?;
            Ok(changed)
        };
        self.database.write_own(change).await
    }
}

impl SessionStore for SqliteSessions {
    async fn begin(&self, session: &Session, family: &Family) -> Result<(), StoreError> {
        let (session, family, note) = (session.clone(), family.clone(), self.note.clone());
        let begin = move |connection: &Connection| {
            let addresses = sessions::addresses(&session);
            let begun = execute(
                connection,
                sessions::BEGIN,
                &sessions::begun(&session, &family, &addresses),
            )?;
            execute(connection, families::BEGIN, &families::begun(&family))?;
            note.write(connection, begun == 1)
        };
        self.database.write_own(begin).await
    }

    async fn family(&self, id: FamilyId) -> Result<Option<(Family, Session)>, StoreError> {
        let id = [id.as_bytes().as_slice().into()];
        self.database
            .read(|connection| first(connection, families::FAMILY, &id, families::family))
    }

    async fn rotate(&self, seen: &Family, next: &Rotation) -> Result<bool, StoreError> {
        let (seen, next) = (seen.clone(), next.clone());
        let rotate =
            move |connection: &Connection| execute(connection, families::ROTATE, &families::rotated(&seen, &next));
        self.change_one(rotate).await
    }

    async fn roll_forward(&self, id: FamilyId, ahead: &Ahead) -> Result<bool, StoreError> {
        let ahead = ahead.clone();
        let roll =
            move |connection: &Connection| execute(connection, families::ROLL_FORWARD, &families::ahead(&id, &ahead));
        self.change_one(roll).await
    }

    async fn answer_late(&self, id: FamilyId, generation: u32) -> Result<bool, StoreError> {
        let answer = move |connection: &Connection| {
            let values = [id.as_bytes().as_slice().into(), Value::count(generation.into())];
            execute(connection, families::ANSWER_LATE, &values)
        };
        self.change_one(answer).await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        let id = [id.as_bytes().as_slice().into()];
        self.database
            .read(|connection| first(connection, sessions::SESSION, &id, sessions::session))
    }

    async fn sessions_of(&self, user: &UserId, now: u64) -> Result<Vec<Session>, StoreError> {
        let values = [user.as_str().into(), Value::count(now)];
        self.database
            .read(|connection| all(connection, sessions::SESSIONS_OF, &values, sessions::session))
    }

    async fn label(&self, id: SessionId, user: &UserId, label: &str) -> Result<bool, StoreError> {
        let (user, label) = (user.clone(), label.to_owned());
        let set = move |connection: &Connection| {
            let values = [
                label.as_str().into(),
                id.as_bytes().as_slice().into(),
                user.as_str().into(),
            ];
            execute(connection, sessions::LABEL, &values)
        };
        self.change_one(set).await
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
        if sessions::ending(which, ended).is_none() {
            return Err(StoreError::corrupt("an end that this store does not know"));
        }
        let (which, mut new, era, note) = (which.clone(), also.to_vec(), self.era, self.note.clone());
        let end = move |connection: &Connection| {
            let ids = end(connection, &which, ended)?;
            new.extend(ids.iter().map(|id| occasion.session(*id)));
            revocations::add(connection, era, &new)?;
            note.write(connection, !ids.is_empty())?;
            Ok(ids)
        };
        self.database.write_own(end).await
    }

    async fn touch(&self, used: &[Activity]) -> Result<(), StoreError> {
        let used = used.to_vec();
        let touch = move |connection: &Connection| used.iter().try_for_each(|used| touch(connection, used));
        self.database.write_own(touch).await
    }

    async fn purge(&self, before: u64, limit: usize) -> Result<usize, StoreError> {
        let count = Value::count(u64::try_from(limit).unwrap_or(u64::MAX));
        let values = [Value::Integer(sessions::day(before)), count];
        let keep = move |connection: &Connection| execute(connection, sessions::KEEP, &values);
        while self.database.write_own(keep).await? >= limit.max(1) {}
        let purge = move |connection: &Connection| {
            execute(connection, families::PURGE, &values)?;
            execute(connection, sessions::PURGE, &values)
        };
        self.database.write_own(purge).await
    }
}

impl RevocationStore for SqliteSessions {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        let note = Note::of(row, &self.database)?;
        Some(Self { note, ..self.clone() })
    }

    async fn revoke(&self, new: &[Entry]) -> Result<(), StoreError> {
        let (new, era, note) = (new.to_vec(), self.era, self.note.clone());
        let add = move |connection: &Connection| {
            revocations::add(connection, era, &new)?;
            note.write(connection, true)
        };
        self.database.write_own(add).await
    }

    async fn since(&self, cursor: Option<&Cursor>) -> Result<Batch, StoreError> {
        let from = cursor.and_then(Place::of);
        let few = self
            .database
            .read(|connection| revocations::since(connection, from, FEW))?;
        if let Some(batch) = few {
            return Ok(batch);
        }
        let all = move |connection: &Connection| revocations::since(connection, from, i64::MAX);
        let all = self.database.scan(all).await?;
        all.ok_or_else(|| StoreError::corrupt("more entries than there can be"))
    }

    async fn forget(&self, now: u64, limit: usize) -> Result<usize, StoreError> {
        let forget = move |connection: &Connection| revocations::forget(connection, now, limit);
        self.database.write_own(forget).await
    }
}

fn touch(connection: &Connection, used: &Activity) -> rusqlite::Result<()> {
    let address = used.address.map(|address| address.to_string());
    execute(
        connection,
        sessions::TOUCH,
        &sessions::touched(used, address.as_deref()),
    )?;
    if let Some(generation) = used.generation {
        let values = [
            used.session.as_bytes().as_slice().into(),
            Value::count(generation.into()),
        ];
        execute(connection, families::CONFIRM, &values)?;
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests;
