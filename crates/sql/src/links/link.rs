//! One connection, what was prepared on it, and what its errors mean.

use std::collections::HashMap;
use std::error::Error as _;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::AbortHandle;
use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::types::Type;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Error, NoTls, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::pooler::{is_of_another_session, is_pooler};
use super::shared::chain;

/// How long asking the server to stop may take.
const GIVING_UP: Duration = Duration::from_secs(10);

/// A connection. Its statements are pipelined.
pub(crate) struct Link {
    client: Client,
    prepared: Mutex<HashMap<String, Statement>>,
    /// What carries its messages.
    carrier: AbortHandle,
    tls: Option<MakeRustlsConnect>,
    alone: Arc<AtomicBool>,
    /// Whether another session may be at its other end with each transaction.
    pooled: AtomicBool,
    seat: Seat,
}

/// Of which time a link is: whatever ends the trust in all links to a server begins another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Seat {
    /// Counts up whenever links that nobody has are used no more.
    pub(crate) era: u64,
    /// Counts up whenever another server is the one that lets write.
    pub(crate) place: u64,
}

impl Link {
    /// `shown` is the database for the log.
    pub(crate) async fn make(config: &Config, tls: Option<MakeRustlsConnect>, shown: String) -> Result<Self, Error> {
        let alone = Arc::new(AtomicBool::new(false));
        let (client, carrier) = match &tls {
            Some(tls) => {
                let (client, connection) = config.connect(tls.clone()).await?;
                (client, carry(connection, shown, alone.clone()))
            }
            None => {
                let (client, connection) = config.connect(NoTls).await?;
                (client, carry(connection, shown, alone.clone()))
            }
        };
        let pooled = is_pooler(&client, config.get_application_name().unwrap_or_default()).await;
        Ok(Self {
            client,
            prepared: Mutex::default(),
            carrier,
            tls,
            alone,
            pooled: AtomicBool::new(pooled),
            seat: Seat::default(),
        })
    }

    /// The same, of this time.
    pub(crate) fn at(mut self, seat: Seat) -> Self {
        self.seat = seat;
        self
    }

    /// Of which time it is.
    pub(crate) fn seat(&self) -> Seat {
        self.seat
    }

    /// Whether, since this was asked last, a commit was acknowledged that no standby has: somebody cancelled the wait for it.
    pub(crate) fn take_alone(&self) -> bool {
        self.alone.swap(false, Ordering::SeqCst)
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

    /// Whether a pooler is in between.
    pub(crate) fn is_pooled(&self) -> bool {
        self.pooled.load(Ordering::Relaxed)
    }

    /// The statement of this text, prepared once; the server tells the types that are not given. `None`: behind a pooler the
    /// next session does not know it, or knows another one by its name, so it is sent with its text each time.
    pub(crate) async fn prepare(
        &self,
        sql: &str,
        types: impl FnOnce() -> Vec<Type>,
    ) -> Result<Option<Statement>, Error> {
        if self.is_pooled() {
            return Ok(None);
        }
        let known = self.known().get(sql).cloned();
        if let Some(prepared) = known {
            return Ok(Some(prepared));
        }
        let prepared = self.client.prepare_typed(sql, &types()).await?;
        self.known().insert(sql.to_owned(), prepared.clone());
        Ok(Some(prepared))
    }

    /// What is prepared has failed so: every statement is prepared again, or none where a pooler is in between after all.
    pub(crate) fn forget(&self, code: Option<&SqlState>) {
        if code.is_some_and(is_of_another_session) {
            self.pooled.store(true, Ordering::Relaxed);
        }
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

/// Carries a connection's messages until it ends. A notice is looked at before the answer that follows it is handed on.
fn carry<S, T>(mut connection: Connection<S, T>, shown: String, alone: Arc<AtomicBool>) -> AbortHandle
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let carrier = tokio::spawn(async move {
        while let Some(message) = poll_fn(|context| connection.poll_message(context)).await {
            match message {
                Ok(AsyncMessage::Notice(notice)) if is_alone(&notice) => alone.store(true, Ordering::SeqCst),
                Ok(_) => {}
                Err(error) => {
                    let said = error.as_db_error().map(|said| said.message().to_owned());
                    let why = said.unwrap_or_else(|| chain(&error));
                    tracing::warn!(database = shown, why, "the connection was lost");
                    break;
                }
            }
        }
    });
    carrier.abort_handle()
}

/// Whether it says that the wait for a synchronous standby was cancelled. Its words are the server's language's; where the
/// place in the server's source is not told, any warning without a code of its own is taken for it.
fn is_alone(notice: &DbError) -> bool {
    match notice.routine() {
        Some(routine) => routine == "SyncRepWaitForLSN",
        None => *notice.code() == SqlState::WARNING,
    }
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
            Some(code) if *code == SqlState::FEATURE_NOT_SUPPORTED || is_of_another_session(code) => Self::Stale,
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
