//! What a data folder keeps beside users and signing keys: sessions, what was revoked, clients, what was tried on accounts,
//! and the secrets that digests of these are made with.

use portcullis_core::{
    Account, AuthBuilder, ClientStore, MasterKey, Secrets, SecretsError, SessionStore, SystemClock, ThrottleStore,
};
use portcullis_sql::{Database, OpenError, SqliteClients, SqliteSecrets, SqliteSessions, SqliteThrottle};

use crate::config::Settings;
use crate::failure::{Failure, OrFail as _, Outcome};

/// The stores of a data folder.
pub(crate) struct Kept {
    pub(crate) secrets: Secrets,
    pub(crate) sessions: SqliteSessions,
    pub(crate) clients: SqliteClients,
    pub(crate) throttle: SqliteThrottle,
}

impl Kept {
    /// Opens them; the first secret is made where there is none.
    pub(crate) async fn open(database: &Database, master: &MasterKey) -> Outcome<Self> {
        Ok(Self {
            secrets: Secrets::open(&secrets(database).await?, master, &SystemClock)
                .await
                .map_err(failure)?,
            sessions: sessions(database).await?,
            clients: opened(SqliteClients::on(database.clone()).await)?,
            throttle: opened(SqliteThrottle::on(database.clone()).await)?,
        })
    }
}

/// Where the secrets are kept.
pub(crate) async fn secrets(database: &Database) -> Outcome<SqliteSecrets> {
    opened(SqliteSecrets::on(database.clone()).await)
}

/// Where sessions, and what ends tokens, are kept.
pub(crate) async fn sessions(database: &Database) -> Outcome<SqliteSessions> {
    opened(SqliteSessions::on(database.clone()).await)
}

fn opened<T>(store: Result<T, OpenError>) -> Outcome<T> {
    store.or_fail(
        "the tables of sessions and clients cannot be opened",
        "Look at the reason above; `portcullis restore FILE` brings a copy back.",
    )
}

/// A failure with the secrets, and what to do.
pub(crate) fn failure(error: SecretsError) -> Failure {
    Failure::new(
        "the secrets of refresh tokens and clients",
        "Give the master key that encrypted them; `portcullis key rewrap` changes it, `portcullis key reset` starts anew.",
    )
    .because(error)
}

/// An `Auth` that keeps sessions and clients and slows guessing, as the settings say.
pub(crate) fn with(
    builder: AuthBuilder<Account>,
    settings: &Settings,
    sessions: impl SessionStore,
    clients: impl ClientStore,
    throttle: impl ThrottleStore,
) -> AuthBuilder<Account> {
    let builder = match settings.sessions.takes_passwords() {
        true => builder,
        false => builder.without_password_grant(),
    };
    let builder = match settings.throttle {
        true => builder.throttle(throttle),
        false => builder,
    };
    builder
        .sessions(sessions)
        .session_settings(settings.sessions.settings())
        .stale_revocations(settings.sessions.stale())
        .clients(clients)
}
