//! API keys in SQLite.

use portcullis_core::{ApiKeyId, ApiKeyRecord, ApiKeyRoom, ApiKeyStore, AuditRow, StoreError, UserId};
use rusqlite::Connection;

use super::database::Database;
use super::error::OpenError;
use super::note::Note;
use super::statement::{all, execute, first};
use crate::own::api_keys;
use crate::own::value::Value;

/// How many keys that ended long ago go with each new one.
const REMOVED_AT_ONCE: u64 = 100;

/// API keys in an SQLite file. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SqliteApiKeys {
    database: Database,
    note: Note,
}

impl SqliteApiKeys {
    /// API keys in a database that is open already. Our table is `portcullis_api_keys`.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn on(database: Database) -> Result<Self, OpenError> {
        database.migrate(api_keys::STEPS_OF, api_keys::SQLITE).await?;
        Ok(Self {
            database,
            note: Note::default(),
        })
    }

    /// Ends every key, whosever it is, at `now` (milliseconds since 1970): where the secret of their digests is lost none can be
    /// known again. How many.
    ///
    /// # Errors
    /// The database fails.
    pub async fn end_all(&self, now: u64) -> Result<usize, StoreError> {
        let end = move |connection: &Connection| execute(connection, api_keys::END_ALL, &[Value::count(now)]);
        self.database.write_own(end).await
    }
}

impl ApiKeyStore for SqliteApiKeys {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        let note = Note::of(row, &self.database)?;
        Some(Self { note, ..self.clone() })
    }

    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError> {
        let values = [id.as_bytes().as_slice().into()];
        self.database
            .read(|connection| first(connection, api_keys::KEY, &values, api_keys::record))
    }

    async fn api_keys_of(&self, user: &UserId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let values = [user.as_str().into()];
        self.database
            .read(|connection| all(connection, api_keys::OF_USER, &values, api_keys::record))
    }

    async fn add_api_key(&self, key: &ApiKeyRecord, room: ApiKeyRoom) -> Result<bool, StoreError> {
        let (key, note) = (key.clone(), self.note.clone());
        let add = move |connection: &Connection| {
            let over = [
                key.user.as_str().into(),
                Value::count(room.before),
                Value::count(key.epoch),
            ];
            execute(connection, api_keys::REMOVE_OVER, &over)?;
            let ended = [Value::count(room.before), Value::count(REMOVED_AT_ONCE)];
            execute(connection, api_keys::REMOVE_ENDED, &ended)?;
            let added = execute(connection, api_keys::ADD, &api_keys::added(&key, room))? == 1;
            note.write(connection, added)?;
            Ok(added)
        };
        self.database.write_own(add).await
    }

    async fn end_api_key(&self, id: ApiKeyId, user: &UserId, now: u64) -> Result<bool, StoreError> {
        let (user, note) = (user.clone(), self.note.clone());
        let end = move |connection: &Connection| {
            let values = [Value::count(now), id.as_bytes().as_slice().into(), user.as_str().into()];
            let ended = execute(connection, api_keys::END, &values)? == 1;
            note.write(connection, ended)?;
            Ok(ended)
        };
        self.database.write_own(end).await
    }

    async fn end_api_keys_of(&self, user: &UserId, epoch: u64, now: u64) -> Result<usize, StoreError> {
        let user = user.clone();
        let end = move |connection: &Connection| {
            let values = [Value::count(now), user.as_str().into(), Value::count(epoch)];
            execute(connection, api_keys::END_OF, &values)
        };
        self.database.write_own(end).await
    }

    async fn touch_api_keys(&self, used: &[(ApiKeyId, u64)]) -> Result<(), StoreError> {
        let used = used.to_vec();
        let touch = move |connection: &Connection| {
            used.iter().try_for_each(|(id, time)| {
                let values = [Value::count(*time), id.as_bytes().as_slice().into()];
                execute(connection, api_keys::TOUCH, &values).map(drop)
            })
        };
        self.database.write_own(touch).await
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::Digest;

    use super::*;

    portcullis_core::api_key_store_contract!(async {
        let database = Database::temporary().await.expect("opens");
        SqliteApiKeys::on(database).await.expect("migrated")
    });

    /// Room for one that is good.
    const ONE: ApiKeyRoom = ApiKeyRoom {
        good: 1,
        made: 1_000,
        since: 0,
        before: 0,
    };

    fn key(n: u8) -> ApiKeyRecord {
        ApiKeyRecord {
            id: ApiKeyId::from_bytes([n; 16]),
            user: "alice".into(),
            epoch: 1,
            name: "ci".to_owned(),
            scopes: portcullis_core::ScopeSet::empty(),
            key: 1,
            digest: Digest([n; 32]),
            created: 1_000,
            expires: None,
            used: None,
            ended: None,
        }
    }

    #[tokio::test]
    async fn a_row_that_is_no_key_is_an_error_and_not_left_out() {
        let database = Database::temporary().await.expect("opens");
        let keys = SqliteApiKeys::on(database.clone()).await.expect("migrated");
        assert!(keys.add_api_key(&key(1), ONE).await.expect("added"));
        let broken = "UPDATE portcullis_api_keys SET scopes = 'a\"b'";
        let written = database
            .write_own(move |connection| connection.execute(broken, []))
            .await;
        written.expect("written");
        assert!(matches!(keys.api_key(key(1).id).await, Err(StoreError::Corrupt(_))));
        assert!(matches!(
            keys.api_keys_of(&"alice".into()).await,
            Err(StoreError::Corrupt(_))
        ));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn two_handles_on_one_file_see_each_others_keys_and_give_none_too_many() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("app.db");
        let open = async || {
            SqliteApiKeys::on(Database::open(&path).await.expect("opens"))
                .await
                .expect("migrated")
        };
        let (one, two) = (open().await, open().await);
        for n in (0..40).step_by(2) {
            let (first, second) = (key(n), key(n | 1));
            let added = tokio::join!(one.add_api_key(&first, ONE), two.add_api_key(&second, ONE));
            let (first, second) = (added.0.expect("written"), added.1.expect("written"));
            assert!(first != second, "{n}");
            let there = if first { key(n) } else { key(n | 1) };
            for store in [&one, &two] {
                assert_eq!(store.api_key(there.id).await.expect("read"), Some(there.clone()));
            }
            let by_the_other = if first { &two } else { &one };
            assert!(
                by_the_other
                    .end_api_key(there.id, &there.user, 2_000)
                    .await
                    .expect("ended")
            );
        }
        assert!(one.add_api_key(&key(100), ONE).await.expect("added"));
        assert_eq!(two.end_all(3_000).await.expect("ended"), 1);
        let ended = one.api_key(key(100).id).await.expect("read");
        assert_eq!(ended.and_then(|key| key.ended), Some(3_000));
    }
}
