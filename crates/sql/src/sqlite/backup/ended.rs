//! What was ended stays ended, also where an older copy is brought back.

use std::path::Path;

use portcullis_core::{Ending, Entry};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

use super::Held;
use crate::own::revocation_positions::BEHIND;
use crate::own::revocations::entry;
use crate::own::value::Value;
use crate::own::{api_keys, keys, sessions};
use crate::sqlite::ending::end;
use crate::sqlite::error::BackupError;
use crate::sqlite::revocations::{self, Era};
use crate::sqlite::statement;

impl Held {
    /// Ends in another database the signing keys that were ended by hand in this one. Says how many.
    ///
    /// # Errors
    /// [`BackupError::Target`].
    pub fn end_keys_in(&self, other: &Path) -> Result<usize, BackupError> {
        let failed = |cause| target(other, cause);
        let Ok(mut ended) = self.0.prepare(keys::ENDED) else {
            return Ok(0);
        };
        let ended = ended.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)));
        let ended: Vec<_> = ended.and_then(Iterator::collect).map_err(failed)?;
        let other = open(other).map_err(failed)?;
        let mut count = 0_usize;
        for (id, time) in ended {
            let done = other.execute(keys::END, params![time, id]).map_err(failed)?;
            count = count.saturating_add(done);
        }
        Ok(count)
    }

    /// Ends in another database the sessions that ended in this one, and takes over what ends tokens. Says how many
    /// sessions. A database that knows no sessions gets none of it.
    ///
    /// # Errors
    /// [`BackupError::Target`].
    pub fn end_sessions_in(&self, other: &Path) -> Result<usize, BackupError> {
        let failed = |cause| target(other, cause);
        let mut connection = open(other).map_err(failed)?;
        let known = |connection: &Connection| knows(connection, "portcullis_sessions").map_err(failed);
        if !(known(&self.0)? && known(&connection)?) {
            return Ok(0);
        }
        let transaction = connection.transaction().map_err(failed)?;
        let entries = statement::all(&self.0, BEHIND, &[Value::Integer(0)], entry).map_err(failed)?;
        let entries: Vec<Entry> = entries.into_iter().flatten().collect();
        let era = Era::new().map_err(|cause| BackupError::Target(other.to_owned(), cause.into()))?;
        revocations::add(&transaction, era, &entries).map_err(failed)?;
        let count = end_sessions(&self.0, &transaction).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(count)
    }

    /// Ends in another database the API keys that ended in this one. Says how many. A database that knows no API keys ends none.
    ///
    /// # Errors
    /// [`BackupError::Target`].
    pub fn end_api_keys_in(&self, other: &Path) -> Result<usize, BackupError> {
        let failed = |cause| target(other, cause);
        let mut connection = open(other).map_err(failed)?;
        let known = |connection: &Connection| knows(connection, "portcullis_api_keys").map_err(failed);
        if !(known(&self.0)? && known(&connection)?) {
            return Ok(0);
        }
        let transaction = connection.transaction().map_err(failed)?;
        let mut count = 0_usize;
        for key in statement::all(&self.0, api_keys::ENDED, &[], api_keys::record).map_err(failed)? {
            let values = api_keys::ended(&key);
            count = count.saturating_add(statement::execute(&transaction, api_keys::END, &values).map_err(failed)?);
        }
        transaction.commit().map_err(failed)?;
        Ok(count)
    }
}

fn end_sessions(from: &Connection, to: &Connection) -> rusqlite::Result<usize> {
    let mut count = 0_usize;
    for session in statement::all(from, sessions::ENDED, &[], sessions::session)? {
        if let Some(ended) = session.ended {
            count = count.saturating_add(end(to, &Ending::Session(session.id), ended)?.len());
        }
    }
    Ok(count)
}

fn knows(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
    Ok(connection.query_row(sql, [table], |_| Ok(())).optional()?.is_some())
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
}

fn target(path: &Path, cause: rusqlite::Error) -> BackupError {
    BackupError::Target(path.to_owned(), cause.into())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use portcullis_core::{
        EndReason, Ended, Ending, FamilyId, Occasion, RevocationStore as _, SessionId, SessionStore as _,
    };

    use super::super::hold;
    use crate::sqlite::sessions::tests::begun;
    use crate::{Database, SqliteSessions};

    #[tokio::test]
    async fn a_session_that_ended_after_the_copy_was_made_ends_in_the_copy_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, copy) = (folder.path().join("app.db"), folder.path().join("copy.db"));
        let database = Database::open(&path).await.expect("opens");
        let store = SqliteSessions::on(database.clone()).await.expect("migrated");
        for n in [1, 2] {
            let (session, family) = begun(n);
            store.begin(&session, &family).await.expect("begun");
        }
        database.back_up(&copy).await.expect("copied");
        let occasion = Occasion {
            now: Duration::from_secs(5),
            lifetime: Duration::from_secs(60),
        };
        let (first, token) = (SessionId::from_bytes([1; 16]), occasion.token("a", Duration::ZERO));
        let logout = store
            .end(&Ending::Session(first), EndReason::Logout, occasion, &[token])
            .await;
        logout.expect("ended");
        let cursor = store.since(None).await.expect("read").next;
        database.close().await;

        let held = hold(&path).expect("out of use");
        assert_eq!(held.end_sessions_in(&copy).expect("ended"), 1);
        assert_eq!(held.end_sessions_in(&copy).expect("again"), 0);

        let store = SqliteSessions::on(Database::open(&copy).await.expect("opens"))
            .await
            .expect("migrated");
        let ended = Some(Ended {
            at: 5_000,
            why: Some(EndReason::Logout),
        });
        for (n, ended) in [(1, ended), (2, None)] {
            let (family, session) = store
                .family(FamilyId::from_bytes([n; 16]))
                .await
                .expect("read")
                .expect("there");
            assert_eq!((family.ended, session.ended), (ended, ended), "{n}");
        }
        let batch = store.since(Some(&cursor)).await.expect("read");
        assert!(batch.full && batch.entries.len() == 2);
        assert!(batch.entries.contains(&token) && batch.entries.contains(&occasion.session(first)));
    }

    #[tokio::test]
    async fn a_database_without_sessions_gets_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, other) = (folder.path().join("app.db"), folder.path().join("other.db"));
        let database = Database::open(&path).await.expect("opens");
        SqliteSessions::on(database.clone()).await.expect("migrated");
        database.close().await;
        Database::open(&other).await.expect("opens").close().await;
        let held = hold(&path).expect("out of use");
        assert_eq!(held.end_sessions_in(&other).expect("nothing to do"), 0);
    }
}
