//! MySQL and MariaDB, through a pool of connections.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mysql_async::prelude::Queryable as _;
use mysql_async::{Opts, OptsBuilder, Params, Pool, PoolConstraints, PoolOpts, Value};

use super::dialect::Statement;
use super::driver::{Access, KEEPALIVE, Lane, PATIENCE, Row};
use super::error::ForeignError;
use crate::host::is_this_host;

/// Stops a statement for which nobody waits any more: what MariaDB, and what MySQL takes for a comment, is the other's.
const IN_TIME: &str = "SET @portcullis = 1 /*M!100101 , SESSION max_statement_time = 10 */ /*!50708 , SESSION max_execution_time = 10000 */";

/// A MySQL or MariaDB database.
#[derive(Debug)]
pub(super) struct Mysql {
    opts: OptsBuilder,
    shown: String,
    tokens: Place,
    logins: Place,
    longer: Place,
}

/// The connections of a lane, replaced together when one did not answer in time: the others are as old.
type Place = Mutex<Pool>;

impl Mysql {
    pub(super) async fn open(url: &str, shown: String, access: Access) -> Result<Self, ForeignError> {
        // The cause is not told: it may quote the URL.
        let opts = Opts::from_url(url).map_err(|_| {
            ForeignError::Url(
                "the URL of a MySQL or MariaDB database looks like mysql://user:password@host:3306/database",
            )
        })?;
        let opts = configured(opts, url, access);
        let place = |lane| Mutex::new(pool(&opts, lane));
        let server = Self {
            tokens: place(Lane::Tokens),
            logins: place(Lane::Logins),
            longer: place(Lane::Longer),
            opts,
            shown,
        };
        server
            .ask(Lane::Tokens, "SELECT '1'", Params::Empty)
            .await
            .map(|_| server)
    }

    pub(super) async fn rows(
        &self,
        lane: Lane,
        statement: &Statement,
        parameters: &[&str],
    ) -> Result<Vec<Row>, ForeignError> {
        let (rows, _) = self.ask(lane, &statement.sql, places(statement, parameters)).await?;
        rows.into_iter()
            .map(|row| {
                let values = row.unwrap_raw().into_iter();
                values.map(|value| value.map_or(Ok(None), text)).collect()
            })
            .collect()
    }

    pub(super) async fn change(&self, statement: &Statement, parameters: &[&str]) -> Result<u64, ForeignError> {
        let (_, changed) = self
            .ask(Lane::Longer, &statement.sql, places(statement, parameters))
            .await?;
        Ok(changed)
    }

    /// The rows and how many were changed: the whole way within one time-out. Connections are looked at by the pool before
    /// they are used again.
    async fn ask(
        &self,
        lane: Lane,
        sql: &str,
        parameters: Params,
    ) -> Result<(Vec<mysql_async::Row>, u64), ForeignError> {
        let place = match lane {
            Lane::Tokens => &self.tokens,
            Lane::Logins => &self.logins,
            Lane::Longer => &self.longer,
        };
        let used = lock(place).clone();
        let work = async {
            let mut is_first = true;
            loop {
                let mut connection = used.get_conn().await?;
                match connection.exec(sql, parameters.clone()).await {
                    Err(mysql_async::Error::Server(error)) if is_first && is_stale(error.code) => {
                        is_first = false;
                        let _ = connection.disconnect().await;
                    }
                    rows => return rows.map(|rows| (rows, connection.affected_rows())),
                }
            }
        };
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(mysql_async::Error::Server(error))) if !is_refusal(error.code) => {
                Err(ForeignError::Statement(error.into()))
            }
            Ok(Err(error)) => Err(self.unreachable(error)),
            Err(elapsed) => {
                self.replace(place, &used, lane);
                Err(self.unreachable(elapsed))
            }
        }
    }

    /// Nobody uses these connections any more. Of several who waited for them one replaces them.
    fn replace(&self, place: &Place, used: &Pool, lane: Lane) {
        let mut pool_now = lock(place);
        if Arc::ptr_eq(&pool_now.metrics(), &used.metrics()) {
            *pool_now = pool(&self.opts, lane);
        }
    }

    fn unreachable(&self, cause: impl Error + Send + Sync + 'static) -> ForeignError {
        ForeignError::Unreachable {
            database: self.shown.clone(),
            cause: cause.into(),
        }
    }
}

/// What the URL says, and what it leaves open.
fn configured(opts: Opts, url: &str, access: Access) -> OptsBuilder {
    let encrypts = opts.ssl_opts().is_some() || !is_this_host(opts.ip_or_hostname()) && !url.contains("require_ssl=");
    let ssl = encrypts.then(|| opts.ssl_opts().cloned().unwrap_or_default());
    let keepalive = opts
        .tcp_keepalive()
        .unwrap_or(KEEPALIVE.as_millis().try_into().unwrap_or(u32::MAX));
    let mut setup = vec![IN_TIME];
    if access == Access::ReadOnly {
        // The server itself then refuses what would write.
        setup.push("SET SESSION TRANSACTION READ ONLY");
    }
    OptsBuilder::from_opts(opts)
        .ssl_opts(ssl)
        .tcp_keepalive(Some(keepalive))
        .setup(setup)
}

fn pool(opts: &OptsBuilder, lane: Lane) -> Pool {
    let constraints = PoolConstraints::new(0, lane.width()).unwrap_or_default();
    let pool = PoolOpts::default().with_constraints(constraints);
    Pool::new(opts.clone().pool_opts(pool))
}

fn lock(place: &Place) -> MutexGuard<'_, Pool> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Too many connections, access denied, unknown database, a server that ends, a lock that was waited for in vain.
fn is_refusal(code: u16) -> bool {
    matches!(code, 1040 | 1044 | 1045 | 1049 | 1053 | 1205 | 1213)
}

/// A statement that is to be prepared again, or that the server behind a proxy does not know.
fn is_stale(code: u16) -> bool {
    matches!(code, 1243 | 1615)
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
