//! PostgreSQL: statements prepared once, look-ups pipelined on one connection, longer work on another.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{Address, is_this_host};
use super::connection::{Access, Row};
use super::dialect::Statement;
use super::error::ForeignError;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A PostgreSQL database. Connections are made when they are needed and made anew when they were lost.
pub(super) struct Postgres {
    config: Config,
    /// With the system's certificates; `None`: in plain text.
    tls: Option<MakeRustlsConnect>,
    shown: String,
    lookups: tokio::sync::Mutex<Option<Arc<Link>>>,
    longer: tokio::sync::Mutex<Option<Arc<Link>>>,
}

/// A connection and what was prepared on it.
struct Link {
    client: Client,
    prepared: Mutex<HashMap<String, tokio_postgres::Statement>>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Postgres").field(&self.shown).finish()
    }
}

impl Postgres {
    pub(super) async fn open(url: &str, access: Access) -> Result<Self, ForeignError> {
        let shown = Address::Postgres(url.to_owned()).shown();
        // The cause is not told: it may quote the URL.
        let mut config: Config = url.parse().map_err(|_| {
            ForeignError::Url("the URL of a PostgreSQL database looks like postgres://user:password@host:5432/database")
        })?;
        config.connect_timeout(PATIENCE).application_name("portcullis");
        if access == Access::ReadOnly {
            // The server itself then refuses what would write.
            config.options("-c default_transaction_read_only=on");
        }
        let tls = match encrypts(&config) {
            true => Some(tls(&shown)?),
            false => None,
        };
        config.ssl_mode(if tls.is_some() {
            SslMode::Require
        } else {
            SslMode::Disable
        });
        let server = Self {
            config,
            tls,
            shown,
            lookups: tokio::sync::Mutex::default(),
            longer: tokio::sync::Mutex::default(),
        };
        server.link(&server.lookups).await?;
        Ok(server)
    }

    pub(super) async fn rows(&self, statement: &Statement, parameters: &[&str]) -> Result<Vec<Row>, ForeignError> {
        self.query(&self.lookups, statement, parameters).await
    }

    pub(super) async fn scan(&self, statement: &Statement, parameters: &[&str]) -> Result<Vec<Row>, ForeignError> {
        self.query(&self.longer, statement, parameters).await
    }

    pub(super) async fn change(&self, statement: &Statement, parameters: &[&str]) -> Result<u64, ForeignError> {
        let link = self.link(&self.longer).await?;
        let work = async {
            let prepared = link.prepare(statement).await?;
            link.client.execute(&prepared, &as_parameters(parameters)).await
        };
        self.patiently(work).await
    }

    async fn query(
        &self,
        slot: &tokio::sync::Mutex<Option<Arc<Link>>>,
        statement: &Statement,
        parameters: &[&str],
    ) -> Result<Vec<Row>, ForeignError> {
        let link = self.link(slot).await?;
        let ask = async || {
            let prepared = link.prepare(statement).await?;
            link.client.query(&prepared, &as_parameters(parameters)).await
        };
        let rows = match self.patiently(ask()).await {
            // The table was altered since the statement was prepared.
            Err(ForeignError::Statement(cause)) if is_stale(&*cause) => {
                link.forget();
                self.patiently(ask()).await?
            }
            rows => rows?,
        };
        let text = |row: &tokio_postgres::Row, column| row.try_get::<_, Option<String>>(column);
        let rows = rows
            .iter()
            .map(|row| (0..row.len()).map(|column| text(row, column)).collect());
        rows.collect::<Result<_, _>>().map_err(|error| self.error(error))
    }

