//! Clients in SQLite.

use portcullis_core::{AuditRow, Client, ClientChange, ClientStore, Entry, StoreError};
use rusqlite::Connection;

use super::database::Database;
use super::error::OpenError;
use super::note::Note;
use super::revocations::{self, Era};
use super::statement;
use crate::own::value::Value;
use crate::own::{clients, revocations as entries};

/// How many used assertions whose time is over go with each new one.
const FORGOTTEN_AT_ONCE: u64 = 16;

/// Clients in an SQLite file. What ends their tokens goes among the entries of
/// [`SqliteSessions`](crate::SqliteSessions) in the same file. Cheap to clone.
#[derive(Debug, Clone)]
pub struct SqliteClients {
    database: Database,
    era: Era,
    note: Note,
}

impl SqliteClients {
    /// Clients in a database that is open already. Our tables are `portcullis_clients`, `portcullis_used_assertions` and
    /// `portcullis_revocations` with its eras.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn on(database: Database) -> Result<Self, OpenError> {
        database.migrate(entries::STEPS_OF, entries::SQLITE).await?;
        database.migrate(clients::STEPS_OF, clients::SQLITE).await?;
        let era = Era::new().map_err(|cause| OpenError::Other(database.path().to_owned(), cause.into()))?;
        Ok(Self {
            database,
            era,
            note: Note::default(),
        })
    }
}

impl ClientStore for SqliteClients {
    fn noting(&self, row: &AuditRow) -> Option<Self> {
        let note = Note::of(row, &self.database)?;
        Some(Self { note, ..self.clone() })
    }

    async fn client(&self, id: &str) -> Result<Option<Client>, StoreError> {
        self.database
            .read(|connection| statement::first(connection, clients::CLIENT, &[id.into()], clients::client))
    }

    async fn clients(&self, after: Option<&str>, limit: usize) -> Result<Vec<Client>, StoreError> {
        // No id is empty.
        let after = after.unwrap_or_default().to_owned();
        let page = move |connection: &Connection| {
            let limit = Value::count(u64::try_from(limit).unwrap_or(u64::MAX));
            statement::all(
                connection,
                clients::PAGE,
                &[after.as_str().into(), limit],
                clients::client,
            )
        };
        self.database.scan(page).await
    }

    async fn add_client(&self, client: &Client) -> Result<(), StoreError> {
        let (client, note) = (client.clone(), self.note.clone());
        let add = move |connection: &Connection| {
            let (grants, secrets) = (clients::grants(&client.grants), clients::secrets(&client.secrets));
            statement::execute(connection, clients::ADD, &clients::added(&client, &grants, &secrets))?;
            note.write(connection, true)
        };
        self.database.write_own(add).await
    }

    async fn change_client(&self, id: &str, change: &ClientChange, revoke: &[Entry]) -> Result<bool, StoreError> {
        let secrets = change.secrets.as_ref();
        let seen = secrets.map(|(seen, _)| clients::secrets(seen));
        let new = secrets.map(|(_, new)| clients::secrets(new));
        let disabled = change.disabled.map(|disabled| Value::count(disabled.into()));
        let (id, revoke, era, note) = (id.to_owned(), revoke.to_vec(), self.era, self.note.clone());
        let change = move |connection: &Connection| {
            let values = [
                new.as_deref().into(),
                disabled.into(),
                id.as_str().into(),
                seen.as_deref().into(),
            ];
            let changed = statement::execute(connection, clients::CHANGE, &values)? == 1;
            if changed {
                revocations::add(connection, era, &revoke)?;
            }
            note.write(connection, changed)?;
            Ok(changed)
        };
        self.database.write_own(change).await
    }

    async fn remove_client(&self, id: &str, revoke: &[Entry]) -> Result<bool, StoreError> {
        let (id, revoke, era, note) = (id.to_owned(), revoke.to_vec(), self.era, self.note.clone());
        let remove = move |connection: &Connection| {
            let removed = statement::execute(connection, clients::REMOVE, &[id.as_str().into()])? == 1;
            if removed {
                revocations::add(connection, era, &revoke)?;
            }
            note.write(connection, removed)?;
            Ok(removed)
        };
        self.database.write_own(remove).await
    }

    async fn use_once(&self, digest: &[u8; 16], until: u64, now: u64) -> Result<bool, StoreError> {
        let digest = *digest;
        let used = move |connection: &Connection| {
            let values = [digest.as_slice().into(), Value::count(until), Value::count(now)];
            let first = statement::execute(connection, clients::USE_ONCE, &values)? == 1;
            let over = now.saturating_sub(Self::KEPT_LONGER);
            let over = [Value::count(over), Value::count(FORGOTTEN_AT_ONCE)];
            statement::execute(connection, clients::FORGET_USED, &over)?;
            Ok(first)
        };
        self.database.write_own(used).await
    }
}

#[cfg(test)]
mod tests {
    use portcullis_core::RevocationStore as _;

    use super::*;
    use crate::SqliteSessions;

    portcullis_core::client_store_contract!(async {
        let database = Database::temporary().await.expect("opens");
        let clients = SqliteClients::on(database.clone()).await.expect("migrated");
        (clients, SqliteSessions::on(database).await.expect("migrated"))
    });

    #[tokio::test]
    async fn a_row_that_is_no_client_is_an_error_and_not_left_out() {
        let database = Database::temporary().await.expect("opens");
        let clients = SqliteClients::on(database.clone()).await.expect("migrated");
        let row = "INSERT INTO portcullis_clients VALUES ('a', 0, 0, '', 'a\"b', NULL, x'', NULL, 0, 0)";
        let written = database.write_own(move |connection| connection.execute(row, [])).await;
        written.expect("written");
        assert!(matches!(clients.client("a").await, Err(StoreError::Corrupt(_))));
        assert!(matches!(clients.clients(None, 9).await, Err(StoreError::Corrupt(_))));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn of_two_handles_that_use_an_assertion_one_is_the_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("app.db");
        let open = async || {
            SqliteClients::on(Database::open(&path).await.expect("opens"))
                .await
                .expect("migrated")
        };
        let (one, two) = (open().await, open().await);
        for n in 0..50 {
            let digest = [n; 16];
            let (first, second) =
                tokio::join!(one.use_once(&digest, 2_000, 1_000), two.use_once(&digest, 2_000, 1_000));
            assert!(first.expect("written") != second.expect("written"), "{n}");
        }
    }

    #[tokio::test]
    async fn what_a_change_of_a_client_ends_is_seen_by_who_follows_the_sessions() {
        let database = Database::temporary().await.expect("opens");
        let clients = SqliteClients::on(database.clone()).await.expect("migrated");
        let sessions = SqliteSessions::on(database).await.expect("migrated");
        clients.add_client(&Client::named("a")).await.expect("added");
        let cursor = sessions.since(None).await.expect("read").next;
        let occasion = portcullis_core::Occasion {
            now: std::time::Duration::from_secs(1_000),
            lifetime: std::time::Duration::from_secs(60),
        };
        assert!(
            clients
                .remove_client("a", &[occasion.client("a")])
                .await
                .expect("removed")
        );
        let batch = sessions.since(Some(&cursor)).await.expect("read");
        assert_eq!((batch.full, batch.entries), (false, vec![occasion.client("a")]));
    }
}
