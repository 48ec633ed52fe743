//! One connection, what was prepared on it, and what its errors mean.

use std::collections::HashMap;
use std::error::Error as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, Error, NoTls, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long asking the server to stop may take.
const GIVING_UP: Duration = Duration::from_secs(10);

/// A connection. Its statements are pipelined.
pub(crate) struct Link {
    client: Client,
    prepared: Mutex<HashMap<String, Statement>>,
    /// What carries its messages.
    carrier: AbortHandle,
    tls: Option<MakeRustlsConnect>,
}

impl Link {
    /// `shown` is the database for the log.
    pub(crate) async fn make(config: &Config, tls: Option<MakeRustlsConnect>, shown: String) -> Result<Self, Error> {
        let (client, carrier) = match &tls {
            Some(tls) => {
                let (client, connection) = config.connect(tls.clone()).await?;
                (client, carry(connection, shown))
            }
            None => {
                let (client, connection) = config.connect(NoTls).await?;
                (client, carry(connection, shown))
            }
        };
        Ok(Self {
            client,
            prepared: Mutex::default(),
            carrier,
            tls,
        })
    }

    pub(crate) fn is_up(&self) -> bool {
        !self.client.is_closed()
    }

    /// Ends it for everyone who waits at it, and asks the server, which may be slow and not mute, to stop what it does for us.
    pub(crate) fn give_up(&self) {
        let (token, tls) = (self.client.cancel_token(), self.tls.clone());
        tokio::spawn(tokio::time::timeout(GIVING_UP, async move {
            match tls {
                Some(tls) => token.cancel_query(tls).await,
                None => token.cancel_query(NoTls).await,
            }
        }));
        self.carrier.abort();
    }

    /// What runs statements.
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// The statement of this text, prepared once; the server tells the types that are not given.
    pub(crate) async fn prepare(&self, sql: &str, types: impl FnOnce() -> Vec<Type>) -> Result<Statement, Error> {
        let known = self.known().get(sql).cloned();
        if let Some(prepared) = known {
            return Ok(prepared);
        }
        let prepared = self.client.prepare_typed(sql, &types()).await?;
        self.known().insert(sql.to_owned(), prepared.clone());
        Ok(prepared)
    }

    /// Prepares every statement again.
    pub(crate) fn forget(&self) {
        self.known().clear();
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Statement>> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.carrier.abort();
    }
}

/// Carries a connection's messages until it ends.
fn carry(connection: impl Future<Output = Result<(), Error>> + Send + 'static, shown: String) -> AbortHandle {
    let carrier = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(database = shown, %error, "the connection was lost");
        }
    });
    carrier.abort_handle()
}

/// What an error means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection is gone; a new one may do.
    Lost,
    /// The table was altered since the statement was prepared, or a pooler gave us another session.
    Stale,
    /// The server does not do this now: connection exceptions, lack of resources, an operator's intervention.
    Refused,
    /// The statement's own fault.
    Statement,
}

impl Fault {
    pub(crate) fn of(error: &Error) -> Self {
        match error.code() {
            Some(code) if *code == SqlState::FEATURE_NOT_SUPPORTED || *code == SqlState::INVALID_SQL_STATEMENT_NAME => {
                Self::Stale
            }
            Some(code) => match code.code().get(..2) {
                // The server ends every connection when it is told to stop.
                Some("57") if *code != SqlState::QUERY_CANCELED => Self::Lost,
                Some("08" | "28" | "3D" | "53" | "57") => Self::Refused,
                _ => Self::Statement,
            },
            None if error.is_closed() => Self::Lost,
            None if error.source().is_some_and(|cause| cause.is::<std::io::Error>()) => Self::Lost,
            None => Self::Statement,
        }
    }
}