    /// The connection, made anew if it was lost.
    async fn link(&self, slot: &tokio::sync::Mutex<Option<Arc<Link>>>) -> Result<Arc<Link>, ForeignError> {
        let mut slot = slot.lock().await;
        if let Some(link) = slot.as_ref().filter(|link| !link.client.is_closed()) {
            return Ok(link.clone());
        }
        let client = match &self.tls {
            Some(tls) => {
                let (client, connection) = self.patiently(self.config.connect(tls.clone())).await?;
                self.run(connection);
                client
            }
            None => {
                let (client, connection) = self.patiently(self.config.connect(NoTls)).await?;
                self.run(connection);
                client
            }
        };
        let link = Arc::new(Link {
            client,
            prepared: Mutex::default(),
        });
        *slot = Some(link.clone());
        Ok(link)
    }

    /// Carries a connection's messages until it ends.
    fn run(&self, connection: impl Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static) {
        let shown = self.shown.clone();
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(database = shown, %error, "the connection was lost");
            }
        });
    }

    async fn patiently<T>(
        &self,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, ForeignError> {
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(done) => done.map_err(|error| self.error(error)),
            Err(elapsed) => Err(self.unreachable(elapsed)),
        }
    }

    fn error(&self, error: tokio_postgres::Error) -> ForeignError {
        // Connection exceptions, lack of resources, an operator's intervention: not the statement's fault.
        let class = error
            .code()
            .map(|code| code.code().get(..2).unwrap_or_default().to_owned());
        match class.as_deref() {
            Some("08" | "28" | "3D" | "53" | "57") => self.unreachable(error),
            Some(_) => ForeignError::Statement(error.into()),
            None if error.is_closed() => self.unreachable(error),
            None if error.source().is_some_and(|cause| cause.is::<std::io::Error>()) => self.unreachable(error),
            None => ForeignError::Statement(error.into()),
        }
    }

    fn unreachable(&self, cause: impl Error + Send + Sync + 'static) -> ForeignError {
        ForeignError::Unreachable {
            database: self.shown.clone(),
            cause: cause.into(),
        }
    }
}

impl Link {
    async fn prepare(&self, statement: &Statement) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
        let known = self
            .prepared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&statement.sql)
            .cloned();
        if let Some(prepared) = known {
            return Ok(prepared);
        }
        let count = statement.order.iter().max().map_or(0, |last| last.saturating_add(1));
        let types = vec![Type::TEXT; count];
        let prepared = self.client.prepare_typed(&statement.sql, &types).await?;
        let mut known = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(statement.sql.clone(), prepared.clone());
        Ok(prepared)
    }

    fn forget(&self) {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Whether the connection is to be encrypted: as the URL's `sslmode` says, and without it to every host but this one.
fn encrypts(config: &Config) -> bool {
    match config.get_ssl_mode() {
        SslMode::Disable => false,
        SslMode::Require => true,
        _ => !config.get_hosts().iter().all(|host| match host {
            Host::Tcp(name) => is_this_host(name),
            _ => true,
        }),
    }
}

/// TLS to a server whose certificate the system trusts.
fn tls(shown: &str) -> Result<MakeRustlsConnect, ForeignError> {
    let unreachable = |cause: Box<dyn Error + Send + Sync>| ForeignError::Unreachable {
        database: shown.to_owned(),
        cause,
    };
    let mut roots = rustls::RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        return Err(unreachable("this system has no certificates to trust".into()));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| unreachable(error.into()))?;
    Ok(MakeRustlsConnect::new(
        config.with_root_certificates(roots).with_no_client_auth(),
    ))
}

fn as_parameters<'a>(texts: &'a [&'a str]) -> Vec<&'a (dyn ToSql + Sync)> {
    texts.iter().map(|text| text as &(dyn ToSql + Sync)).collect()
}

fn is_stale(cause: &(dyn Error + 'static)) -> bool {
    let code = cause
        .downcast_ref::<tokio_postgres::Error>()
        .and_then(tokio_postgres::Error::code);
    matches!(code, Some(code) if *code == SqlState::FEATURE_NOT_SUPPORTED || *code == SqlState::INVALID_SQL_STATEMENT_NAME)
}
