//! What a deployment keeps beside users and signing keys: sessions, what was revoked, clients, API keys, what was tried
//! on accounts, the secrets that digests of these are made with, and the audit trail.

use portcullis_core::{
    Account, ApiKeyStore, Audit, AuditStore, AuthBuilder, ClientStore, MasterKey, Secrets, SecretsError, SessionStore,
    ThrottleStore,
};
use portcullis_sql::{AnyApiKeys, AnyAudit, AnyClients, AnyDatabase, AnyError, AnySecrets, AnySessions, AnyThrottle};

use crate::clock;
use crate::config::Settings;
use crate::failure::{Failure, OrFail as _, Outcome};

/// The stores of a deployment.
pub(crate) struct Kept {
    pub(crate) secrets: Secrets,
    pub(crate) sessions: AnySessions,
    pub(crate) clients: AnyClients,
    pub(crate) throttle: AnyThrottle,
    pub(crate) audit: AnyAudit,
    pub(crate) api_keys: AnyApiKeys,
}

impl Kept {
    /// Opens them; the first secret is made where there is none.
    pub(crate) async fn open(database: &AnyDatabase, master: &MasterKey) -> Outcome<Self> {
        Ok(Self {
            secrets: Secrets::open(&secrets(database).await?, master, &*clock::of(database))
                .await
                .map_err(failure)?,
            sessions: sessions(database).await?,
            clients: opened(AnyClients::on(database.clone()).await)?,
            throttle: opened(AnyThrottle::on(database.clone()).await)?,
            audit: audit(database).await?,
            api_keys: api_keys(database).await?,
        })
    }
}

/// Where the secrets are kept.
pub(crate) async fn secrets(database: &AnyDatabase) -> Outcome<AnySecrets> {
    opened(AnySecrets::on(database.clone()).await)
}

/// Where sessions, and what ends tokens, are kept.
pub(crate) async fn sessions(database: &AnyDatabase) -> Outcome<AnySessions> {
    opened(AnySessions::on(database.clone()).await)
}

/// Where API keys are kept.
pub(crate) async fn api_keys(database: &AnyDatabase) -> Outcome<AnyApiKeys> {
    opened(AnyApiKeys::on(database.clone()).await)
}

/// The audit trail of a deployment, for what changes something without logins: with the secrets that are there.
pub(crate) async fn trail(database: &AnyDatabase, master: &MasterKey) -> Outcome<Audit> {
    let clock = clock::of(database);
    let secrets = Secrets::open(&secrets(database).await?, master, &*clock).await;
    let trail = Audit::by_clock(audit(database).await?, &secrets.map_err(failure)?, clock);
    trail.or_fail("the audit trail cannot be vouched for", "Try again.")
}

/// Where it is written down who did what.
pub(crate) async fn audit(database: &AnyDatabase) -> Outcome<AnyAudit> {
    opened(AnyAudit::on(database.clone()).await)
}

/// What to do where tables cannot be read.
pub(crate) const OLDER_COPY: &str = "Try again when the database answers; where tables are damaged, `portcullis restore FILE` brings an older copy back, with \
    PostgreSQL its own tools do.";

fn opened<T>(store: Result<T, AnyError>) -> Outcome<T> {
    store.or_fail(
        "the tables of sessions, clients, API keys and the audit trail cannot be opened",
        OLDER_COPY,
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
