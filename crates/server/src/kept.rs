//! What a data folder keeps beside users and signing keys: sessions, what was revoked, clients, API keys, what was tried
//! on accounts, the secrets that digests of these are made with, and the audit trail.

use portcullis_core::{
    Account, ApiKeyStore, Audit, AuditStore, AuthBuilder, ClientStore, MasterKey, Secrets, SecretsError, SessionStore,
    SystemClock, ThrottleStore,
};
use portcullis_sql::{
    Database, OpenError, SqliteApiKeys, SqliteAudit, SqliteClients, SqliteSecrets, SqliteSessions, SqliteThrottle,
};

use crate::config::Settings;
use crate::failure::{Failure, OrFail as _, Outcome};

/// The stores of a data folder.
pub(crate) struct Kept {
    pub(crate) secrets: Secrets,
    pub(crate) sessions: SqliteSessions,
    pub(crate) clients: SqliteClients,
    pub(crate) throttle: SqliteThrottle,
    pub(crate) audit: SqliteAudit,
    pub(crate) api_keys: SqliteApiKeys,
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
            audit: audit(database).await?,
            api_keys: api_keys(database).await?,
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

/// Where API keys are kept.
pub(crate) async fn api_keys(database: &Database) -> Outcome<SqliteApiKeys> {
    opened(SqliteApiKeys::on(database.clone()).await)
}

/// The audit trail of a data folder, for what changes something without logins: with the secrets that are there.
pub(crate) async fn trail(database: &Database, master: &MasterKey) -> Outcome<Audit> {
    let secrets = Secrets::open(&secrets(database).await?, master, &SystemClock).await;
    let trail = Audit::new(audit(database).await?, &secrets.map_err(failure)?);
    trail.or_fail("the audit trail cannot be vouched for", "Try again.")
}

/// Where it is written down who did what.
pub(crate) async fn audit(database: &Database) -> Outcome<SqliteAudit> {
    opened(SqliteAudit::on(database.clone()).await)
}

fn opened<T>(store: Result<T, OpenError>) -> Outcome<T> {
    store.or_fail(
        "the tables of sessions, clients, API keys and the audit trail cannot be opened",
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

/// An `Auth` that keeps sessions, clients and API keys and slows guessing, as the settings say.
pub(crate) fn with(
    builder: AuthBuilder<Account>,
    settings: &Settings,
    sessions: impl SessionStore,
    (clients, api_keys): (impl ClientStore, impl ApiKeyStore),
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
    let builder = match settings.api_keys {
        true => builder.api_keys(api_keys),
        false => builder,
    };
    builder
        .sessions(sessions)
        .session_settings(settings.sessions.settings())
        .stale_revocations(settings.sessions.stale())
        .clients(clients)
}

/// The same with the audit trail.
pub(crate) fn written_down(
    builder: AuthBuilder<Account>,
    settings: &Settings,
    audit: impl AuditStore,
) -> AuthBuilder<Account> {
    builder.audit(audit).audit_refreshes(settings.audit.refreshes)
}
