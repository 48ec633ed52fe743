//! API keys in PostgreSQL.

use portcullis_core::{ApiKeyId, ApiKeyRecord, ApiKeyRoom, ApiKeyStore, AuditRow, StoreError, UserId};

use super::act::{Act, Isolation, act};
use super::database::PostgresDatabase;
use super::error::PostgresError;
use super::failure::Failure;
use super::note::Note;
use crate::own::value::Value;
use crate::own::{api_keys, gathered};

/// How many keys that ended long ago go with each new one.
const REMOVED_AT_ONCE: u64 = 100;

/// API keys in a PostgreSQL database, which several processes may share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PostgresApiKeys {
    database: PostgresDatabase,
    note: Note,
}

impl PostgresApiKeys {
    /// API keys in a database that is open already. Our table is `portcullis_api_keys`.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn on(database: PostgresDatabase) -> Result<Self, PostgresError> {
        database.migrate(api_keys::STEPS_OF, api_keys::POSTGRES).await?;
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
        let ended = self.database.write(api_keys::END_ALL, &[Value::count(now)]).await?;
        Ok(rows(ended))
    }
}

impl ApiKeyStore for PostgresApiKeys {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        let note = Note::of(row, &self.database)?;
        Some(Self { note, ..self.clone() })
    }

    async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKeyRecord>, StoreError> {
        let values = [id.as_bytes().as_slice().into()];
        let found = self.database.find(api_keys::KEY, &values, api_keys::record).await?;
        Ok(found.into_iter().next())
    }

    async fn api_keys_of(&self, user: &UserId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let values = [user.as_str().into()];
        self.database.look(api_keys::OF_USER, &values, api_keys::record).await
    }

    /// How many keys a user has is counted over many rows.
    async fn add_api_key(&self, key: &ApiKeyRecord, room: ApiKeyRoom) -> Result<bool, StoreError> {
        act!(self.database, Isolation::Serializable, act => add(&act, key, room, &self.note))
    }

    async fn end_api_key(&self, id: ApiKeyId, user: &UserId, now: u64) -> Result<bool, StoreError> {
        let values = [Value::count(now), id.as_bytes().as_slice().into(), user.as_str().into()];
        Ok(self.note.with(&self.database, api_keys::END, &values).await? == 1)
    }

    async fn end_api_keys_of(&self, user: &UserId, epoch: u64, now: u64) -> Result<usize, StoreError> {
        let values = [Value::count(now), user.as_str().into(), Value::count(epoch)];
        Ok(rows(self.database.write(api_keys::END_OF, &values).await?))
    }

    async fn touch_api_keys(&self, used: &[(ApiKeyId, u64)]) -> Result<(), StoreError> {
        if used.is_empty() {
            return Ok(());
        }
        let [ids, times] = &gathered::used(used);
        let values = [ids.as_str().into(), times.as_str().into()];
        self.database.sweep(gathered::TOUCH, &values).await.map(drop)
    }
}

async fn add(act: &Act, key: &ApiKeyRecord, room: ApiKeyRoom, note: &Note) -> Result<bool, Failure> {
    let over = [
        key.user.as_str().into(),
        Value::count(room.before),
        Value::count(key.epoch),
    ];
    act.execute(api_keys::REMOVE_OVER, &over).await?;
    let ended = [Value::count(room.before), Value::count(REMOVED_AT_ONCE)];
    act.execute(api_keys::REMOVE_ENDED, &ended).await?;
    let added = act.execute(api_keys::ADD, &api_keys::added(key, room)).await? == 1;
    note.write(act, added).await?;
    Ok(added)
}

fn rows(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
