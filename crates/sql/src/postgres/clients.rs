//! Clients in PostgreSQL.

use portcullis_core::{AuditRow, Client, ClientChange, ClientStore, Entry, StoreError};

use super::act::{Act, Isolation, act};
use super::database::PostgresDatabase;
use super::error::PostgresError;
use super::failure::Failure;
use super::note::Note;
use super::revocations;
use crate::own::value::Value;
use crate::own::{clients, revocations as entries};

/// How many used assertions whose time is over go with each new one.
const FORGOTTEN_AT_ONCE: u64 = 16;

/// Clients in a PostgreSQL database, which several processes may share. What ends their tokens goes among the entries of
/// [`PostgresSessions`](crate::PostgresSessions) in the same database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct PostgresClients {
    database: PostgresDatabase,
    note: Note,
}

impl PostgresClients {
    /// Clients in a database that is open already. Our tables are `portcullis_clients`, `portcullis_used_assertions` and
    /// `portcullis_revocations`.
    ///
    /// # Errors
    /// See [`PostgresError`].
    pub async fn on(database: PostgresDatabase) -> Result<Self, PostgresError> {
        database.migrate(entries::STEPS_OF, entries::POSTGRES).await?;
        database.migrate(clients::STEPS_OF, clients::POSTGRES).await?;
        Ok(Self {
            database,
            note: Note::default(),
        })
    }

    /// A change of a client, and what it revokes where it happened.
    async fn change(&self, sql: &'static str, values: &[Value<'_>], revoke: &[Entry]) -> Result<bool, StoreError> {
        act!(self.database, Isolation::ReadCommitted, act => change(&act, (sql, values), revoke, &self.note))
    }
}

impl ClientStore for PostgresClients {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        let note = Note::of(row, &self.database)?;
        Some(Self { note, ..self.clone() })
    }

    async fn client(&self, id: &str) -> Result<Option<Client>, StoreError> {
        let found = self
            .database
            .find(clients::CLIENT, &[id.into()], clients::client)
            .await?;
        Ok(found.into_iter().next())
    }

    async fn clients(&self, after: Option<&str>, limit: usize) -> Result<Vec<Client>, StoreError> {
        // No id is empty.
        let after = after.unwrap_or_default();
        let limit = Value::count(u64::try_from(limit).unwrap_or(u64::MAX));
        self.database
            .look(clients::PAGE, &[after.into(), limit], clients::client)
            .await
    }

    async fn add_client(&self, client: &Client) -> Result<(), StoreError> {
        let (grants, secrets) = (clients::grants(&client.grants), clients::secrets(&client.secrets));
        let values = clients::added(client, &grants, &secrets);
        self.note.with(&self.database, clients::ADD, &values).await.map(drop)
    }

    async fn change_client(&self, id: &str, change: &ClientChange, revoke: &[Entry]) -> Result<bool, StoreError> {
        let secrets = change.secrets.as_ref();
        let seen = secrets.map(|(seen, _)| clients::secrets(seen));
        let new = secrets.map(|(_, new)| clients::secrets(new));
        let disabled = change.disabled.map(|disabled| Value::count(disabled.into()));
        let values = [
            new.as_deref().into(),
            disabled.into(),
            id.into(),
            seen.as_deref().into(),
        ];
        self.change(clients::CHANGE, &values, revoke).await
    }

    async fn remove_client(&self, id: &str, revoke: &[Entry]) -> Result<bool, StoreError> {
        self.change(clients::REMOVE, &[id.into()], revoke).await
    }

    async fn use_once(&self, digest: &[u8; 16], until: u64, now: u64) -> Result<bool, StoreError> {
        let values = [digest.as_slice().into(), Value::count(until), Value::count(now)];
        let first = self.database.write(clients::USE_ONCE, &values).await? == 1;
        // Apart from it: whoever forgets has only old ones in hand, and nobody waits for them.
        let over = now.saturating_sub(Self::KEPT_LONGER);
        let over = [Value::count(over), Value::count(FORGOTTEN_AT_ONCE)];
        if let Err(error) = self.database.sweep(clients::FORGET_USED, &over).await {
            tracing::warn!(%error, "used assertions that are over could not be removed");
        }
        Ok(first)
    }
}

async fn change(
    act: &Act,
    (sql, values): (&'static str, &[Value<'_>]),
    revoke: &[Entry],
    note: &Note,
) -> Result<bool, Failure> {
    let changed = act.execute(sql, values).await? == 1;
    if changed {
        revocations::add(act, revoke).await?;
    }
    note.write(act, changed).await?;
    Ok(changed)
}
