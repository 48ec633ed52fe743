//! MySQL and MariaDB, through a pool of connections.

use std::error::Error;
use std::time::Duration;

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, Value};

use super::address::{Address, is_this_host};
use super::connection::Row;
use super::dialect::Statement;
use super::error::ForeignError;

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many connections there are at most.
const CONNECTIONS: usize = 8;

/// A MySQL or MariaDB database.
#[derive(Debug)]
pub(super) struct Mysql {
    pool: Pool,
    shown: String,
}

impl Mysql {
    pub(super) async fn open(url: &str) -> Result<Self, ForeignError> {
        let shown = Address::Mysql(url.to_owned()).shown();
        // The cause is not told: it may quote the URL.
        let opts = Opts::from_url(url).map_err(|_| {
            ForeignError::Url(
                "the URL of a MySQL or MariaDB database looks like mysql://user:password@host:3306/database",
            )
        })?;
        let constraints = PoolConstraints::new(0, CONNECTIONS).unwrap_or_default();
        let encrypts =
            opts.ssl_opts().is_some() || !is_this_host(opts.ip_or_hostname()) && !url.contains("require_ssl=");
        let ssl = encrypts.then(|| opts.ssl_opts().cloned().unwrap_or_default());
        let opts = OptsBuilder::from_opts(opts)
            .ssl_opts(ssl)
            .pool_opts(PoolOpts::default().with_constraints(constraints));
        let server = Self {
            pool: Pool::new(opts),
            shown,
        };
        server.patiently(server.pool.get_conn()).await?;
        Ok(server)
    }

    pub(super) async fn rows(&self, statement: &Statement, parameters: &[&str]) -> Result<Vec<Row>, ForeignError> {
        let parameters = places(statement, parameters);
        let rows: Vec<mysql_async::Row> = self
            .patiently(async {
                let mut connection = self.pool.get_conn().await?;
                connection.exec(statement.sql.as_str(), parameters).await
            })
            .await?;
        rows.into_iter()
            .map(|row| {
                let values = row.unwrap_raw().into_iter();
                values.map(|value| value.map_or(Ok(None), text)).collect()
            })
            .collect()
    }

    pub(super) async fn change(&self, statement: &Statement, parameters: &[&str]) -> Result<u64, ForeignError> {
        let parameters = places(statement, parameters);
        self.patiently(async {
            let mut connection: Conn = self.pool.get_conn().await?;
            connection.exec_drop(statement.sql.as_str(), parameters).await?;
            Ok(connection.affected_rows())
        })
        .await
    }

    async fn patiently<T>(&self, work: impl Future<Output = mysql_async::Result<T>>) -> Result<T, ForeignError> {
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(mysql_async::Error::Server(error))) if !is_refusal(error.code) => {
                Err(ForeignError::Statement(error.into()))
            }
            Ok(Err(error)) => Err(self.unreachable(error)),
            Err(elapsed) => Err(self.unreachable(elapsed)),
        }
    }

    fn unreachable(&self, cause: impl Error + Send + Sync + 'static) -> ForeignError {
        ForeignError::Unreachable {
            database: self.shown.clone(),
            cause: cause.into(),
        }
    }
}

/// Too many connections, access denied, unknown database, a server that ends, a lock that was waited for in vain.
fn is_refusal(code: u16) -> bool {
    matches!(code, 1040 | 1044 | 1045 | 1049 | 1053 | 1205 | 1213)
}

/// The parameters in the order of their places.
fn places(statement: &Statement, parameters: &[&str]) -> Params {
    let values = statement.order.iter().filter_map(|index| parameters.get(*index));
    let values: Vec<Value> = values.map(|text| Value::from(*text)).collect();
    if values.is_empty() {
        Params::Empty
    } else {
        Params::Positional(values)
    }
}

fn text(value: Value) -> Result<Option<String>, ForeignError> {
    match value {
        Value::NULL => Ok(None),
        Value::Bytes(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(error) => Err(ForeignError::Statement(error.utf8_error().into())),
        },
        Value::Int(number) => Ok(Some(number.to_string())),
        Value::UInt(number) => Ok(Some(number.to_string())),
        _ => Err(ForeignError::Row("a column holds neither text nor a number".to_owned())),
    }
}
